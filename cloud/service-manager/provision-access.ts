import { Client, type ClientBase, DatabaseError } from 'pg';
import { ATTACH_LOCK } from '../../adaptor/data/capture/attach.ts';
import { ident } from '../../adaptor/data/quoting.ts';
import { provisionAssumedRole } from '../../adaptor/data/roles/provision-roles.ts';
import { revokeStatements } from '../../adaptor/data/roles/collection-grants.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { accessGrants, accessPolicies } from './access-statements.ts';
import { type CloudAccess, ruledRoles, tableRules } from './employee-access.ts';
import { EMPLOYEE_ROLE } from './employee-grant.ts';
import { employeeTables } from './employee-tables.ts';
import { RECORDS_SCHEMA } from './placement.ts';

/** Roles that employees may take on and that have rights in this database. */
const PRESENT = `
  select r.rolname::text as role from pg_auth_members m join pg_roles r on r.oid = m.roleid
   where m.member = '${EMPLOYEE_ROLE}'::regrole and r.rolname ~ '^cloud_(editor|reader)[$]' and has_schema_privilege(r.oid, '${RECORDS_SCHEMA}', 'usage')`;

/**
 * Writes the third party's rules of access into its store: a database role for each kind of employee of a tenant with rules,
 * its rights by column and its row rules on every table that is there, and takes those away that are configured no more. One
 * transaction; as the administrator who provisions roles, after that. Tables that registrations make later get theirs from the
 * producer. Throws `configuration-invalid` for rules that do not fit a table, `database-refused`, `database-unavailable`.
 */
export async function provisionAccess(adminUrl: string, access: CloudAccess): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate provision access' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new TidegateError('database-unavailable', undefined, { side: 'cloud' }, { cause });
  }
  try {
    await client.query('begin');
    await client.query(ATTACH_LOCK);
    await writeAccess(client, access);
    await client.query('commit');
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    throw new TidegateError('database-refused', 'Rules of access could not be written.', { side: 'cloud', sqlstate: cause.code ?? null }, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

async function writeAccess(client: ClientBase, access: CloudAccess): Promise<void> {
  const tables = await employeeTables(client);
  const wanted = ruledRoles(access);
  const { rows } = await client.query<{ role: string }>(PRESENT);
  const schemas = [...new Set([RECORDS_SCHEMA, ...tables.map(({ schema }) => schema)])];
  for (const role of wanted) {
    await provisionAssumedRole(client, role, EMPLOYEE_ROLE);
    for (const schema of schemas) await onSchema(client, schema, `grant usage on schema ${ident(schema)} to ${ident(role)}`);
  }
  const gone = rows.map(({ role }) => role).filter((role) => !wanted.includes(role));
  for (const table of tables) {
    const rules = tableRules(access, table);
    const asOwner = accessPolicies(table, rules);
    const revokes = gone.flatMap((role) => revokeStatements(table, role).slice(0, 1));
    // The registrar owns tables of plain records; those of applications belong to whoever migrates them.
    if (table.schema !== RECORDS_SCHEMA) for (const statement of asOwner) await client.query(statement);
    await client.query('set local role tidegate_registrar');
    for (const statement of [...(table.schema === RECORDS_SCHEMA ? asOwner : []), ...revokes]) await client.query(statement);
    for (const statement of await accessGrants(client, table, rules)) await client.query(statement);
    await client.query('reset role');
  }
  for (const role of gone) await dropRole(client, role, schemas);
}

/** The registrar owns the schema of plain records, and an administrator who is no superuser grants nothing on it. */
async function onSchema(client: ClientBase, schema: string, statement: string): Promise<void> {
  if (schema === RECORDS_SCHEMA) await client.query('set local role tidegate_registrar');
  await client.query(statement);
  if (schema === RECORDS_SCHEMA) await client.query('reset role');
}

/** A role that is of use to another database of the server stays there, out of employees' reach here. */
async function dropRole(client: ClientBase, role: string, schemas: readonly string[]): Promise<void> {
  for (const schema of schemas) await onSchema(client, schema, `revoke usage on schema ${ident(schema)} from ${ident(role)}`);
  await client.query('savepoint dropping');
  try {
    await client.query(`drop role ${ident(role)}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '2BP01') throw error;
    await client.query('rollback to savepoint dropping');
  }
}

/** Gives the roles of rules what a registration has just given employees on a table, and makes its row rules where it is plain records. */
export async function registerAccess(client: ClientBase, access: CloudAccess, place: { readonly schema: string; readonly table: string }): Promise<void> {
  const table = (await employeeTables(client)).find((each) => each.schema === place.schema && each.table === place.table);
  if (table === undefined || access.length === 0) return;
  const rules = tableRules(access, table);
  if (table.schema === RECORDS_SCHEMA) for (const statement of accessPolicies(table, rules)) await client.query(statement);
  for (const statement of await accessGrants(client, table, rules)) await client.query(statement);
}

/** Start-up check: the database roles of all rules are there. Throws `configuration-invalid`. */
export async function assertAccessProvisioned(client: ClientBase, access: CloudAccess): Promise<void> {
  const wanted = ruledRoles(access);
  const { rows } = await client.query<{ role: string }>(PRESENT);
  const missing = wanted.filter((role) => !rows.some((row) => row.role === role));
  if (missing.length > 0)
    throw new TidegateError('configuration-invalid', `Rules of access are not provisioned: there is no ${missing.join(', ')}.`, { roles: missing });
}
