import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../adaptor/data/migration/migrate.ts';
import { migrateStore, nameStore } from '../../adaptor/data/migration/migrate-store.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { type RolePasswords, STORE_ROLES } from '../../adaptor/data/roles/role-names.ts';
import type { CloudAccess } from '../../cloud/service-manager/employee-access.ts';
import { provisionAccess } from '../../cloud/service-manager/provision-access.ts';
import { knownRolePasswords, rolePasswords } from '../../configuration/role-passwords.ts';
import { SECRET_ROLES } from '../../configuration/secret-roles.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Side } from '../../exchange/names.ts';
import { writeSecretFile } from '../../files/secret-file.ts';
import { afterDoing } from '../partly.ts';
import { examineDatabase } from './examine-database.ts';

/** What a store is provisioned with. */
export interface Provisioning {
  readonly side: Side;
  /** URL of the database's owner, who may make roles. */
  readonly url: string;
  /** Tidegate's home folder, where passwords and URLs are kept. */
  readonly home: string;
  /** Whether the sample application (at the cloud: its applications and its page) is wanted too. */
  readonly sample: boolean;
  /** Whether roles that are there, and whose passwords are not in the home folder, get new ones. */
  readonly newPasswords: boolean;
  /** The third party's rules of access. Absent: those that are there stay. */
  readonly access?: CloudAccess | undefined;
}

/** What was done. */
export interface ProvisionedStore {
  readonly side: Side;
  readonly database: string;
  /** Migrations that were applied now. */
  readonly migrations: readonly string[];
  readonly rolesMade: readonly string[];
  readonly rolesKept: readonly string[];
  /** Settings of the side's processes, each with the file that holds the URL. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Makes an existing database one side's store: migrations, roles with their rights, and a file for each URL. Repeating it applies what
 * is due and keeps the rest; nothing is taken away. Throws, before anything was changed, what `examineDatabase` does and `roles-known`
 * where roles would get passwords that running processes do not have; else `migration-failed`, `role-unsafe`, `database-refused`, with what
 * was done before (facts: done).
 */
export async function provisionStore({ side, url, home, sample, newPasswords, access }: Provisioning): Promise<ProvisionedStore> {
  const { database, roles } = await examineDatabase(url, side);
  const known = await knownRolePasswords(home, side);
  const opens = await Promise.all(roles.map((role) => isPasswordOf(urlOf(url, role, known[role]))));
  const unknown = roles.filter((_, i) => opens[i] === false);
  if (unknown.length > 0 && !newPasswords)
    throw new TidegateError('roles-known', `${unknown.join(', ')}: not in ${join(home, side)}.`, { side, roles: unknown });
  const control = await migrate(url, 'control');
  const { sampled, settings } = await afterDoing(`${control.length} migrations were applied; give the command again, it goes on from there`, async () => {
    const sampled = sample ? await migrateStore(url, side) : [];
    if (!sample) await nameStore(url, side);
    const passwords = await rolePasswords(home, side, STORE_ROLES[side]);
    await provisionRoles(url, side, passwords as RolePasswords<Side>);
    if (side === 'cloud' && access !== undefined) await provisionAccess(url, access);
    return { sampled, settings: await writeUrls(home, side, url, passwords) };
  });
  const migrations = [...control, ...sampled];
  return { side, database, migrations, rolesMade: STORE_ROLES[side].filter((role) => !roles.includes(role)), rolesKept: roles, settings };
}

/** The owner's URL for another role. */
function urlOf(owner: string, role: string, password = ''): string {
  const url = new URL(owner);
  url.username = role;
  url.password = password;
  return url.href;
}

/** SQLSTATEs of a sign-in that is refused for what was given. */
const WRONG_PASSWORD: ReadonlySet<unknown> = new Set(['28P01', '28000']);

/** Whether a role signs in with the password that is kept here. What else fails is no word about the password. */
async function isPasswordOf(connectionString: string): Promise<boolean> {
  if (new URL(connectionString).password === '') return false;
  const client = new Client({ connectionString, application_name: 'tidegate provision' });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    return !WRONG_PASSWORD.has((error as { code?: unknown }).code);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Writes the URL of each role into a file of its own, as settings with `_FILE` behind their names read it. */
async function writeUrls(home: string, side: Side, owner: string, passwords: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const settings: Record<string, string> = {};
  for (const [setting, role] of Object.entries(SECRET_ROLES[side])) {
    const file = join(home, side, 'secrets', setting);
    await writeSecretFile(file, `${urlOf(owner, role, passwords[role])}\n`);
    settings[`${setting}_FILE`] = file;
  }
  return settings;
}
