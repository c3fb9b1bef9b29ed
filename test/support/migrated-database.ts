import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { migrateStore } from '../../adaptor/data/migration/migrate-store.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { type RolePasswords, STORE_ROLES, type StoreRole } from '../../adaptor/data/roles/role-names.ts';
import type { Side } from '../../exchange/names.ts';
import { createTestDatabase, serverUrl, type TestDatabase } from './postgres.ts';

/** A store that is migrated and whose roles are provisioned; `await using` drops it. */
export interface MigratedDatabase<S extends Side> extends TestDatabase {
  /** Address for each role of the side. */
  readonly urls: Readonly<Record<StoreRole<S>, string>>;
}

/** Roles are shared by all databases of a server, so their passwords are fixed within a run. */
export const TEST_ROLE_PASSWORD = 'test-password';

/** Key of the advisory lock under which the template is made, once per server. */
const TEMPLATE_LOCK_KEY = 7_447_452;

/** Makes a store of one side from the run's template: control plane, sample application, roles, its row in `tidegate.store`. */
export async function createMigratedDatabase<S extends Side>(side: S): Promise<MigratedDatabase<S>> {
  const database = await createTestDatabase(side, { template: await ensureTemplate(side) });
  // Each copy is a store of its own.
  await query(database.adminUrl, 'update tidegate.store set id = gen_random_uuid()');
  const roles: readonly StoreRole<S>[] = STORE_ROLES[side];
  const urls = Object.fromEntries(roles.map((role) => [role, database.urlFor(role, TEST_ROLE_PASSWORD)])) as Record<StoreRole<S>, string>;
  return { ...database, urls };
}

/** The same password for every role of a side. */
export function testPasswords<S extends Side>(side: S): RolePasswords<S> {
  return Object.fromEntries(STORE_ROLES[side].map((role) => [role, TEST_ROLE_PASSWORD])) as RolePasswords<S>;
}

/** Name of the template database, made by whichever test file comes first; its name changes with the SQL that makes it. */
async function ensureTemplate(side: Side): Promise<string> {
  const name = `template_${side}_${fingerprint()}`;
  const client = new Client({ connectionString: serverUrl(side) });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK_KEY]);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) {
      // Under another name until it is whole: a failed attempt is not taken for a template.
      await client.query(`drop database if exists "${name}_new" with (force)`);
      await client.query(`create database "${name}_new" template template0`);
      const url = new URL(serverUrl(side));
      url.pathname = `/${name}_new`;
      await migrateStore(url.href, side);
      await provisionRoles(url.href, side, testPasswords(side));
      await client.query(`alter database "${name}_new" rename to "${name}"`);
    }
  } finally {
    await client.end();
  }
  return name;
}

function fingerprint(): string {
  const folder = fileURLToPath(new URL('../../prisma', import.meta.url));
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (file.endsWith('.sql')) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
