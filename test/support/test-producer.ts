import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import pino from 'pino';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { postgresCertificateRegistry } from '../../adaptor/auth/certificate-registry.ts';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import { postgresKeyRegistry } from '../../adaptor/auth/key-registry.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { registerCertificate, registerKey } from '../../adaptor/auth/register.ts';
import type { RevocationList } from '../../adaptor/auth/revocation-list.ts';
import { type SigningKey, generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { type TlsMaterial, clientTlsOptions } from '../../adaptor/auth/tls.ts';
import { ProducerClient, type ProducerClientOptions } from '../../adaptor/communication/producer-client.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { type ChangeListener, createChangeListener } from '../../cloud/producer/change-listener.ts';
import { DEFAULT_LIMITS, type ProducerLimits } from '../../cloud/producer/dependencies.ts';
import { buildProducer } from '../../cloud/producer/server.ts';
import { partyId } from '../../exchange/claims.ts';
import type { LinkIdentity } from '../../exchange/names.ts';
import { type MigratedDatabase, createMigratedDatabase } from './migrated-database.ts';
import { type TestAuthority, createTestAuthority } from './test-pki.ts';

const HOUR_MS = 3_600_000;

/** A producer on loopback, with its own store, authority and keys; `await using` stops and drops all of it. */
export interface TestProducer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly database: MigratedDatabase<'cloud'>;
  /** As the store's superuser: for looking at what happened. */
  readonly admin: Pool;
  /** As `cloud_user`. */
  readonly employees: Pool;
  readonly authority: TestAuthority;
  readonly link: LinkIdentity;
  readonly crmKey: SigningKey;
  readonly cloudKey: SigningKey;
  readonly changes: ChangeListener;
  /** The CRM's registered client certificate. */
  readonly crmTls: TlsMaterial;
  /** A client as the CRM has it; options can be changed. It is closed with the producer. */
  client(options?: Partial<ProducerClientOptions>): ProducerClient;
  /** Registers one more certificate and key, and gives a client certificate for them. */
  registerParty(link: LinkIdentity): Promise<{ key: SigningKey; tls: TlsMaterial }>;
  /** Registers a client certificate for a party (or the beginning of one). */
  registerCertificate(certificatePem: string, party: string): Promise<void>;
}

/** What can be different. */
export interface TestProducerOptions {
  readonly limits?: Partial<ProducerLimits>;
  /** Versions of the protocol that it takes. */
  readonly protocolVersions?: readonly number[];
  readonly link?: LinkIdentity;
  /** What authorities have revoked. */
  readonly revocations?: () => RevocationList;
  /** Its store; by default one of its own, dropped with the producer as this one is. */
  readonly database?: MigratedDatabase<'cloud'>;
}

/** Starts a producer with real TLS on a migrated store. */
export async function startTestProducer({
  limits = {},
  protocolVersions,
  link = { tenant: 'acme', environment: 'test', link: 'hub' },
  database: ownDatabase,
  revocations,
}: TestProducerOptions = {}): Promise<TestProducer> {
  const [database, authority] = await Promise.all([ownDatabase ?? createMigratedDatabase('cloud'), createTestAuthority()]);
  const admin = new Pool({ connectionString: database.adminUrl, max: 4 });
  admin.on('error', () => undefined);
  admin.on('connect', (client) => client.on('error', () => undefined));
  const employees = createPool(database.urls.cloud_user, { applicationName: 'test employees', maxConnections: 2 });
  const pool = createPool(database.urls.tidegate_producer, { applicationName: 'test producer', maxConnections: 12 });
  const registrarPool = createPool(database.urls.tidegate_registrar, { applicationName: 'test registrar', maxConnections: 2 });
  const [crmKey, cloudKey] = await Promise.all([generateSigningKey(partyId('crm', link)), generateSigningKey(partyId('cloud', link))]);
  const crmTls = await authority.client();
  const trust = ({ party, publicJwk }: SigningKey) =>
    registerKey(admin, { party, publicJwk, notBeforeMs: Date.now() - HOUR_MS, notAfterMs: Date.now() + HOUR_MS });
  const trustCertificate = async (certificatePem: string, party: string) => {
    const { thumbprint, subject, notAfterMs } = certificateFacts(certificatePem);
    await registerCertificate(admin, { thumbprint, subject, notAfterMs: Math.max(notAfterMs, Date.now() + HOUR_MS), party });
  };
  await Promise.all([trust(crmKey), trust(cloudKey), trustCertificate(crmTls.certificate, partyId('crm', link))]);

  const changes = await createChangeListener(pool);
  const app = buildProducer({
    pool,
    registrarPool,
    keys: new Map([[cloudKey.party, cloudKey]]),
    registry: postgresKeyRegistry(pool),
    certificates: postgresCertificateRegistry(pool),
    tls: await authority.server(),
    changes,
    log: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    limits: { ...DEFAULT_LIMITS, ...limits },
    ...(protocolVersions === undefined ? {} : { protocolVersions }),
    ...(revocations === undefined ? {} : { revocations }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  const clients: ProducerClient[] = [];

  return {
    url,
    port,
    database,
    admin,
    employees,
    authority,
    link,
    crmKey,
    cloudKey,
    crmTls,
    changes,
    client: (options = {}) => {
      const client = new ProducerClient({
        baseUrl: url,
        tls: clientTlsOptions(crmTls, '127.0.0.1'),
        link,
        auth: { createAssertion: () => createAssertion(crmKey), createProof: (request) => createProof(crmKey, request) },
        ...options,
      });
      clients.push(client);
      return client;
    },
    registerParty: async (other) => {
      const [key, tls] = await Promise.all([generateSigningKey(partyId('crm', other)), authority.client({ commonName: `consumer ${randomUUID()}` })]);
      await trust(key);
      await trustCertificate(tls.certificate, key.party);
      return { key, tls };
    },
    registerCertificate: trustCertificate,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await app.close();
      await changes.close();
      await Promise.all([pool.end(), registrarPool.end(), employees.end(), admin.end()]);
      await database.drop();
    },
  };
}
