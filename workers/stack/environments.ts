import { join } from 'node:path';
import type { CodecMode } from '../../adaptor/auth/codec/payload-codec.ts';
import type { DevelopmentKeys } from '../../adaptor/auth/development-keys.ts';
import { HOME_FILES } from '../../configuration/home.ts';
import type { TemporalPlace } from '../../configuration/temporal-place.ts';
import type { Side } from '../../exchange/names.ts';
import { writeSecretFile } from '../../files/secret-file.ts';
import type { StackStore } from './store.ts';
import { sealKeyFile } from './trust.ts';

type Environment = Readonly<Record<string, string>>;

/** Settings of the codec, for the processes. */
export type StackCodec = Readonly<
  { TIDEGATE_CODEC_KEYS: string; TIDEGATE_CODEC_MODE: CodecMode } | { TIDEGATE_CODEC_KEYS?: never; TIDEGATE_CODEC_MODE?: never }
>;

/** A running Temporal server, embedded or not. */
export interface StackTemporal extends TemporalPlace {
  readonly ui: string | undefined;
  /** How its payloads are encoded; without keys they are plain. */
  readonly encoding: StackCodec;
  /** Settings by which it is reached, for the processes. */
  readonly security: Environment;
}

/** Environment of the third party's processes. It holds nothing of the CRM's but public keys, which are in its store. */
export function cloudEnvironment(store: StackStore, material: DevelopmentKeys): Environment {
  return {
    TIDEGATE_TLS_CA: material.cloud.ca,
    TIDEGATE_TLS_CERTIFICATE: material.cloud.certificate,
    TIDEGATE_TLS_KEY: material.cloud.key,
    TIDEGATE_SIGNING_KEY: material.cloud.signingKey,
    TIDEGATE_PRODUCER_DATABASE_URL: store.roleUrl('tidegate_producer'),
    TIDEGATE_REGISTRAR_DATABASE_URL: store.roleUrl('tidegate_registrar'),
    TIDEGATE_CLOUD_KEEPER_DATABASE_URL: store.roleUrl('tidegate_cloud_keeper'),
    ...cloudPageEnvironment(store),
    TIDEGATE_CLOUD_EMBEDDED: String(store.embedded),
  };
}

/** Environment of the third party's page: it holds no key and none of the producer's database roles. */
export function cloudPageEnvironment(store: StackStore): Environment {
  return {
    TIDEGATE_CLOUD_PAGE_DATABASE_URL: store.roleUrl('cloud_page'),
    TIDEGATE_CLOUD_USER_DATABASE_URL: store.roleUrl('cloud_user'),
  };
}

/** Environment of the company's processes: worker, CRM application, command line. */
export function crmEnvironment(
  store: StackStore,
  material: DevelopmentKeys,
  temporal: StackTemporal,
  { cloudUrl, crmPage, configFile }: { readonly cloudUrl: string; readonly crmPage: string; readonly configFile: string },
): Environment {
  return {
    TIDEGATE_CONFIG: configFile,
    TIDEGATE_TEMPORAL_ADDRESS: temporal.address,
    TIDEGATE_TEMPORAL_NAMESPACE: temporal.namespace,
    ...temporal.security,
    ...(temporal.ui === undefined ? {} : { TIDEGATE_TEMPORAL_UI: temporal.ui }),
    ...temporal.encoding,
    TIDEGATE_TLS_CA: material.crm.ca,
    TIDEGATE_TLS_CERTIFICATE: material.crm.certificate,
    TIDEGATE_TLS_KEY: material.crm.key,
    TIDEGATE_SIGNING_KEY: material.crm.signingKey,
    TIDEGATE_SEAL_KEYS: sealKeyFile(material),
    TIDEGATE_CLOUD_URL: cloudUrl,
    TIDEGATE_CRM_APP_URL: crmPage,
    TIDEGATE_CRM_CONSUMER_URL: store.roleUrl('tidegate_consumer'),
    TIDEGATE_CRM_REVERSE_URL: store.roleUrl('tidegate_reverse'),
    TIDEGATE_CRM_VERIFIER_URL: store.roleUrl('tidegate_verifier'),
    TIDEGATE_CRM_KEEPER_URL: store.roleUrl('tidegate_crm_keeper'),
    TIDEGATE_CRM_PAGE_URL: store.roleUrl('crm_page'),
  };
}

/** What was set for one process by its name's beginning, e.g. `TIDEGATE_CRM_APP_`: how its users sign in, its origin. */
export function ownSettings(environment: Readonly<Record<string, string | undefined>>, prefix: string): Environment {
  const own = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[0].startsWith(prefix) && entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(own);
}

/**
 * What was set for the producer: how often it may be asked, how long it keeps what is done with. Where it listens is the stack's own
 * affair: its certificate is for loopback.
 */
export function producerSettings(environment: Readonly<Record<string, string | undefined>>): Environment {
  return { ...ownSettings(environment, 'TIDEGATE_PRODUCER_RATE_'), ...ownSettings(environment, 'TIDEGATE_RETENTION_') };
}

/** Writes a side's environment where its command line finds it, for its owner only. */
export async function writeEnvironment(home: string, side: Side, environment: Environment): Promise<void> {
  await writeSecretFile(join(home, HOME_FILES.environment(side)), `${JSON.stringify(environment, null, 2)}\n`);
}
