import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresCluster, removePostgresCluster, startPostgresCluster } from '../../embedded/postgres-cluster.ts';
import { type TemporalServer, startTemporalServer } from '../../embedded/temporal-server.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { makeHome, runCli, runCloudEdit, runStack, startStack, usualLinkByHand } from '../support/running-stack.ts';
import { createTestAuthority } from '../support/test-pki.ts';

/*
 * Every embedded part replaced by a real one through the environment: two PostgreSQL servers whose administrator is no
 * superuser (as a managed one gives), a Temporal server that knows nothing of Tidegate, certificates of the company's own.
 */

const sides = ['crm', 'cloud'] as const;
const databases = ['--database', 'sales', '--database', 'hub'];
const { home, remove } = makeHome();
let folder: string;
let clusters: readonly PostgresCluster[];
let temporal: TemporalServer;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-real-'));
  const start = (side: string) => startPostgresCluster({ dataFolder: join(folder, side), password: 'superuser', throwAway: true });
  [clusters, temporal] = await Promise.all([Promise.all(sides.map(start)), startTemporalServer({ namespace: 'company' })]);
  const urls = await Promise.all([managed(clusters[0], 'sales'), managed(clusters[1], 'hub')]);
  environment = {
    // This Temporal server outlives a stack: a Schedule that fires meanwhile would order as soon as the next one is up.
    ...usualLinkByHand(folder),
    TIDEGATE_CRM_ADMIN_URL: urls[0] ?? '',
    TIDEGATE_CLOUD_ADMIN_URL: urls[1] ?? '',
    TIDEGATE_TEMPORAL_ADDRESS: temporal.address,
    TIDEGATE_TEMPORAL_NAMESPACE: 'company',
    TIDEGATE_TEMPORAL_UI: temporal.uiUrl,
    ...(await ownCertificates()),
  };
}, 120_000);
afterAll(async () => {
  await Promise.all([...clusters, temporal].map((server) => server.stop()));
  for (const side of sides) removePostgresCluster(join(folder, side));
  rmSync(folder, { recursive: true, force: true });
  remove();
}, 60_000);

/** A database whose owner may make roles and is no superuser. */
async function managed(cluster: PostgresCluster | undefined, database: string): Promise<string> {
  const client = new Client({ connectionString: cluster?.adminUrl() });
  await client.connect();
  await client.query(`create role owner login createrole password 'owner'`);
  await client.query(`create database ${database} owner owner`);
  await client.end();
  return `postgresql://owner:owner@127.0.0.1:${cluster?.port}/${database}`;
}

/** A certificate for each side, by the company's own authority. */
async function ownCertificates(): Promise<Record<string, string>> {
  const authority = await createTestAuthority('the company’s authority');
  const write = (side: string, { ca, certificate, key }: Awaited<ReturnType<typeof authority.server>>) => {
    mkdirSync(join(folder, `${side}-tls`), { mode: 0o700 });
    const named = { CA: ca, CERTIFICATE: certificate, KEY: key };
    return Object.entries(named).map(([name, text]) => {
      const file = join(folder, `${side}-tls`, name.toLowerCase());
      writeFileSync(file, text as string, { mode: 0o600 });
      return [`TIDEGATE_${side.toUpperCase()}_TLS_${name}`, file] as const;
    });
  };
  return Object.fromEntries([...write('crm', await authority.client()), ...write('cloud', await authority.server())]);
}

/** Names of the schemas in a store. */
async function schemasOf(index: 0 | 1): Promise<readonly string[]> {
  const client = new Client({ connectionString: clusters[index]?.adminUrl(index === 0 ? 'sales' : 'hub') });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(`select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`);
  await client.end();
  return rows.map(({ name }) => name).toSorted();
}

