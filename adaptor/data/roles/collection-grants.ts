import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';

/** What a role may do with one table. Columns are named in full; those of the key are readable and insertable with the rest. */
export interface CollectionGrant {
  readonly schema: string;
  readonly table: string;
  /** Primary key, with the tenant's column where the table has one. Readable; written only on insert. */
  readonly keyColumns: readonly string[];
  /** Columns to SELECT beside the key, those of the row filter included. */
  readonly readColumns: readonly string[];
  /** Columns to INSERT beside the key. Empty: no insert at all. */
  readonly insertColumns: readonly string[];
  /** Columns to UPDATE: the field rule. Empty: none; such a role can't lock rows either (FOR UPDATE). */
  readonly updateColumns: readonly string[];
  /** Whether rows may be deleted. */
  readonly deletable: boolean;
}

/** Where a row lies: windows read their records again from there, instead of looking them up once more. */
const ROW_PLACE = 'ctid';

/**
 * The statements that give a role exactly these rights on a table, in place of any that it had from the same grantor.
 * To be run in one transaction by the table's owner or by a role with grant option (at the cloud: the registrar).
 * `LOCK TABLE` asks for rights on the whole table: with these grants take ACCESS SHARE by reading (`select ... limit 0`).
 */
export function grantStatements(grant: CollectionGrant, role: string): string[] {
  const table = tableName(grant);
  const to = escapeIdentifier(role);
  const columns = (names: readonly string[]): string => [...new Set(names)].map((name) => escapeIdentifier(name)).join(', ');
  const statements = [`revoke all on table ${table} from ${to}`, schemaUsage(grant.schema, role)];
  const give = (right: string, names: readonly string[]): number => statements.push(`grant ${right} (${columns(names)}) on table ${table} to ${to}`);
  give('select', [...grant.keyColumns, ...grant.readColumns, ROW_PLACE]);
  if (grant.insertColumns.length > 0) give('insert', [...grant.keyColumns, ...grant.insertColumns]);
  if (grant.updateColumns.length > 0) give('update', grant.updateColumns);
  if (grant.deletable) statements.push(`grant delete on table ${table} to ${to}`);
  return statements;
}

/** The statements that take all rights on a table from a role, and its use of the schema if nothing there is left to it. */
export function revokeStatements(table: Pick<CollectionGrant, 'schema' | 'table'>, role: string): string[] {
  return [`revoke all on table ${tableName(table)} from ${escapeIdentifier(role)}`, schemaDisuse(table.schema, role)];
}

/** Gives a role exactly these rights on a table (see `grantStatements`). Run it inside a transaction. */
export async function grantCollection(client: ClientBase, grant: CollectionGrant, role: string): Promise<void> {
  for (const statement of grantStatements(grant, role)) await client.query(statement);
}

/** Takes all rights on a table from a role (see `revokeStatements`). Run it inside a transaction. */
export async function revokeCollection(client: ClientBase, table: Pick<CollectionGrant, 'schema' | 'table'>, role: string): Promise<void> {
  for (const statement of revokeStatements(table, role)) await client.query(statement);
}

function tableName({ schema, table }: Pick<CollectionGrant, 'schema' | 'table'>): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

/** Only where it is missing: who may pass on rights of a table need not be able to pass on its schema. */
function schemaUsage(schema: string, role: string): string {
  const grant = `grant usage on schema ${escapeIdentifier(schema)} to ${escapeIdentifier(role)}`;
  return doBlock(`if not has_schema_privilege(${escapeLiteral(role)}, ${escapeLiteral(schema)}, 'usage') then ${grant}; end if;`);
}

function schemaDisuse(schema: string, role: string): string {
  const [schemaLiteral, roleLiteral] = [escapeLiteral(schema), escapeLiteral(role)];
  return doBlock(`
  if to_regnamespace(quote_ident(${schemaLiteral})) is not null and not exists (
    select from pg_class as c
    left join pg_attribute as a on a.attrelid = c.oid and a.attacl is not null
    cross join lateral (select grantee from aclexplode(c.relacl) union all select grantee from aclexplode(a.attacl)) as held
    where c.relnamespace = to_regnamespace(quote_ident(${schemaLiteral})) and held.grantee = to_regrole(quote_ident(${roleLiteral}))
  ) then
    revoke usage on schema ${escapeIdentifier(schema)} from ${escapeIdentifier(role)};
  end if;`);
}

/** A DO block; the tag keeps a name with `$$` in it from ending the block. */
function doBlock(body: string): string {
  return `do $tidegate_grant$ begin ${body} end $tidegate_grant$`;
}
