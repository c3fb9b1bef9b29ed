import { readFile } from 'node:fs/promises';
import type { Pool } from 'pg';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { openCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { NO_REVOCATIONS, readRevocationList } from '../../adaptor/auth/revocation-list.ts';
import { producerCertificateCheck } from '../../adaptor/auth/server-certificate.ts';
import { loadSigningKey } from '../../adaptor/auth/signing-key-file.ts';
import { clientTlsOptions, readTlsMaterial } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import type { StoreRole } from '../../adaptor/data/roles/role-names.ts';
import type { Config } from '../../configuration/config.ts';
import { homeFolder, sideEnvironment } from '../../configuration/home.ts';
import { loadConfig } from '../../configuration/load-config.ts';
import { doctorSettings } from '../../configuration/settings/command-line.ts';
import { unknownSettings } from '../../configuration/settings/known-names.ts';
import { readEachSetting } from '../../configuration/settings/read-settings.ts';
import { temporalPlace, temporalSecuritySettings } from '../../configuration/temporal-place.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkIdentity, Side } from '../../exchange/names.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { NotLookedAt } from './finding.ts';

/** Variable by which each role's URL is set, of the roles that Tidegate's own processes sign in with. */
export const ROLE_VARIABLES: Readonly<Record<Side, Readonly<Partial<Record<StoreRole, string>>>>> = {
  crm: {
    tidegate_consumer: 'TIDEGATE_CRM_CONSUMER_URL',
    tidegate_reverse: 'TIDEGATE_CRM_REVERSE_URL',
    tidegate_verifier: 'TIDEGATE_CRM_VERIFIER_URL',
    crm_page: 'TIDEGATE_CRM_PAGE_URL',
  },
  cloud: { tidegate_producer: 'TIDEGATE_PRODUCER_DATABASE_URL', tidegate_registrar: 'TIDEGATE_REGISTRAR_DATABASE_URL' },
};

const TIMEOUT_MS = 5000;

/** What the checks look at, opened when first needed; what is missing throws `NotLookedAt`. */
export interface Parts extends AsyncDisposable {
  readonly side: Side;
  /** Faults of the settings, by name. */
  readonly settingFaults: readonly string[];
  /** Variables that look like settings and are none. */
  readonly unknownSettings: readonly string[];
  readonly home: string;
  /** This machine's clock. */
  readonly nowMs: () => number;
  /** A setting that is there and right. */
  setting(name: string): string;
  has(name: string): boolean;
  /** The configuration; throws `configuration-invalid`. */
  config(): Promise<Config>;
  /** The side's store, as one of its roles. */
  pool(role: StoreRole): Pool;
  /** The store as the role that reads most. */
  readonly store: Pool;
  /** Throws `temporal-unavailable`. */
  temporal(): Promise<TemporalClient>;
  /** The producer as a link's worker reaches it. */
  producer(link: LinkIdentity): Promise<ProducerClient>;
}

/** Prepares what the checks of one side look at. */
export function openParts(side: Side, environment: Readonly<Record<string, string | undefined>>, nowMs: () => number = Date.now): Parts {
  const { values, faults } = readEachSetting(doctorSettings[side], sideEnvironment(side, environment));
  const closers: (() => Promise<unknown>)[] = [];
  const pools = new Map<string, Pool>();
  let temporal: Promise<TemporalClient> | undefined;
  const has = (name: string): boolean => values[name] !== undefined;
  const setting = (name: string): string => {
    if (!has(name)) throw new NotLookedAt(`${name} is not set, or wrong (see settings)`);
    return String(values[name]);
  };
  const pool = (role: StoreRole): Pool => {
    const url = setting(ROLE_VARIABLES[side][role] ?? role);
    const known = pools.get(role) ?? createPool(url, { applicationName: 'tidegate doctor', maxConnections: 2, connectTimeoutMs: TIMEOUT_MS });
    if (!pools.has(role)) closers.push(() => known.end());
    pools.set(role, known);
    return known;
  };
  /** As the worker checks the producer's certificate; a list that is no good is told of by the check of certificates. */
  const serverCheck = async (ca: string, party: string) => {
    const list = has('TIDEGATE_TLS_CRL')
      ? await Promise.all([readFile(setting('TIDEGATE_TLS_CRL'), 'utf8'), readFile(ca, 'utf8')])
          .then(([crl, authority]) => readRevocationList(crl, authority))
          .catch(() => NO_REVOCATIONS)
      : NO_REVOCATIONS;
    return producerCertificateCheck(pool('tidegate_consumer'), party, () => list);
  };
  return {
    side,
    settingFaults: faults,
    unknownSettings: unknownSettings(environment),
    home: homeFolder(environment),
    nowMs,
    setting,
    has,
    config: () => loadConfig(setting('TIDEGATE_CONFIG')),
    pool,
    get store() {
      return pool(side === 'crm' ? 'tidegate_consumer' : 'tidegate_producer');
    },
    temporal: async () => {
      const names = Object.keys(temporalSecuritySettings) as (keyof typeof temporalSecuritySettings)[];
      const security = Object.fromEntries(names.filter(has).map((name) => [name, setting(name)]));
      const place = await temporalPlace({
        TIDEGATE_TEMPORAL_ADDRESS: setting('TIDEGATE_TEMPORAL_ADDRESS'),
        TIDEGATE_TEMPORAL_NAMESPACE: setting('TIDEGATE_TEMPORAL_NAMESPACE'),
        ...security,
      });
      if (temporal === undefined) {
        const codec = openCodec(has('TIDEGATE_CODEC_KEYS') ? setting('TIDEGATE_CODEC_KEYS') : undefined, 'decode');
        temporal = codec.then((opened) => connectTemporal({ ...place, codec: opened, timeoutMs: TIMEOUT_MS }));
        closers.push(async () => (await temporal)?.close().catch(() => undefined));
      }
      return temporal;
    },
    producer: async (link) => {
      const baseUrl = setting('TIDEGATE_CLOUD_URL');
      const files = { ca: setting('TIDEGATE_TLS_CA'), certificate: setting('TIDEGATE_TLS_CERTIFICATE'), key: setting('TIDEGATE_TLS_KEY') };
      const [key, material] = await Promise.all([loadSigningKey(setting('TIDEGATE_SIGNING_KEY'), partyId('crm', link)), readTlsMaterial(files)]).catch(
        (error: unknown) => {
          throw error instanceof TidegateError ? new NotLookedAt(`${error.message} (see certificates and keys)`) : error;
        },
      );
      const client = new ProducerClient({
        baseUrl,
        tls: clientTlsOptions(material, new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')),
        link,
        checkServer: await serverCheck(files.ca, partyId('cloud', link)),
        auth: { createAssertion: () => createAssertion(key), createProof: (request) => createProof(key, request) },
        maxConnections: 1,
        connectTimeoutMs: TIMEOUT_MS,
        answerTimeoutMs: TIMEOUT_MS,
      });
      closers.push(() => client.close());
      return client;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.allSettled(closers.map((close) => close()));
    },
  };
}