describe('against stores that are not embedded', () => {
  it.each([[[]], [['--once', '--no-sample', '--database', 'sales']], [['--reset', '--no-sample', '--database', 'other']]])(
    'npm start -- %j is refused, and nothing is touched',
    async (args) => {
      const { code, stderr } = await runStack(home, args, environment);
      expect(code).toBe(1);
      expect(stderr).toContain('[store-not-embedded]');
      for (const index of [0, 1] as const) expect(await schemasOf(index)).toEqual(['public']);
    },
  );

  it('refuses what is no address of a store, without printing it', async () => {
    const { code, stderr } = await runStack(home, ['--no-sample'], { ...environment, TIDEGATE_CRM_ADMIN_URL: 'mysql://root:secret@db/sales' });
    expect(code).toBe(2);
    expect(stderr).toContain('[configuration-invalid]');
    expect(stderr).toContain('TIDEGATE_CRM_ADMIN_URL');
    expect(stderr).not.toContain('secret');
  });

  it('refuses a certificate without its own key', async () => {
    const { code, stderr } = await runStack(home, databases, { ...environment, TIDEGATE_CRM_TLS_KEY: environment['TIDEGATE_CLOUD_TLS_KEY'] ?? '' });
    expect(code).toBe(2);
    expect(stderr).toContain('[configuration-invalid]');
  });

  it('does a whole cycle on real parts, where the databases are named', async () => {
    const { code, stdout, stderr } = await runStack(home, ['--once', '--json', ...databases], environment);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ balanced: true, converged: true });
    await using company = await connectTemporal({ address: temporal.address, namespace: 'company' });
    const runs = [];
    for await (const run of company.client.workflow.list({ query: `TidegateLink IS NOT NULL` })) runs.push(run.type);
    expect(runs).toEqual(expect.arrayContaining(['forwardSync', 'reverseSync', 'requestReverseSync']));
  }, 180_000);

  it('resets no more than its own schemas, stays up with the certificates of the company, and edits of the cloud need its database by name', async () => {
    const client = new Client({ connectionString: clusters[0]?.adminUrl('sales') });
    await client.connect();
    await client.query('create schema company; create table company.kept (id int); insert into company.kept values (1)');
    const count = async (table: string) => (await client.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;
    expect(await count('tidegate.reverse_message')).toBeGreaterThan(0);
    const running = await startStack(home, ['--reset', ...databases], environment);
    try {
      expect([await count('company.kept'), await count('tidegate.reverse_message')]).toEqual([1, 0]);
      const { stack } = running;
      const text = expect.any(String) as string;
      const pid = expect.any(Number) as number;
      expect(stack).toEqual({
        temporal: { address: text, namespace: text, ui: text },
        crm: { url: text, databaseUrl: environment['TIDEGATE_CRM_ADMIN_URL'] },
        cloud: { url: text, plainUrl: text, pageUrl: text, databaseUrl: environment['TIDEGATE_CLOUD_ADMIN_URL'] },
        tls: { ca: text, crmCertificate: text, crmKey: text },
        pids: { temporal: null, crmPostgres: null, cloudPostgres: null, worker: pid, producer: pid, crmApp: pid, cloudPage: pid },
      });
      expect(statSync(join(home, 'stack.json')).mode & 0o777).toBe(0o600);
      expect(running.output()).toMatch(/npx tidegate cloud set contacts \S+ jobTitle=".*" --database hub\n/);
      expect(stack.temporal).toEqual({ address: temporal.address, namespace: 'company', ui: temporal.uiUrl });
      expect(stack.tls.crmCertificate).toBe(environment['TIDEGATE_CRM_TLS_CERTIFICATE']);
      const socket = connect({ host: '127.0.0.1', port: Number(new URL(stack.cloud.url).port), rejectUnauthorized: false });
      const certificate = await new Promise<X509Certificate | undefined>((resolve) =>
        socket.once('secureConnect', () => resolve(socket.getPeerX509Certificate())),
      );
      socket.destroy();
      expect(certificate?.fingerprint256).toBe(new X509Certificate(readFileSync(environment['TIDEGATE_CLOUD_TLS_CERTIFICATE'] ?? '')).fingerprint256);
      expect(JSON.parse((await runCli(home, ['sync', '--json'])).stdout)).toMatchObject({ state: 'done' });
      const refused = await runCloudEdit(home, ['add', 'tasks', 'subject=Refused']);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('[store-not-embedded]') });
      expect(await runCloudEdit(home, ['add', 'tasks', 'subject=Meant', '--database', 'hub'])).toMatchObject({ code: 0 });
    } finally {
      await client.end();
      expect(await running.stop('SIGINT')).toBe(0);
    }
    // What was not started is not stopped.
    expect(await schemasOf(0)).toContain('tidegate');
  }, 180_000);
});
