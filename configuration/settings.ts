import { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { pageLimitsOf, rateRequests, rateWindow } from './limit-settings.ts';
import { describeFaults } from './load-config.ts';
import { retentionSettings } from './retention.ts';
import { readSecretFiles } from './secret-files.ts';
import { temporalSecuritySettings } from './temporal-place.ts';

/*
 * Settings of each process, read from the environment here and nowhere else. A process reads only the group it needs, so
 * that no side ever holds the other's secrets. A setting with `secret: true` may come from a file: NAME_FILE holds its path.
 * Descriptions become docs/configuration.md.
 */

const port = z.coerce.number().int().min(0).max(65_535);

/** URL of a PostgreSQL database. */
export const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// URL');

/** URL of a database role, with its password. */
const roleUrl = (role: string, whatFor: string) => postgresUrl.meta({ description: `URL of the database role \`${role}\`: ${whatFor}.`, secret: true });
const file = (description: string) => z.string().min(1).meta({ description });

const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info').meta({ description: 'Least level that is logged.' });

/** The third party's configuration. */
/** Where the third party's configuration is. */
export const cloudConfig = {
  TIDEGATE_CLOUD_CONFIG: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "File of the third party's configuration: rules for its own users. Without it there are none." }),
};

/** Where the configuration is. */
export const config = { TIDEGATE_CONFIG: z.string().min(1).default('tidegate.config.ts').meta({ description: 'File of the configuration.' }) };

/** Whether and where a process tells of itself; all of it is off unless set. */
const observedSettings = {
  TIDEGATE_LOG_LEVEL: logLevel,
  TIDEGATE_METRICS_PORT: port.optional().meta({ description: 'Port of Prometheus metrics; 0 takes any free one. Not set: no metrics.' }),
  TIDEGATE_METRICS_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address on which metrics are served.', cost: 'Any other than loopback opens them to the network.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url()
    .optional()
    .meta({ description: 'Base URL of an OTLP receiver over HTTP (`http://127.0.0.1:4318`). Not set: no traces.' }),
  TIDEGATE_TRACE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .meta({ description: 'Share of the traces that are recorded.', cost: 'More: more CPU for each window.' }),
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(1).default(5000).meta({ description: 'Spans are sent after so long.', unit: 'milliseconds' }),
};

/** Settings of what a process tells of itself. */
export type ObservedSettings = z.infer<z.ZodObject<typeof observedSettings>>;

/** What the payloads of Temporal are encoded with. The same in every process that reaches Temporal. */
const codecSettings = {
  TIDEGATE_CODEC_KEYS: z.string().min(1).optional().meta({
    description: 'File of the keys under which payloads in Temporal are encrypted, readable by its owner only. Not set: they are plain.',
    cost: 'Set: the Temporal UI shows them through the codec server only.',
  }),
  TIDEGATE_CODEC_MODE: z
    .enum(['encode', 'decode'])
    .default('encode')
    .meta({ description: '`decode`: what is new stays plain, what is encoded is still read. So it is switched off while runs are under way.' }),
};

/** The Temporal server that runs the CRM's workflows. */
export const temporalSettingsSchema = z.object({
  TIDEGATE_TEMPORAL_ADDRESS: z.string().min(1).meta({ description: 'host:port of the Temporal frontend.' }),
  TIDEGATE_TEMPORAL_NAMESPACE: z.string().min(1).default('tidegate').meta({ description: 'Namespace of the workflows.' }),
  ...temporalSecuritySettings,
  TIDEGATE_TEMPORAL_UI: z.url().optional().meta({ description: 'Base URL of the Temporal UI, for links; without it none are shown.' }),
  TIDEGATE_CRM_APP_URL: z
    .url()
    .optional()
    .meta({ description: "Address of the CRM's page as browsers reach it, for links to it in the Temporal UI; without it none are shown." }),
  TIDEGATE_TASK_QUEUE: z.string().min(1).default('tidegate').meta({ description: 'Task queue that workers of this CRM share.' }),
  ...codecSettings,
});

