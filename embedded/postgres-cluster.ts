import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { TidegateError } from '../exchange/errors.ts';
import { createPostgresData } from './create-postgres-data.ts';
import { databaseUser } from './database-user.ts';
import { endProcess, type Ending } from './end-process.ts';
import { choosePort, LOOPBACK, wasPortTaken } from './ports.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { clearPostmasterLock } from './postmaster-lock.ts';
import { makeReachableFolder, removeReachableFolder } from './reachable-folder.ts';
import { lastLogLines, spawnPart, type OnSpawn, type PartExit, type SpawnedPart } from './spawn-part.ts';

/** What a cluster is started with. */
export interface PostgresClusterOptions {
  /** Holds the data; made on first start. One running cluster a folder. */
  readonly dataFolder: string;
  /** Password of the superuser `postgres`, the same at every start. */
  readonly password: string;
  /** 0 (the default) chooses a free one at every start. */
  readonly port?: number;
  /** Settings by their name in postgresql.conf; they win over the ones set here. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** For tests: faster, and lost with the machine's power. Default false. */
  readonly throwAway?: boolean;
  /** Gets the server's log. */
  readonly logFile?: string;
  readonly onSpawn?: OnSpawn;
  /** What to do with a server left behind on this folder: `refuse` (default) or `end` it, for who holds the run file. */
  readonly leftBehind?: 'refuse' | 'end';
  /** How long start and crash recovery may take. Default 60 s. */
  readonly startTimeoutMs?: number;
}

/** A running cluster. */
export interface PostgresCluster {
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<PartExit>;
  /** The superuser's address of a database, `postgres` if not named. A secret. */
  adminUrl(database?: string): string;
  /** Ends all sessions and stops (a fast shutdown); safe to call twice. */
  stop(): Promise<void>;
}

/** PostgreSQL's fast shutdown; killing it is safe too, only slower at the next start. */
export const POSTGRES_ENDING: Ending = { signal: 'SIGINT', graceMs: 15_000 };

/** Law 5: statements, their parameters and DETAIL lines hold record content and must not reach a log. */
const SETTINGS = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  max_connections: 200,
} as const;

/** Not synchronous_commit: a commit must survive a killed server in tests as well. */
const THROW_AWAY_SETTINGS = { fsync: false, full_page_writes: false } as const;

const POLL_MS = 25;
const PORT_ATTEMPTS = 3;

/**
 * Creates a PostgreSQL cluster if there is none in the folder, and starts it on loopback, TCP only, for the superuser's password.
 * As root it runs as another user. A cluster that crashed recovers. Throws `part-not-started` with the end of its log, or `port-busy`.
 */
export async function startPostgresCluster(options: PostgresClusterOptions): Promise<PostgresCluster> {
  const user = databaseUser();
  const binaries = postgresBinaries(user);
  const dataFolder = makeReachableFolder(options.dataFolder, user);
  if (!existsSync(join(dataFolder, 'PG_VERSION'))) {
    await createPostgresData({ dataFolder, binaries, user, password: options.password, throwAway: options.throwAway === true });
  }
  await clearPostmasterLock(dataFolder, options.leftBehind ?? 'refuse', POSTGRES_ENDING);
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(options.port);
    const settings = { ...SETTINGS, ...(options.throwAway === true ? THROW_AWAY_SETTINGS : {}), ...options.settings, port };
    const part = await spawnPart({
      command: binaries.postgres,
      args: ['-D', dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      cwd: dataFolder,
      user,
      logFile: options.logFile,
      ending: POSTGRES_ENDING,
      onSpawn: options.onSpawn,
    });
    const cluster = describe(part, port, options.password);
    try {
      await untilReady(part, cluster, dataFolder, options);
      return cluster;
    } catch (error) {
      await cluster.stop();
      const mayChooseAgain = (options.port ?? 0) === 0 && attempt < PORT_ATTEMPTS;
      if (!mayChooseAgain || !(await wasPortTaken([port], part.printed()))) throw error;
    }
  }
}

/** Removes a stopped cluster's data, wherever it lies. */
export function removePostgresCluster(dataFolder: string): void {
  removeReachableFolder(dataFolder);
}

function describe(part: SpawnedPart, port: number, password: string): PostgresCluster {
  return {
    port,
    pid: part.identity.pid,
    exited: part.exited,
    adminUrl: (database = 'postgres') => `postgresql://postgres:${encodeURIComponent(password)}@${LOOPBACK}:${port}/${encodeURIComponent(database)}`,
    stop: async () => {
      await endProcess(part.identity, POSTGRES_ENDING);
    },
  };
}

/** Ready means that our own child answers on the port: somebody else's server could answer there as well. */
async function untilReady(part: SpawnedPart, cluster: PostgresCluster, dataFolder: string, options: PostgresClusterOptions): Promise<void> {
  const until = performance.now() + (options.startTimeoutMs ?? 60_000);
  for (;;) {
    const answer = await probe(cluster.adminUrl());
    if (part.exit() !== undefined) throw new TidegateError('part-not-started', `PostgreSQL ended at its start.\n${lastLogLines(options.logFile)}`);
    if (answer === dataFolder) return;
    if (answer === '28P01') throw new TidegateError('part-not-started', 'The PostgreSQL data were made with another password.');
    if (performance.now() > until) throw new TidegateError('part-not-started', `PostgreSQL did not become ready.\n${lastLogLines(options.logFile)}`);
    await sleep(POLL_MS);
  }
}

/** The data folder of the server that answers, else the code of the failure. */
async function probe(connectionString: string): Promise<string> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  // A server that shuts down ends the connection with an event, which would end this process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
    return rows[0]?.folder ?? '';
  } catch (error) {
    return (error as { code?: string }).code ?? '';
  } finally {
    await client.end().catch(() => {});
  }
}
