import type { ClientBase } from 'pg';
import { ident, literal, qualified } from '../../adaptor/data/quoting.ts';
import { tenantRuleStatements } from '../../adaptor/data/roles/tenant-rule.ts';
import type { CollectionDefinition, TableBinding } from '../../exchange/collection.ts';
import { TENANT_COLUMN, recordsColumnName } from './placement.ts';
import { type RecordsColumn, presentColumns, refuseDrift, wantedColumns } from './records-columns.ts';

/**
 * Makes the table of a collection of plain records, or brings one that stands up to the definition by adding columns.
 * Runs in the caller's transaction as the registrar, who owns it. Throws `schema-drifted`.
 */
export async function ensureRecordsTable(client: ClientBase, definition: CollectionDefinition, binding: TableBinding): Promise<void> {
  const table = qualified(binding.schema, binding.table);
  const columns = await wantedColumns(client, definition);
  const key = [TENANT_COLUMN, ...definition.key.map(recordsColumnName)];
  const present = await presentColumns(client, table);
  if (present !== undefined) refuseDrift(definition.name, columns, key, present.columns, present.key);
  const statements = present === undefined ? creation(binding, columns, key) : growth(table, columns, present.columns, key);
  const grants = [
    `grant usage on schema ${ident(binding.schema)} to tidegate_producer`,
    `grant select, insert, update, delete on ${table} to tidegate_producer`,
  ];
  // A long name is cut in the table's: the comment says whose table it is.
  const comment = `comment on table ${table} is ${literal(definition.name)}`;
  for (const statement of [...statements, ...grants, comment]) await client.query(statement);
}

/** Statements that make the table, closed to every tenant but the one that the transaction names. */
function creation(binding: TableBinding, columns: readonly RecordsColumn[], key: readonly string[]): readonly string[] {
  const list = [
    `${ident(TENANT_COLUMN)} text not null`,
    ...columns.map(({ column, type, nullable }) => `${ident(column)} ${type}${nullable ? '' : ' not null'}`),
    `primary key (${key.map(ident).join(', ')})`,
  ];
  return [
    `create table ${qualified(binding.schema, binding.table)} (\n  ${list.join(',\n  ')}\n)`,
    ...tenantRuleStatements(binding.schema, binding.table, TENANT_COLUMN),
  ];
}

/** Statements that add columns. Rows that stand have no value for them, and a column that is registered no more gets none: both are nullable. */
function growth(table: string, wanted: readonly RecordsColumn[], present: readonly RecordsColumn[], key: readonly string[]): readonly string[] {
  const added = wanted.filter((w) => !present.some((p) => p.column === w.column)).map((w) => `alter table ${table} add column ${ident(w.column)} ${w.type}`);
  const loosened = present
    .filter((p) => !p.nullable && !key.includes(p.column) && wanted.find((w) => w.column === p.column)?.nullable !== false)
    .map((p) => `alter table ${table} alter column ${ident(p.column)} drop not null`);
  return [...added, ...loosened];
}
