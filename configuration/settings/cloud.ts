import { z } from 'zod';
import { retentionSettings } from '../retention.ts';
import { cloudConfig } from './configuration-files.ts';
import { keyFiles } from './key-files.ts';
import { pageLimitsOf, rateRequests, rateWindow } from './limits.ts';
import { observedSettings } from './observed.ts';
import { openIdSettingsOf, passwordSignIn } from './sign-in.ts';
import { webUrl, port, roleUrl } from './values.ts';

/** The producer, at the third party. */
export const producerSettingsSchema = z.object({
  ...keyFiles,
  ...cloudConfig,
  TIDEGATE_PRODUCER_DATABASE_URL: roleUrl('tidegate_producer', 'reads and writes records'),
  TIDEGATE_REGISTRAR_DATABASE_URL: roleUrl('tidegate_registrar', 'makes the tables of registered collections'),
  TIDEGATE_PRODUCER_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on.', cost: 'Any other than loopback opens it to the network, still with client certificates only.' }),
  TIDEGATE_PRODUCER_PORT: port.default(0).meta({ description: 'Port of https; 0 takes any free one.' }),
  TIDEGATE_PRODUCER_PLAIN_PORT: port.default(0).meta({ description: 'Port of plain http, which only answers 308; 0 takes any free one.' }),
  TIDEGATE_PRODUCER_RATE_REQUESTS: rateRequests('a client certificate, and of those that a signing key proves,', 10_000),
  TIDEGATE_PRODUCER_RATE_WINDOW_MS: rateWindow(10_000),
  ...retentionSettings,
  ...observedSettings,
});

/** Settings of the producer. */
export type ProducerSettings = z.infer<typeof producerSettingsSchema>;

/** The third party's page: sign-in and records of its own users. */
export const cloudPageSettingsSchema = z.object({
  TIDEGATE_CLOUD_PAGE_DATABASE_URL: roleUrl('cloud_page', 'signs employees in'),
  TIDEGATE_CLOUD_USER_DATABASE_URL: roleUrl('cloud_user', "an employee of the third party's tenant"),
  TIDEGATE_CLOUD_PAGE_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on.', cost: 'Any other than loopback opens the page to the network.' }),
  TIDEGATE_CLOUD_PAGE_PORT: port.default(0).meta({ description: 'Port to listen on; 0 takes any free one.' }),
  TIDEGATE_CLOUD_PAGE_ORIGIN: webUrl
    .optional()
    .meta({ description: 'Origin that browsers see where a proxy stands in front; with https, cookies are `Secure`.' }),
  TIDEGATE_CLOUD_PAGE_PASSWORDS: passwordSignIn,
  TIDEGATE_CLOUD_PAGE_TENANT: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The tenant whose employees sign in with the OpenID provider. Needed with it.' }),
  ...openIdSettingsOf('CLOUD_PAGE', 'administrator, editor, reader'),
  ...pageLimitsOf('CLOUD_PAGE'),
  ...observedSettings,
});

/** The tool with which the third party's own users edit records, in trials. */
export const cloudUserSettingsSchema = z.object({
  TIDEGATE_CLOUD_PAGE_DATABASE_URL: cloudPageSettingsSchema.shape.TIDEGATE_CLOUD_PAGE_DATABASE_URL.optional(),
  TIDEGATE_CLOUD_USER_DATABASE_URL: roleUrl('cloud_user', "an employee of the third party's tenant"),
  TIDEGATE_CLOUD_EMBEDDED: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: "Set by the embedded stack for its own cloud: edits elsewhere need the database's name." }),
});
