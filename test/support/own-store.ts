import { randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migrateStore } from '../../adaptor/data/migration/migrate-store.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { STORE_ROLES, type StoreRole } from '../../adaptor/data/roles/role-names.ts';
import { databaseUser } from '../../embedded/database-user.ts';
import { type PostgresCluster, removePostgresCluster, startPostgresCluster } from '../../embedded/postgres-cluster.ts';
import { startWatchdog } from '../../embedded/watchdog.ts';
import type { Side } from '../../exchange/names.ts';
import { type MigratedDatabase, TEST_ROLE_PASSWORD, testPasswords } from './migrated-database.ts';

const DATABASE = 'store';

/** A store on a cluster of the test's own, which can be stopped, copied, put back and promoted; always at the same address. */
export interface OwnStore<S extends Side> extends MigratedDatabase<S> {
  stop(): Promise<void>;
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Kills the server as the kernel would, waits until its children have noticed, and starts it again: it recovers. */
  killAndStart(): Promise<void>;
  /** Copies the data of the stopped cluster aside, under a name. */
  copy(name: string): void;
  /** Puts a copy in the place of the stopped cluster's data. The copy stays. */
  putBack(name: string): void;
  /** Marks the stopped cluster's data as a standby's: it starts in recovery. */
  markStandby(): void;
  /** Promotes the running standby. */
  promote(): Promise<void>;
  /** The store's rows in another database of the same name. Sessions are ended. */
  recreate(): Promise<void>;
}

/** Starts it: a new cluster with a migrated store. Disposing stops it and removes everything; so does a killed test run. */
export async function startOwnStore<S extends Side>(side: S): Promise<OwnStore<S>> {
  const watchdog = await startWatchdog();
  const folder = mkdtempSync(join(tmpdir(), `tidegate-own-${side}-`));
  // Root's temporary folders are closed to others, and PostgreSQL doesn't run as root.
  if (databaseUser() !== undefined) chmodSync(folder, 0o711);
  watchdog.removeFolder(folder);
  const [dataFolder, password] = [join(folder, 'data'), randomBytes(12).toString('hex')];
  let cluster: PostgresCluster | undefined;
  let port = 0;
  const start = async (): Promise<void> => {
    cluster = await startPostgresCluster({ dataFolder, password, port, throwAway: true, logFile: join(folder, 'log'), onSpawn: watchdog.watch });
    port = cluster.port;
  };
  const stop = async (): Promise<void> => cluster?.stop();
  const folderOf = (name: string): string => join(folder, `copy-${name}`);
  const copyFolder = (from: string, to: string): void => {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', '--reflink=auto', from, to]);
  };
  const administer = async (url: string, ...statements: string[]): Promise<void> => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };

  await start();
  const serverUrl = cluster?.adminUrl() ?? '';
  const adminUrl = cluster?.adminUrl(DATABASE) ?? '';
  await administer(serverUrl, `CREATE DATABASE ${DATABASE} TEMPLATE template0`);
  await migrateStore(adminUrl, side);
  await provisionRoles(adminUrl, side, testPasswords(side));
  const urlFor = (role: string, rolePassword: string): string => {
    const url = new URL(adminUrl);
    [url.username, url.password] = [role, rolePassword];
    return url.href;
  };
  const roles: readonly StoreRole<S>[] = STORE_ROLES[side];
  const drop = async (): Promise<void> => {
    await stop();
    removePostgresCluster(dataFolder);
    rmSync(folder, { recursive: true, force: true });
    await watchdog.close();
  };
  return {
    name: DATABASE,
    adminUrl,
    urlFor,
    urls: Object.fromEntries(roles.map((role) => [role, urlFor(role, TEST_ROLE_PASSWORD)])) as Record<StoreRole<S>, string>,
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
    killAndStart: async () => {
      const [postmaster] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(postmaster), 'SIGKILL');
      await cluster?.exited;
      // Its children still hold its memory for a moment, and no other server starts on it then.
      for (let attempt = 1; ; attempt++) {
        try {
          return await start();
        } catch (error) {
          if (attempt === 20) throw error;
          await sleep(250);
        }
      }
    },
    copy: (name) => copyFolder(dataFolder, folderOf(name)),
    putBack: (name) => copyFolder(folderOf(name), dataFolder),
    markStandby: () => {
      const file = join(dataFolder, 'standby.signal');
      writeFileSync(file, '');
      const user = databaseUser();
      if (user !== undefined) execFileSync('chown', [`${user.uid}:${user.gid}`, file]);
    },
    promote: () => administer(serverUrl, 'SELECT pg_promote(true)'),
    recreate: async () => {
      await administer(
        serverUrl,
        `ALTER DATABASE ${DATABASE} ALLOW_CONNECTIONS false`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${DATABASE}'`,
        `CREATE DATABASE restored TEMPLATE ${DATABASE} STRATEGY file_copy`,
        `DROP DATABASE ${DATABASE} WITH (FORCE)`,
        `ALTER DATABASE restored RENAME TO ${DATABASE}`,
      );
      // Rights on the database itself are not part of a copy, as they are not part of a dump.
      await provisionRoles(adminUrl, side, testPasswords(side));
    },
    drop,
    [Symbol.asyncDispose]: drop,
  };
}
