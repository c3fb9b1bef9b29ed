import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removePostgresCluster, startPostgresCluster, type PostgresCluster } from '../../embedded/postgres-cluster.ts';
import { startTemporalServer, type TemporalServer } from '../../embedded/temporal-server.ts';
import { producerSettingsSchema } from '../../configuration/settings/cloud.ts';
import { crmAppSettingsSchema, crmWorkerSettingsSchema } from '../../configuration/settings/crm.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { openCrmDatabase } from '../../crm/database.ts';
import { SEARCH_ATTRIBUTES } from '../../scheduler/search-attributes.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { readCompose } from './compose-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'a:password/with@marks';
const namespace = 'provisioned';
const sides = ['crm', 'cloud'] as const;
let folder: string;
let home: string;
let clusters: PostgresCluster[];
let temporal: TemporalServer;

// Servers of its own: the roles that provisioning makes belong to a whole server.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-provision-'));
  home = join(folder, 'home');
  const start = (side: string): Promise<PostgresCluster> => startPostgresCluster({ dataFolder: join(folder, side), password, throwAway: true });
  [clusters, temporal] = await Promise.all([Promise.all(sides.map(start)), startTemporalServer()]);
  writeFileSync(join(folder, 'password'), `${password}\n`, { mode: 0o600 });
  await provision();
});

afterAll(async () => {
  await Promise.all([...clusters, temporal].map((server) => server.stop()));
  for (const side of sides) removePostgresCluster(join(folder, side));
  rmSync(folder, { recursive: true, force: true });
});

async function provision(): Promise<void> {
  const stores = sides.flatMap((side, index) => [
    [`TIDEGATE_${side.toUpperCase()}_ADMIN_URL`, `postgresql://postgres@127.0.0.1:${clusters[index]!.port}/postgres`],
    [`TIDEGATE_${side.toUpperCase()}_ADMIN_PASSWORD_FILE`, join(folder, 'password')],
  ]);
  const environment = {
    ...Object.fromEntries(stores),
    TIDEGATE_HOME: home,
    TIDEGATE_CLOUD_URL: 'https://producer:4701',
    TIDEGATE_TEMPORAL_ADDRESS: temporal.address,
    TIDEGATE_TEMPORAL_NAMESPACE: namespace,
  };
  await promisify(execFile)(process.execPath, ['docker/provision.ts'], { cwd: root, env: { PATH: process.env['PATH'], ...environment } });
}

/** The environment that docker-compose.yml gives a service, its paths below this test's home. */
function environmentOf(service: string): Record<string, string> {
  const given = readCompose().services[service]?.environment ?? {};
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.replace('/var/lib/tidegate', home)]));
}

function secretsOf(side: (typeof sides)[number]): readonly string[] {
  const folder = join(home, side, 'secrets');
  return readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

describe('provisioning for containers', () => {
  it('writes the secrets and files that docker-compose.yml names, and lets every role of them sign in', async () => {
    const worker = readSettings(crmWorkerSettingsSchema, environmentOf('crm-worker'));
    const app = readSettings(crmAppSettingsSchema, environmentOf('crm-app'));
    const producer = readSettings(producerSettingsSchema, environmentOf('producer'));
    const urls = [worker.TIDEGATE_CRM_CONSUMER_URL, worker.TIDEGATE_CRM_REVERSE_URL, worker.TIDEGATE_CRM_VERIFIER_URL, app.TIDEGATE_CRM_PAGE_URL];
    urls.push(producer.TIDEGATE_PRODUCER_DATABASE_URL, producer.TIDEGATE_REGISTRAR_DATABASE_URL);
    for (const connectionString of urls) {
      const client = new Client({ connectionString });
      await client.connect();
      const { rows } = await client.query<{ superuser: boolean }>(`SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`);
      await client.end();
      expect(rows).toEqual([{ superuser: false }]);
    }
    for (const { TIDEGATE_TLS_CA: ca, TIDEGATE_TLS_CERTIFICATE: certificate, TIDEGATE_TLS_KEY: key, TIDEGATE_SIGNING_KEY: signingKey } of [worker, producer]) {
      expect(new X509Certificate(readFileSync(certificate)).verify(new X509Certificate(readFileSync(ca)).publicKey)).toBe(true);
      for (const secret of [key, signingKey]) expect(statSync(secret).mode & 0o077).toBe(0);
    }
    expect(new X509Certificate(readFileSync(producer.TIDEGATE_TLS_CERTIFICATE)).checkHost(new URL(worker.TIDEGATE_CLOUD_URL).hostname)).toBe('producer');
  });

  it('keeps the secrets of a side in its own folder, for its owner', () => {
    for (const [side, other] of [sides, sides.toReversed()] as [(typeof sides)[number], (typeof sides)[number]][]) {
      expect(secretsOf(other).length).toBeGreaterThan(2);
      for (const entry of readdirSync(join(home, side), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
        const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
        for (const secret of secretsOf(other)) expect(text).not.toContain(secret);
        expect(text).not.toContain(encodeURIComponent(password));
      }
      for (const path of [side, `${side}/secrets`]) expect(statSync(join(home, path)).mode & 0o077).toBe(0);
      for (const name of readdirSync(join(home, side, 'secrets'))) expect(statSync(join(home, side, 'secrets', name)).mode & 0o077).toBe(0);
    }
  });

  it('makes a first administrator, once', async () => {
    const [email, word] = readFileSync(join(home, 'crm', 'secrets', 'first-administrator'), 'utf8')
      .trim()
      .split(' ');
    await using database = openCrmDatabase(readFileSync(join(home, 'crm', 'secrets', 'TIDEGATE_CRM_PAGE_URL'), 'utf8').trim(), 1);
    const users = await database.crm.user.findMany({ where: { role: 'integration-admin' } });
    expect(users.map((user) => user.email)).toEqual([email]);
    expect(word).toMatch(/^[\w-]{16}$/);
  });

  it('makes the namespace where it is missing', async () => {
    await using connection = await connectTemporal({ address: temporal.address, namespace });
    const { namespaceInfo, config } = await connection.client.workflowService.describeNamespace({ namespace });
    expect(namespaceInfo?.name).toBe(namespace);
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(7 * 86_400);
  });

  it('registers the search attributes that runs are found by', async () => {
    await using connection = await connectTemporal({ address: temporal.address, namespace });
    const { customAttributes } = await connection.client.connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)));
  });

  it('changes nothing when it is repeated', async () => {
    const files = (): string[] =>
      readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const before = files();
    await provision();
    expect(files()).toEqual(before);
  });
});
