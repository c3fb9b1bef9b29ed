import { z } from 'zod';
import { config } from './configuration-files.ts';
import { keyFiles, sealKeys } from './key-files.ts';
import { pageLimitsOf } from './limits.ts';
import { observedSettings } from './observed.ts';
import { openIdSettingsOf, passwordSignIn } from './sign-in.ts';
import { temporalSettingsSchema } from './temporal.ts';
import { file, webUrl, port, roleUrl } from './values.ts';

/** The CRM worker. */
export const crmWorkerSettingsSchema = temporalSettingsSchema.extend({
  ...keyFiles,
  ...sealKeys,
  ...config,
  TIDEGATE_CRM_CONSUMER_URL: roleUrl('tidegate_consumer', 'reads what is sent, keeps the books'),
  TIDEGATE_CRM_REVERSE_URL: roleUrl('tidegate_reverse', 'writes what came in, within an accepted message only'),
  TIDEGATE_CRM_VERIFIER_URL: roleUrl('tidegate_verifier', 'records that a message was verified'),
  TIDEGATE_CLOUD_URL: z.url({ protocol: /^https$/, error: 'an https:// URL' }).meta({ description: 'Base URL of the producer, https.' }),
  ...observedSettings,
  TIDEGATE_TEMPORAL_METRICS_PORT: port
    .min(1)
    .optional()
    .meta({ description: "Port of the Temporal SDK's own Prometheus metrics, on TIDEGATE_METRICS_HOST. Not set: none." }),
});

/** Settings of the CRM worker. */
export type CrmWorkerSettings = z.infer<typeof crmWorkerSettingsSchema>;

/** The CRM application: API and page. */
export const crmAppSettingsSchema = temporalSettingsSchema.extend({
  ...config,
  TIDEGATE_CRM_PAGE_URL: roleUrl('crm_page', "the page's own reads and writes"),
  TIDEGATE_CRM_APP_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on.', cost: 'Any other than loopback opens the page to the network.' }),
  TIDEGATE_CRM_APP_PORT: port.default(0).meta({ description: 'Port to listen on; 0 takes any free one.' }),
  TIDEGATE_CRM_APP_ORIGIN: webUrl
    .optional()
    .meta({ description: 'Origin that browsers see where a proxy stands in front (`https://crm.example.com`); with https, cookies are `Secure`.' }),
  TIDEGATE_CRM_APP_PASSWORDS: passwordSignIn,
  ...openIdSettingsOf('CRM_APP', 'user, integration-admin, auditor'),
  ...pageLimitsOf('CRM_APP'),
  ...observedSettings,
  TIDEGATE_TLS_CA: file('The authority that the worker believes (no key), so that its expiry is told even when the worker is dead.').optional(),
  TIDEGATE_TLS_CERTIFICATE: file("The worker's certificate (no key), for the same.").optional(),
  TIDEGATE_ALARM_AFTER_MS: z.coerce.number().int().min(1000).default(900_000).meta({
    description: 'An alarm comes where nothing ran or was proved complete for so long; where the period is longer, after three of them and a minute.',
    unit: 'milliseconds',
  }),
  TIDEGATE_ALARM_PAUSED_AFTER_MS: z.coerce.number().int().min(1000).default(28_800_000).meta({
    description: 'An alarm comes where a link is paused for so long.',
    unit: 'milliseconds',
  }),
  TIDEGATE_ALARM_WEBHOOK_URL: webUrl.optional().meta({
    description: 'Alarms are told by POST to this URL, signed as Standard Webhooks says. Not set: they stand on the page and in the metrics only.',
  }),
  TIDEGATE_ALARM_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, '`whsec_` and 24 to 64 random bytes in base64')
    .optional()
    .meta({ description: 'Key of their signatures: `whsec_` and 24 to 64 random bytes in base64; needed with the URL.', secret: true }),
});

/** Settings of the CRM application. */
export type CrmAppSettings = z.infer<typeof crmAppSettingsSchema>;

/** A CRM's own code that uses the typed client. */
export const clientSettingsSchema = temporalSettingsSchema.extend({
  TIDEGATE_CRM_CONSUMER_URL: crmWorkerSettingsSchema.shape.TIDEGATE_CRM_CONSUMER_URL,
});
