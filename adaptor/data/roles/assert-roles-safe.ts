import type { ClientBase } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { OWNED_SCHEMAS, STORE_ROLES } from './role-names.ts';

/*
 * Every role with what it can become: members of a role can SET ROLE to it (or inherit it), so its powers count as theirs.
 * Owning a schema is enough to drop what is in it; the predefined roles with these powers go round grants and policies.
 */
const FINDINGS = `
with recursive reach (role, member_of) as (
  select rolname::text, oid from pg_roles where rolname = any ($1::text[])
  union
  select reach.role, grants.roleid from reach join pg_auth_members as grants on grants.member = reach.member_of
),
power as (
  select reach.role, held.oid, held.rolname, held.rolsuper, held.rolbypassrls, held.rolcreaterole, held.rolreplication
  from reach join pg_roles as held on held.oid = reach.member_of
)
select role, 'superuser' as finding from power where rolsuper
union
select role, 'bypassrls' from power where rolbypassrls
union
select role, 'createrole' from power where rolcreaterole
union
select role, 'replication' from power where rolreplication
union
select role, 'member of ' || rolname from power
where rolname in ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
union
select role, 'member of ' || rolname from power where rolname <> role and rolname = any ($3::text[])
union
select role, 'owns the database' from power join pg_database on datdba = power.oid where datname = current_database()
union
select role, 'owns schema ' || nspname from power join pg_namespace on nspowner = power.oid
where not coalesce($2::jsonb -> role ? nspname, false) and nspname not like 'pg\\_temp\\_%' and nspname not like 'pg\\_toast\\_temp\\_%'
union
select role, 'owns ' || nspname || '.' || relname from power
join pg_class on relowner = power.oid
join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p', 'v', 'm', 'f') and relpersistence <> 't' and not coalesce($2::jsonb -> role ? nspname, false)
order by role, finding`;

/**
 * Start-up check: the given roles exist and hold no power that goes round grants, row rules or the guard, neither
 * themselves nor by membership (of another of Tidegate's roles too): superuser, BYPASSRLS, CREATEROLE, REPLICATION, ownership of the database, of a schema or
 * of tables (the registrar owns what it makes). Any role may ask. Throws `role-unsafe` (facts: roles, findings).
 */
export async function assertRolesSafe(client: ClientBase, roles: readonly string[]): Promise<void> {
  const { rows: known } = await client.query<{ rolname: string }>('select rolname from pg_roles where rolname = any ($1::text[])', [roles]);
  const missing = roles.filter((role) => !known.some((row) => row.rolname === role)).map((role) => `${role}: does not exist`);
  const { rows } = await client.query<{ role: string; finding: string }>(FINDINGS, [roles, JSON.stringify(OWNED_SCHEMAS), Object.values(STORE_ROLES).flat()]);
  const findings = [...missing, ...rows.map((row) => `${row.role}: ${row.finding}`)];
  if (findings.length > 0) throw new TidegateError('role-unsafe', `${findings.join('; ')}.`, { roles, findings });
}