/** Files of transport level security of one side. */
const tlsSettings = {
  TIDEGATE_TLS_CA: file("PEM file of the authority that signs the other side's certificate."),
  TIDEGATE_TLS_CERTIFICATE: file("PEM file of this side's certificate."),
  TIDEGATE_TLS_KEY: file('PEM file of its private key, readable by its owner only.'),
  TIDEGATE_TLS_CRL: file('PEM file of revocation lists (CRL) of that authority. Not set: only what is revoked in the store is.').optional(),
  TIDEGATE_SIGNING_KEY: file("File of this side's private signing keys (JWK), readable by its owner only."),
};

const sealKeys = {
  TIDEGATE_SEAL_KEYS: file(
    'File of the keys under which sealed fields are wrapped, readable by its owner only; needed where a collection has such fields.',
  ).optional(),
};

/** The CRM worker. */
export const crmWorkerSettingsSchema = temporalSettingsSchema.extend({
  ...tlsSettings,
  ...sealKeys,
  ...config,
  TIDEGATE_CRM_CONSUMER_URL: roleUrl('tidegate_consumer', 'reads what is sent, keeps the books'),
  TIDEGATE_CRM_REVERSE_URL: roleUrl('tidegate_reverse', 'writes what came in, within an accepted message only'),
  TIDEGATE_CRM_VERIFIER_URL: roleUrl('tidegate_verifier', 'records that a message was verified'),
  TIDEGATE_CLOUD_URL: z.url().meta({ description: 'Base URL of the producer, https.' }),
  ...observedSettings,
  TIDEGATE_TEMPORAL_METRICS_PORT: port
    .min(1)
    .optional()
    .meta({ description: "Port of the Temporal SDK's own Prometheus metrics, on TIDEGATE_METRICS_HOST. Not set: none." }),
});

/** Settings of the CRM worker. */
export type CrmWorkerSettings = z.infer<typeof crmWorkerSettingsSchema>;

/** Names of the settings with which users sign in at an OpenID provider. */
export type OpenIdSetting = 'ISSUER' | 'CLIENT_ID' | 'CLIENT_SECRET' | 'NAME' | 'SCOPE' | 'ROLE_CLAIM' | 'ROLES' | 'EMAIL';

/** Sign-in of a page with an OpenID provider; all optional, ISSUER switches it on. */
const openIdSettingsOf = <P extends 'CRM_APP' | 'CLOUD_PAGE'>(page: P, roles: string) => {
  const settings = {
    ISSUER: z
      .url()
      .optional()
      .meta({ description: `Issuer of the OpenID provider that users may sign in with (https). Needs TIDEGATE_${page}_ORIGIN, CLIENT_ID and ROLES.` }),
    CLIENT_ID: z.string().min(1).optional().meta({ description: 'Name of this page at the provider.' }),
    CLIENT_SECRET: z.string().min(1).optional().meta({ description: "The client's secret at the provider; none for a public client.", secret: true }),
    NAME: z.string().min(1).max(60).default('single sign-on').meta({ description: 'What the page calls the provider.' }),
    SCOPE: z.string().min(1).default('openid email profile').meta({ description: 'Scopes that are asked for.' }),
    ROLE_CLAIM: z.string().min(1).default('roles').meta({ description: 'The claim that says what a user may do: a text or a list of texts.' }),
    ROLES: z
      .string()
      .optional()
      .meta({ description: `Roles by values of that claim, \`value=role, ...\`; the first that fits counts, \`*\` fits everybody. Roles: ${roles}.` }),
    EMAIL: z.enum(['verified', 'any']).default('verified').meta({
      description: 'Whether an e-mail address counts only where the provider calls it verified.',
      cost: '`any`: whoever can choose an address there is that user here.',
    }),
  };
  return Object.fromEntries(Object.entries(settings).map(([name, each]) => [`TIDEGATE_${page}_OIDC_${name}`, each])) as {
    [Name in OpenIdSetting as `TIDEGATE_${P}_OIDC_${Name}`]: (typeof settings)[Name];
  };
};

const passwordSignIn = z
  .enum(['on', 'off'])
  .default('on')
  .meta({ description: 'Whether passwords open the page.', cost: '`off` without an OpenID provider lets nobody in.' });

