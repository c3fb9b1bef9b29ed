import { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import { describeFaults } from './load-config.ts';

/*
 * Settings of each process, read from the environment here and nowhere else. Secrets come as files or URLs, never on a
 * command line. A process reads only the group it needs, so that no side ever holds the other's secrets.
 */

const port = z.coerce.number().int().min(0).max(65_535);
const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'a postgresql:// URL');
const logLevel = z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info');

/** Whether and where a process tells of itself; all of it is off unless set. */
const observedSettings = {
  TIDEGATE_LOG_LEVEL: logLevel,
  /** Port of Prometheus metrics; 0: any free port. Not set: no metrics. */
  TIDEGATE_METRICS_PORT: port.optional(),
  /** Address of the interface that serves metrics. */
  TIDEGATE_METRICS_HOST: z.string().default('127.0.0.1'),
  /** Base URL of an OTLP receiver over HTTP, e.g. http://127.0.0.1:4318. Not set: no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
  /** Share of the traces that are recorded, from 0 to 1. */
  TIDEGATE_TRACE_RATIO: z.coerce.number().min(0).max(1).default(1),
  /** Spans are sent after so long, in milliseconds (the SDK's own default). */
  OTEL_BSP_SCHEDULE_DELAY: z.coerce.number().int().min(1).default(5000),
};

/** Settings of what a process tells of itself. */
export type ObservedSettings = z.infer<z.ZodObject<typeof observedSettings>>;

/** The Temporal server that runs the CRM's workflows. */
export const temporalSettingsSchema = z.object({
  /** host:port of the frontend. */
  TIDEGATE_TEMPORAL_ADDRESS: z.string().min(1),
  TIDEGATE_TEMPORAL_NAMESPACE: z.string().min(1).default('tidegate'),
  /** Base URL of the Temporal UI, for links. */
  TIDEGATE_TEMPORAL_UI: z.url().optional(),
  TIDEGATE_TASK_QUEUE: z.string().min(1).default('tidegate'),
});

/** Files of transport level security of one side. */
const tlsSettings = {
  /** PEM file of the authority that signs the other side's certificate. */
  TIDEGATE_TLS_CA: z.string().min(1),
  TIDEGATE_TLS_CERTIFICATE: z.string().min(1),
  TIDEGATE_TLS_KEY: z.string().min(1),
  /** File of this side's private signing key (JWK). */
  TIDEGATE_SIGNING_KEY: z.string().min(1),
};

/** The CRM worker. */
export const crmWorkerSettingsSchema = temporalSettingsSchema.extend({
  ...tlsSettings,
  TIDEGATE_CONFIG: z.string().min(1).default('tidegate.config.ts'),
  TIDEGATE_CRM_CONSUMER_URL: postgresUrl,
  TIDEGATE_CRM_REVERSE_URL: postgresUrl,
  TIDEGATE_CRM_VERIFIER_URL: postgresUrl,
  /** Base URL of the producer, https. */
  TIDEGATE_CLOUD_URL: z.url(),
  ...observedSettings,
  /** Port of the Temporal SDK's own Prometheus metrics, on TIDEGATE_METRICS_HOST. Not set: none. */
  TIDEGATE_TEMPORAL_METRICS_PORT: port.min(1).optional(),
});

/** Settings of the CRM worker. */
export type CrmWorkerSettings = z.infer<typeof crmWorkerSettingsSchema>;

/** The CRM application: API and page. */
export const crmAppSettingsSchema = temporalSettingsSchema.extend({
  TIDEGATE_CONFIG: z.string().min(1).default('tidegate.config.ts'),
  TIDEGATE_CRM_PAGE_URL: postgresUrl,
  TIDEGATE_CRM_APP_HOST: z.string().default('127.0.0.1'),
  /** 0: any free port. */
  TIDEGATE_CRM_APP_PORT: port.default(0),
  /** Origin that browsers see where a proxy stands in front (e.g. https://crm.example.com); with https cookies are Secure. */
  TIDEGATE_CRM_APP_ORIGIN: z.url().optional(),
  ...observedSettings,
  /** The worker's certificate and authority (no keys), so that their expiry is told even when the worker is dead. */
  TIDEGATE_TLS_CA: z.string().min(1).optional(),
  TIDEGATE_TLS_CERTIFICATE: z.string().min(1).optional(),
});

/** Settings of the CRM application. */
export type CrmAppSettings = z.infer<typeof crmAppSettingsSchema>;

/** The producer, at the third party. */
export const producerSettingsSchema = z.object({
  ...tlsSettings,
  TIDEGATE_PRODUCER_DATABASE_URL: postgresUrl,
  TIDEGATE_REGISTRAR_DATABASE_URL: postgresUrl,
  TIDEGATE_PRODUCER_HOST: z.string().default('127.0.0.1'),
  TIDEGATE_PRODUCER_PORT: port.default(0),
  /** Port of plain http, which only answers 308. */
  TIDEGATE_PRODUCER_PLAIN_PORT: port.default(0),
  ...observedSettings,
});

/** Settings of the producer. */
export type ProducerSettings = z.infer<typeof producerSettingsSchema>;

/** The command line, on the CRM's side. */
export const cliSettingsSchema = temporalSettingsSchema.extend({
  TIDEGATE_CONFIG: z.string().min(1).default('tidegate.config.ts'),
  TIDEGATE_CRM_CONSUMER_URL: postgresUrl,
  /** Owner of the CRM's tables: needed by attach, detach and import only. */
  TIDEGATE_CRM_ADMIN_URL: postgresUrl.optional(),
});

/** Settings of the command line. */
export type CliSettings = z.infer<typeof cliSettingsSchema>;

/** The tool with which the third party's own users edit records, in trials. */
export const cloudUserSettingsSchema = z.object({
  TIDEGATE_CLOUD_USER_DATABASE_URL: postgresUrl,
  /** Set by the embedded stack for its own cloud: edits elsewhere need the database's name. */
  TIDEGATE_CLOUD_EMBEDDED: z.enum(['true', 'false']).default('false'),
});

/** Reads a group of settings from an environment. Throws `configuration-invalid` that lists every fault by name, without values. */
export function readSettings<S extends z.ZodType>(schema: S, environment: Readonly<Record<string, string | undefined>>): z.infer<S> {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  const faults = describeFaults(result.error);
  throw new TidegateError('configuration-invalid', `Environment:\n${faults.map((f) => `  ${f}`).join('\n')}`, { faults });
}
