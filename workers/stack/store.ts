import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { type MigrationProgress, migrate } from '../../adaptor/data/migration/migrate.ts';
import { migrateStore, nameStore } from '../../adaptor/data/migration/migrate-store.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import type { CloudAccess } from '../../cloud/service-manager/employee-access.ts';
import { provisionAccess } from '../../cloud/service-manager/provision-access.ts';
import { type RolePasswords, STORE_ROLES } from '../../adaptor/data/roles/role-names.ts';
import { rolePasswords } from '../../configuration/role-passwords.ts';
import { startPostgresCluster } from '../../embedded/postgres-cluster.ts';
import type { OnSpawn, PartExit } from '../../embedded/spawn-part.ts';
import type { Side } from '../../exchange/names.ts';

/** Variable that names the administrator's URL of a store that is not embedded. */
export const ADMIN_URL_VARIABLE = { crm: 'TIDEGATE_CRM_ADMIN_URL', cloud: 'TIDEGATE_CLOUD_ADMIN_URL' } as const;

/** One side's store, migrated, with its roles. */
export interface StackStore {
  readonly side: Side;
  readonly embedded: boolean;
  readonly database: string;
  readonly adminUrl: string;
  readonly pid: number | null;
  /** Resolves when an embedded server ends; never for a real one. */
  readonly exited: Promise<PartExit>;
  roleUrl(role: string): string;
  stop(): Promise<void>;
}

/** What a store is opened with. */
export interface StoreOptions {
  readonly side: Side;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onSpawn: OnSpawn;
  readonly logFile: string;
}

interface Server {
  readonly adminUrl: string;
  readonly pid: number | null;
  readonly exited: Promise<PartExit>;
  stop(): Promise<void>;
}

/** The real store that the environment names, else an embedded server of this side's own. */
export async function openStore({ side, home, environment, onSpawn, logFile }: StoreOptions): Promise<StackStore> {
  const real = environment[ADMIN_URL_VARIABLE[side]];
  const server =
    real === undefined
      ? await startEmbedded(side, home, { onSpawn, logFile })
      : { adminUrl: real, pid: null, exited: new Promise<PartExit>(() => {}), stop: async () => {} };
  const passwords = await rolePasswords(home, side, STORE_ROLES[side]);
  return {
    ...server,
    side,
    embedded: real === undefined,
    database: decodeURIComponent(new URL(server.adminUrl).pathname.slice(1)),
    roleUrl: (role) => {
      const url = new URL(server.adminUrl);
      url.username = role;
      url.password = passwords[role] ?? '';
      return url.href;
    },
  };
}

/** Migrates a store (the control plane, and the sample application where it is wanted) and gives its roles their rights; at the cloud by its rules of access too. */
export async function prepareStore(
  store: StackStore,
  { home, sample, access = [], onMigration }: { home: string; sample: boolean; access?: CloudAccess; onMigration?: (progress: MigrationProgress) => void },
): Promise<void> {
  if (sample) await migrateStore(store.adminUrl, store.side, onMigration);
  else {
    await migrate(store.adminUrl, 'control', onMigration);
    await nameStore(store.adminUrl, store.side);
  }
  await provisionRoles(store.adminUrl, store.side, (await rolePasswords(home, store.side, STORE_ROLES[store.side])) as RolePasswords<Side>);
  if (store.side === 'cloud') await provisionAccess(store.adminUrl, access);
}

async function startEmbedded(side: Side, home: string, hooks: Pick<StoreOptions, 'onSpawn' | 'logFile'>): Promise<Server> {
  const { [side]: password = '' } = await rolePasswords(home, side, [side]);
  const cluster = await startPostgresCluster({
    dataFolder: join(home, side, 'postgres'),
    password,
    leftBehind: 'end',
    ...hooks,
  });
  const database = `tidegate_${side}`;
  const client = new Client({ connectionString: cluster.adminUrl() });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
  return { adminUrl: cluster.adminUrl(database), pid: cluster.pid, exited: cluster.exited, stop: () => cluster.stop() };
}
