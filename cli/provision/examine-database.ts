import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { STORE_ROLES } from '../../adaptor/data/roles/role-names.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Side } from '../../exchange/names.ts';

/** What provisioning finds before it changes anything. */
export interface ExaminedDatabase {
  readonly database: string;
  /** The side's roles that the server has already. */
  readonly roles: readonly string[];
}

interface Found {
  readonly user: string;
  readonly database: string;
  readonly owner: string;
  readonly superuser: boolean;
  readonly createrole: boolean;
  readonly owns: boolean;
  readonly standby: boolean;
  readonly control: boolean;
  readonly ownsControl: boolean;
}

const FOUND = `
  select me.rolname::text as user, d.datname::text as database, d.datdba::regrole::text as owner, me.rolsuper as superuser,
         me.rolcreaterole as createrole, pg_has_role(d.datdba, 'usage') as owns, pg_is_in_recovery() as standby,
         to_regclass('tidegate.store') is not null as control,
         coalesce((select pg_has_role(nspowner, 'usage') from pg_namespace where nspname = 'tidegate'), true) as "ownsControl"
    from pg_roles me, pg_database d where me.rolname = current_user and d.datname = current_database()`;

/** Who did not make a role may give it a password only as its administrator. */
const ROLES = `
  select rolname::text as role, pg_has_role(oid, 'member with admin option') as administered from pg_roles where rolname = any ($1::text[]) order by rolname`;

/**
 * Looks whether the role of a URL may provision a side's store in that database, and changes nothing. Throws `rights-missing` with
 * every right that it lacks and what an administrator runs, `configuration-invalid` for the other side's store or a standby,
 * `database-unavailable`, `database-refused`.
 */
export async function examineDatabase(url: string, side: Side): Promise<ExaminedDatabase> {
  const client = new Client({ connectionString: url, application_name: 'tidegate provision' });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new TidegateError(cause instanceof DatabaseError ? 'database-refused' : 'database-unavailable', (cause as Error).message, { side }, { cause });
  }
  try {
    const [found] = (await client.query<Found>(FOUND)).rows;
    if (found === undefined) throw new TidegateError('unexpected');
    if (found.standby) throw new TidegateError('configuration-invalid', `${found.database} is a standby: name its primary.`, { side });
    if (found.control) {
      const { rowCount } = await client.query('select from tidegate.store where side <> $1', [side]);
      if (rowCount === 1)
        throw new TidegateError('configuration-invalid', `${found.database} is the store of the other side: the two never share one.`, { side });
    }
    const { rows } = await client.query<{ role: string; administered: boolean }>(ROLES, [STORE_ROLES[side]]);
    const lacking = rightsLacking(found, found.superuser ? [] : rows.filter(({ administered }) => !administered).map(({ role }) => role));
    if (lacking.length > 0)
      throw new TidegateError('rights-missing', `${found.user} may not provision ${found.database}. An administrator runs:\n    ${lacking.join('\n    ')}\n `, {
        side,
        lacking,
      });
    return { database: found.database, roles: rows.map(({ role }) => role) };
  } finally {
    await client.end().catch(() => {});
  }
}

/** What would give the rights that are missing, a statement each. */
function rightsLacking({ user, database, superuser, createrole, owns, ownsControl }: Found, foreign: readonly string[]): readonly string[] {
  if (superuser) return [];
  const me = escapeIdentifier(user);
  return [
    ...(createrole ? [] : [`alter role ${me} createrole;`]),
    ...(owns ? [] : [`alter database ${escapeIdentifier(database)} owner to ${me};`]),
    ...(ownsControl ? [] : [`alter schema tidegate owner to ${me}; -- and everything in it`]),
    ...foreign.map((role) => `grant ${escapeIdentifier(role)} to ${me} with admin option;`),
  ];
}
