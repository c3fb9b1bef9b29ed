import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type Pool } from 'pg';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { migrateStore } from '../adaptor/data/migration/migrate-store.ts';
import { createPool } from '../adaptor/data/pool.ts';
import type { Config, LinkConfig } from '../configuration/config.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { startPostgresCluster } from '../embedded/postgres-cluster.ts';
import { Supervisor } from '../embedded/supervisor.ts';
import { type LinkName, linkName } from '../exchange/names.ts';
import { connectTemporal } from '../scheduler/connection.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';
import { stepReporter } from '../workers/stack/progress.ts';
import { type RunningStack, startParts } from '../workers/stack/start-parts.ts';
import { type Run, startClock } from './clock.ts';
import { addContacts } from './contacts.ts';
import type { BenchOptions } from './options.ts';
import { resetStatements, topStatements } from './statements.ts';

/** What a measurement works on: the whole product with real processes, and both stores as administrator. */
export interface BenchStack extends AsyncDisposable {
  readonly link: LinkConfig;
  readonly name: LinkName;
  readonly stack: RunningStack;
  readonly crm: Client;
  readonly cloud: Client;
  /** A database of the cloud's server for native logical replication. */
  readonly nativeUrl: string;
  /** The cloud's own users. */
  readonly employees: Pool;
  readonly consumer: Pool;
  readonly tidegate: TidegateClient;
  /** Starts a clock that counts the processor time of both servers and of the product's processes; what comes back stops it. */
  startClock(): Promise<() => Promise<Run>>;
}

/** The same for both servers, and so for product and floors alike: durable, with room to write before a checkpoint. */
const POSTGRES_SETTINGS = {
  wal_level: 'logical',
  shared_buffers: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '15min',
  shared_preload_libraries: 'pg_stat_statements,auto_explain',
  'pg_stat_statements.track': 'all',
} as const;

const CONFIG_FILE = fileURLToPath(new URL('bench.config.ts', import.meta.url));
const NATIVE = 'native';

