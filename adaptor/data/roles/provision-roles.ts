import { readFile } from 'node:fs/promises';
import { Client, DatabaseError, type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Side } from '../../../exchange/names.ts';
import { writeStoreName } from '../migration/write-store-name.ts';
import { assertRolesSafe } from './assert-roles-safe.ts';
import { PAGE_USER_ROLES, type RolePasswords, STORE_ROLES } from './role-names.ts';
import { scramVerifier } from './scram-verifier.ts';

/** Key of the advisory lock under which roles of a store are provisioned. */
const PROVISION_LOCK_KEY = 7_447_451;

/**
 * Creates the login roles of a store, or gives existing ones these passwords, and writes their rights anew: in the control
 * plane (prisma/control/grants), and in the sample application where its schema is there (prisma/<side>/grants.sql).
 * Rights on the tables of collections are not touched: attaching and registering give them. Names the store too, where
 * that was not done (writeStoreName). One transaction; needs an administrator who may create roles and owns the control plane,
 * not a superuser. Throws `role-unsafe` if an existing role holds more than it may, `configuration-invalid` for the other
 * side's store, `database-refused`, `database-unavailable`.
 */
export async function provisionRoles<S extends Side>(adminUrl: string, side: S, passwords: RolePasswords<S>): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate provision roles' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new TidegateError('database-unavailable', undefined, { side }, { cause });
  }
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [PROVISION_LOCK_KEY]);
    await writeStoreName(client, side);
    const roles: readonly (keyof RolePasswords<S> & string)[] = STORE_ROLES[side] as never;
    for (const role of roles) await provisionRole(client, role, passwords[role]);
    if (side === 'crm') for (const role of PAGE_USER_ROLES) await provisionAssumedRole(client, role, 'crm_page');
    await allowDatabase(client, roles);
    await client.query(await grants(`control/grants/${side}.sql`));
    if (await schemaExists(client, side)) await client.query(await grants(`${side}/grants.sql`));
    await assertRolesSafe(client, roles);
    await client.query('commit');
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    throw new TidegateError('database-refused', 'Roles could not be provisioned.', { side, sqlstate: cause.code ?? null }, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

async function provisionRole(client: ClientBase, role: string, password: string): Promise<void> {
  const name = escapeIdentifier(role);
  const secret = escapeLiteral(scramVerifier(password));
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 0) await client.query(`create role ${name} login password ${secret}`);
  else await client.query(`alter role ${name} login password ${secret}`);
}

/**
 * Makes a role that nobody signs in as: `member` takes it on (`SET ROLE`), and has nothing of it before that. To be run in a
 * transaction.
 */
export async function provisionAssumedRole(client: ClientBase, role: string, member: string): Promise<void> {
  const [name, to] = [escapeIdentifier(role), escapeIdentifier(member)];
  const { rowCount: known } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (known === 0) await client.query(`create role ${name} nologin`);
  const { rowCount: given } = await client.query(
    `select from pg_auth_members where roleid = $1::text::regrole and member = $2::text::regrole and set_option and not inherit_option`,
    [name, to],
  );
  if (given === 0) await client.query(`grant ${name} to ${to} with inherit false, set true`);
}

/** Connecting and staging in temporary tables are PUBLIC's rights by default, and often taken away where it matters. */
async function allowDatabase(client: ClientBase, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ database: string; superuser: boolean }>(
    `select current_database() as database, rolsuper as superuser from pg_roles where rolname = current_user`,
  );
  const names = roles.map((role) => escapeIdentifier(role)).join(', ');
  await client.query(`grant connect, temporary on database ${escapeIdentifier(rows[0]?.database ?? '')} to ${names}`);
  // Giving a schema or rights away in a role's name takes SET; a superuser has it, who created the role can grant it.
  if (rows[0]?.superuser !== true && roles.includes('tidegate_registrar')) {
    await client.query('grant tidegate_registrar to current_user with inherit false, set true');
  }
}

async function schemaExists(client: ClientBase, schema: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  return rowCount === 1;
}

async function grants(file: string): Promise<string> {
  return readFile(new URL(`../../../prisma/${file}`, import.meta.url), 'utf8');
}
