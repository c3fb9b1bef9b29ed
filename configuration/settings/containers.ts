import { z } from 'zod';
import { cloudConfig, config } from './configuration-files.ts';
import { crmWorkerSettingsSchema } from './crm.ts';
import { temporalSettingsSchema } from './temporal.ts';
import { postgresUrl } from './values.ts';

const adminPassword = z.string().min(1).meta({ description: "The administrator's password.", secret: true });

/** Provisioning of stores for containers (docker/provision.ts). Passwords stand apart from URLs, as images of PostgreSQL want them. */
export const provisionSettingsSchema = temporalSettingsSchema.extend({
  ...config,
  ...cloudConfig,
  TIDEGATE_HOME: z.string().min(1).meta({ description: "Folder in which each side's keys and URLs are put, in a folder of its own." }),
  TIDEGATE_CRM_ADMIN_URL: postgresUrl.meta({ description: "URL of the administrator of the CRM's server, without password." }),
  TIDEGATE_CRM_ADMIN_PASSWORD: adminPassword,
  TIDEGATE_CLOUD_ADMIN_URL: postgresUrl.meta({ description: "URL of the administrator of the cloud's server, without password." }),
  TIDEGATE_CLOUD_ADMIN_PASSWORD: adminPassword,
  TIDEGATE_CLOUD_URL: crmWorkerSettingsSchema.shape.TIDEGATE_CLOUD_URL,
});
