import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removePostgresCluster, startPostgresCluster, type PostgresCluster } from '../../embedded/postgres-cluster.ts';
import { startTemporalServer, type TemporalServer } from '../../embedded/temporal-server.ts';
import { crmAppSettingsSchema, crmWorkerSettingsSchema, producerSettingsSchema, readSettings } from '../../configuration/settings.ts';
import { SEARCH_ATTRIBUTES } from '../../scheduler/search-attributes.ts';
import { connectTemporal } from '../../scheduler/connection.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const password = 'a:password/with@marks';
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
    `--${side}=postgresql://postgres@127.0.0.1:${clusters[index]!.port}/postgres`,
    `--${side}-password-file=${folder}/password`,
  ]);
  const others = [`--home=${home}`, '--producer=https://producer:4701', `--temporal=${temporal.address}`, '--temporal-ui=http://localhost:8233'];
  await promisify(execFile)(process.execPath, ['docker/provision.ts', ...stores, ...others], { cwd: root });
}

function environmentOf(side: (typeof sides)[number]): Record<string, string | undefined> {
  return parseEnv(readFileSync(join(home, side, 'environment'), 'utf8'));
}

describe('provisioning for containers', () => {
  it('writes all settings that each process needs, and lets every role of them sign in', async () => {
    const crm = environmentOf('crm');
    const cloud = environmentOf('cloud');
    const worker = readSettings(crmWorkerSettingsSchema, crm);
    const app = readSettings(crmAppSettingsSchema, crm);
    const producer = readSettings(producerSettingsSchema, cloud);
    const urls = [worker.TIDEGATE_CRM_CONSUMER_URL, worker.TIDEGATE_CRM_REVERSE_URL, worker.TIDEGATE_CRM_VERIFIER_URL, app.TIDEGATE_CRM_PAGE_URL];
    urls.push(producer.TIDEGATE_PRODUCER_DATABASE_URL, producer.TIDEGATE_REGISTRAR_DATABASE_URL);
    for (const connectionString of urls) {
      const client = new Client({ connectionString });
      await client.connect();
      const { rows } = await client.query<{ superuser: boolean }>(`SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`);
      await client.end();
      expect(rows).toEqual([{ superuser: false }]);
    }
    expect(worker.TIDEGATE_CLOUD_URL).toBe('https://producer:4701');
  });

  it('keeps the secrets of a side in its own folder, for its owner', () => {
    const secretsOf = (side: (typeof sides)[number]): string[] =>
      Object.values(environmentOf(side)).filter((value) => value?.includes('@') === true) as string[];
    for (const [side, other] of [sides, sides.toReversed()] as [(typeof sides)[number], (typeof sides)[number]][]) {
      for (const name of readdirSync(join(home, side))) {
        const text = readFileSync(join(home, side, name), 'utf8');
        for (const secret of secretsOf(other)) expect(text).not.toContain(secret);
      }
      expect(statSync(join(home, side)).mode & 0o077).toBe(0);
      expect(statSync(join(home, side, 'environment')).mode & 0o077).toBe(0);
    }
    for (const side of sides) expect(JSON.stringify(environmentOf(side))).not.toContain(encodeURIComponent(password));
  });

  it('registers the search attributes that runs are found by', async () => {
    await using connection = await connectTemporal({ address: temporal.address, namespace: 'tidegate' });
    const { customAttributes } = await connection.client.connection.operatorService.listSearchAttributes({ namespace: 'tidegate' });
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