/** The CRM application: API and page. */
export const crmAppSettingsSchema = temporalSettingsSchema.extend({
  ...config,
  TIDEGATE_CRM_PAGE_URL: roleUrl('crm_page', "the page's own reads and writes"),
  TIDEGATE_CRM_APP_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on.', cost: 'Any other than loopback opens the page to the network.' }),
  TIDEGATE_CRM_APP_PORT: port.default(0).meta({ description: 'Port to listen on; 0 takes any free one.' }),
  TIDEGATE_CRM_APP_ORIGIN: z
    .url()
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
  TIDEGATE_ALARM_WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
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

/** The producer, at the third party. */
export const producerSettingsSchema = z.object({
  ...tlsSettings,
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

/** A CRM's own code that uses the typed client. */
export const clientSettingsSchema = temporalSettingsSchema.extend({
  TIDEGATE_CRM_CONSUMER_URL: crmWorkerSettingsSchema.shape.TIDEGATE_CRM_CONSUMER_URL,
});

/** The command line, on the CRM's side. */
export const cliSettingsSchema = clientSettingsSchema.extend({
  ...config,
  ...sealKeys,
  TIDEGATE_CRM_ADMIN_URL: postgresUrl
    .optional()
    .meta({ description: "URL of the owner of the CRM's tables: needed by `attach`, `detach` and `import` only.", secret: true }),
  TIDEGATE_TLS_CA: file('The authority that the worker believes (no key): `status` tells when it expires.').optional(),
  TIDEGATE_TLS_CERTIFICATE: file("The worker's certificate (no key), for the same.").optional(),
});

/** Who is believed: `tidegate keys`, at either side. */
export const keysSettings = {
  crm: z.object({
    ...tlsSettings,
    TIDEGATE_TLS_CA: tlsSettings.TIDEGATE_TLS_CA.optional(),
    TIDEGATE_TLS_CERTIFICATE: tlsSettings.TIDEGATE_TLS_CERTIFICATE.optional(),
    TIDEGATE_TLS_KEY: tlsSettings.TIDEGATE_TLS_KEY.optional(),
    TIDEGATE_CRM_KEEPER_URL: roleUrl('tidegate_crm_keeper', 'registers and revokes keys and certificates'),
    TIDEGATE_CLOUD_URL: crmWorkerSettingsSchema.shape.TIDEGATE_CLOUD_URL.optional(),
  }),
  cloud: z.object({
    ...tlsSettings,
    TIDEGATE_TLS_CA: tlsSettings.TIDEGATE_TLS_CA.optional(),
    TIDEGATE_TLS_CERTIFICATE: tlsSettings.TIDEGATE_TLS_CERTIFICATE.optional(),
    TIDEGATE_TLS_KEY: tlsSettings.TIDEGATE_TLS_KEY.optional(),
    TIDEGATE_CLOUD_KEEPER_DATABASE_URL: roleUrl('tidegate_cloud_keeper', 'registers and revokes keys and certificates'),
  }),
};

/** `tidegate init`: the database that is read. */
export const initSettingsSchema = z.object({ TIDEGATE_CRM_ADMIN_URL: cliSettingsSchema.shape.TIDEGATE_CRM_ADMIN_URL.unwrap() });

/** Settings of the command line. */
export type CliSettings = z.infer<typeof cliSettingsSchema>;

/** `tidegate users`. */
export const usersSettingsSchema = z.object({ TIDEGATE_CRM_PAGE_URL: crmAppSettingsSchema.shape.TIDEGATE_CRM_PAGE_URL });

/** The third party's page: sign-in and records of its own users. */
export const cloudPageSettingsSchema = z.object({
  TIDEGATE_CLOUD_PAGE_DATABASE_URL: roleUrl('cloud_page', 'signs employees in'),
  TIDEGATE_CLOUD_USER_DATABASE_URL: roleUrl('cloud_user', "an employee of the third party's tenant"),
  TIDEGATE_CLOUD_PAGE_HOST: z
    .string()
    .default('127.0.0.1')
    .meta({ description: 'Address to listen on.', cost: 'Any other than loopback opens the page to the network.' }),
  TIDEGATE_CLOUD_PAGE_PORT: port.default(0).meta({ description: 'Port to listen on; 0 takes any free one.' }),
  TIDEGATE_CLOUD_PAGE_ORIGIN: z
    .url()
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

const ownFile = (description: string) => z.string().min(1).optional().meta({ description });

/** Own certificates and signing keys of one side, in the place of those that `npm start` makes. */
const ownMaterialOf = <S extends 'CRM' | 'CLOUD'>(side: S) =>
  ({
    [`TIDEGATE_${side}_TLS_CA`]: ownFile("PEM file of the authority that signs the other side's certificate."),
    [`TIDEGATE_${side}_TLS_CERTIFICATE`]: ownFile("PEM file of this side's certificate, named together with its key."),
    [`TIDEGATE_${side}_TLS_KEY`]: ownFile("PEM file of the certificate's private key."),
    [`TIDEGATE_${side}_SIGNING_KEY`]: ownFile("File of this side's private signing key (JWK)."),
  }) as Record<`TIDEGATE_${S}_${'TLS_CA' | 'TLS_CERTIFICATE' | 'TLS_KEY' | 'SIGNING_KEY'}`, ReturnType<typeof ownFile>>;

const realStore = (side: string) =>
  postgresUrl.optional().meta({
    description: `Administrator's URL of a real store of ${side}: it need not be a superuser, only own the database and be allowed to make roles.`,
  });

/** `npm start`: real parts that take the place of embedded ones. */
export const stackSettingsSchema = z.object({
  TIDEGATE_CLOUD_CONFIG: cloudConfig.TIDEGATE_CLOUD_CONFIG.meta({
    description: "File of the third party's configuration; without it, `tidegate.cloud.config.ts` in the working folder, if there is one.",
  }),
  TIDEGATE_CRM_ADMIN_URL: realStore('the CRM'),
  TIDEGATE_CLOUD_ADMIN_URL: realStore('the cloud'),
  TIDEGATE_TEMPORAL_ADDRESS: temporalSettingsSchema.shape.TIDEGATE_TEMPORAL_ADDRESS.optional(),
  TIDEGATE_TEMPORAL_NAMESPACE: z.string().min(1).optional().meta({ description: 'Namespace on a running Temporal server; without it, `tidegate`.' }),
  ...temporalSecuritySettings,
  TIDEGATE_TEMPORAL_UI: temporalSettingsSchema.shape.TIDEGATE_TEMPORAL_UI,
  ...codecSettings,
  ...ownMaterialOf('CRM'),
  ...ownMaterialOf('CLOUD'),
});

/** Reads a group of settings from an environment. Throws `configuration-invalid` that lists every fault by name, without values. */
export function readSettings<S extends z.ZodObject>(schema: S, environment: Readonly<Record<string, string | undefined>>): z.infer<S> {
  const secrets = readSecretFiles(schema, environment);
  const result = schema.safeParse({ ...environment, ...secrets.values });
  if (result.success && secrets.faults.length === 0) return result.data;
  const faults = [...secrets.faults, ...(result.error === undefined ? [] : describeFaults(result.error))];
  throw new TidegateError('configuration-invalid', `Environment:\n${faults.map((f) => `  ${f}`).join('\n')}`, { faults });
}

/** What `tidegate doctor` looks at, by side: the settings of that side's processes. */
export const doctorSettings = {
  crm: crmWorkerSettingsSchema.extend({ TIDEGATE_CRM_PAGE_URL: crmAppSettingsSchema.shape.TIDEGATE_CRM_PAGE_URL.optional() }),
  cloud: producerSettingsSchema,
};

/** Reads every setting of a group by itself: the values that are right, and the faults of the others, by name and without values. */
export function readEachSetting(
  schema: z.ZodObject,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly values: Readonly<Record<string, unknown>>; readonly faults: readonly string[] } {
  const secrets = readSecretFiles(schema, environment);
  const given = { ...environment, ...secrets.values };
  const results = Object.entries(schema.shape).map(([name, each]) => z.object({ [name]: each as z.ZodType }).safeParse(given));
  return {
    values: Object.assign({}, ...results.map((result) => result.data ?? {})) as Record<string, unknown>,
    faults: [...secrets.faults, ...results.flatMap((result) => (result.success ? [] : describeFaults(result.error)))],
  };
}
