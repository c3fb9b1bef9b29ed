import { z } from 'zod';
import { producerSettingsSchema } from './cloud.ts';
import { cloudConfig, config } from './configuration-files.ts';
import { clientSettingsSchema, crmAppSettingsSchema, crmWorkerSettingsSchema } from './crm.ts';
import { keyFiles, sealKeys } from './key-files.ts';
import { file, postgresUrl, roleUrl } from './values.ts';

const ownerUrl = postgresUrl.meta({
  description: "URL of the owner of the CRM's tables: needed by `init`, `attach`, `detach`, `import` and `ledger archive` only.",
  secret: true,
});

/** The command line, on the CRM's side. */
export const cliSettingsSchema = clientSettingsSchema.extend({
  ...config,
  ...sealKeys,
  TIDEGATE_CRM_ADMIN_URL: ownerUrl.optional(),
  TIDEGATE_TLS_CA: file('The authority that the worker believes (no key): `status` tells when it expires.').optional(),
  TIDEGATE_TLS_CERTIFICATE: file("The worker's certificate (no key), for the same.").optional(),
});

/** Settings of the command line. */
export type CliSettings = z.infer<typeof cliSettingsSchema>;

/** Who is believed: `tidegate keys`, at either side. */
export const keysSettings = {
  crm: z.object({
    ...keyFiles,
    TIDEGATE_TLS_CA: keyFiles.TIDEGATE_TLS_CA.optional(),
    TIDEGATE_TLS_CERTIFICATE: keyFiles.TIDEGATE_TLS_CERTIFICATE.optional(),
    TIDEGATE_TLS_KEY: keyFiles.TIDEGATE_TLS_KEY.optional(),
    TIDEGATE_CRM_KEEPER_URL: roleUrl('tidegate_crm_keeper', 'registers and revokes keys and certificates'),
    TIDEGATE_CLOUD_URL: crmWorkerSettingsSchema.shape.TIDEGATE_CLOUD_URL.optional(),
  }),
  cloud: z.object({
    ...keyFiles,
    TIDEGATE_TLS_CA: keyFiles.TIDEGATE_TLS_CA.optional(),
    TIDEGATE_TLS_CERTIFICATE: keyFiles.TIDEGATE_TLS_CERTIFICATE.optional(),
    TIDEGATE_TLS_KEY: keyFiles.TIDEGATE_TLS_KEY.optional(),
    TIDEGATE_CLOUD_KEEPER_DATABASE_URL: roleUrl('tidegate_cloud_keeper', 'registers and revokes keys and certificates'),
  }),
};

/** `tidegate init`: the database that is read. */
export const initSettingsSchema = z.object({ TIDEGATE_CRM_ADMIN_URL: ownerUrl });

/** `tidegate users`. */
export const usersSettingsSchema = z.object({ TIDEGATE_CRM_PAGE_URL: crmAppSettingsSchema.shape.TIDEGATE_CRM_PAGE_URL });

/** What `tidegate doctor` looks at, by side: the settings of that side's processes. */
export const doctorSettings = {
  crm: crmWorkerSettingsSchema.extend({ TIDEGATE_CRM_PAGE_URL: crmAppSettingsSchema.shape.TIDEGATE_CRM_PAGE_URL.optional() }),
  cloud: producerSettingsSchema,
};

/** `tidegate provision`: the database that becomes a side's store. */
export const provisionStoreSettings = {
  crm: z.object({
    TIDEGATE_CRM_ADMIN_URL: postgresUrl.meta({ description: 'URL of the owner of the database, who may make roles; no superuser is needed.', secret: true }),
  }),
  cloud: z.object({
    TIDEGATE_CLOUD_ADMIN_URL: postgresUrl.meta({ description: 'URL of the owner of the database, who may make roles; no superuser is needed.', secret: true }),
    ...cloudConfig,
  }),
};