/** Starts two clusters with `rows` contacts at the CRM, and the stack on them; `more` is set for the stack beside this process's environment. */
export async function startBenchStack(
  home: string,
  { rows, explainMs, statements }: Pick<BenchOptions, 'rows' | 'explainMs' | 'statements'>,
  more: Readonly<Record<string, string>> = {},
): Promise<BenchStack> {
  const config: Config = await loadConfig(CONFIG_FILE);
  const [link] = config.links;
  if (link === undefined) throw new Error('the configuration has no link');
  const supervisor = await Supervisor.open({ folder: home });
  const report = stepReporter();
  void supervisor.ended.then((end) => {
    if (end.reason !== 'stopped') process.stderr.write(`\nThe parts were stopped: ${JSON.stringify(end)}\n`);
  });
  try {
    report.step('clusters');
    const [crmServer, cloudServer] = await Promise.all((['crm', 'cloud'] as const).map((side) => startCluster(supervisor, home, side, explainMs)));
    if (crmServer === undefined || cloudServer === undefined) throw new Error('unreachable');
    const [crmUrl, cloudUrl] = [crmServer.url, cloudServer.url];
    await Promise.all([migrateStore(crmUrl, 'crm'), migrateStore(cloudUrl, 'cloud')]);
    const [crm, cloud] = [new Client({ connectionString: crmUrl }), new Client({ connectionString: cloudUrl })];
    for (const client of [crm, cloud]) client.on('error', () => undefined);
    await Promise.all([crm.connect(), cloud.connect()]);
    report.step(`${rows.toLocaleString('en')} contacts`);
    await prepareStores(crm, cloud);
    await addContacts(crm, 1, rows);
    const environment = { ...process.env, ...more, TIDEGATE_CRM_ADMIN_URL: crmUrl, TIDEGATE_CLOUD_ADMIN_URL: cloudUrl };
    const stack = await startParts({ supervisor, home, environment, config, configFile: CONFIG_FILE, sample: false, contacts: 0, report });
    const temporal = await connectTemporal(stack.temporal);
    const consumer = createPool(stack.crm.roleUrl('tidegate_consumer'), { applicationName: 'tidegate bench', maxConnections: 2 });
    const employees = createPool(stack.cloud.roleUrl('cloud_user'), { applicationName: 'tidegate bench', maxConnections: 1 });
    const nativeUrl = new URL(cloudUrl);
    nativeUrl.pathname = `/${NATIVE}`;
    const parts = { crm: crmServer.pid, cloud: cloudServer.pid, worker: stack.worker.pid, producer: stack.producer.pid, temporal: stack.temporal.pid };
    const pids = Object.values(parts).filter((pid) => pid !== null);
    return {
      startClock: async () => {
        if (!statements) return startClock(pids);
        await Promise.all([crm, cloud].map(resetStatements));
        const stop = startClock(pids);
        const stops = Object.entries(parts).map(([name, pid]) => ({ name, stop: startClock(pid === null ? [] : [pid], false) }));
        return async () => {
          const run = await stop();
          const each = await Promise.all(stops.map(async (part) => `${part.name} ${(await part.stop()).cpuMs}`));
          const told = [`    processor time, ms: ${each.join(', ')}`, ...(await topStatements('crm  ', crm)), ...(await topStatements('cloud', cloud))];
          process.stderr.write(`${told.join('\n')}\n`);
          return run;
        };
      },
      link,
      name: linkName(link),
      stack,
      crm,
      cloud,
      nativeUrl: nativeUrl.href,
      employees,
      consumer,
      tidegate: new TidegateClient({ client: temporal.client, store: postgresLinkStore(consumer), taskQueue: 'tidegate' }),
      [Symbol.asyncDispose]: async () => {
        await Promise.all([consumer.end(), employees.end(), crm.end(), cloud.end(), temporal.close()]);
        await supervisor.stopAll();
      },
    };
  } catch (error) {
    report.done();
    await supervisor.stopAll();
    throw error;
  }
}

async function startCluster(supervisor: Supervisor, home: string, side: 'crm' | 'cloud', explainMs: number | undefined): Promise<{ url: string; pid: number }> {
  const explain =
    explainMs === undefined
      ? {}
      : {
          'auto_explain.log_min_duration': explainMs,
          'auto_explain.log_nested_statements': true,
          'auto_explain.log_analyze': true,
          'auto_explain.log_triggers': true,
        };
  const password = randomBytes(12).toString('hex');
  const cluster = await supervisor.start(`bench-${side}-postgres`, (hooks) =>
    startPostgresCluster({ dataFolder: join(home, side, 'postgres'), password, settings: { ...POSTGRES_SETTINGS, ...explain }, ...hooks }),
  );
  const database = `bench_${side}`;
  const client = new Client({ connectionString: cluster.adminUrl() });
  await client.connect();
  await client.query(`create database ${database}`);
  if (side === 'cloud') await client.query(`create database ${NATIVE}`);
  await client.end();
  return { url: cluster.adminUrl(database), pid: cluster.pid };
}

/**
 * Tables for the floors: the same columns, constraints, indexes and triggers of the applications as the product's targets
 * have; no row rule and no capture.
 */
async function prepareStores(crm: Client, cloud: Client): Promise<void> {
  await crm.query(`
    create schema bench;
    create table bench.changed (id uuid primary key, op text not null);
    create table bench.contacts (like crm.contacts including all);
    create trigger raise_version before update on bench.contacts for each row execute function crm.raise_version()`);
  await cloud.query(`
    create extension pg_stat_statements;
    create schema bench;
    create table bench.changed (id uuid primary key);
    create table bench.people (like cloud.people including all);
    alter table bench.people alter tenant set default 'acme';
    create trigger touch before update on bench.people for each row execute function cloud.touch()`);
  await crm.query('create extension pg_stat_statements');
}
