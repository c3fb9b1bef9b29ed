import type { PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import { controlRow } from '../control-rows.ts';
import { IMPORT_STAGING } from './csv-staging.ts';

/** The narrowest type that holds every value of a staged column unchanged: numbers with leading zeros stay text. */
const INFER_TYPE = (column: string) => `
  case
    when count(${column}) = 0 then 'text'
    when bool_and(${column} ~ '^(0|-?[1-9][0-9]{0,17})$') then 'bigint'
    when bool_and(${column} ~ '^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$') then 'numeric'
    when bool_and(${column} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and pg_input_is_valid(${column}, 'date')) then 'date'
    else 'text'
  end`;

/**
 * Creates a table for the staged file: one column a header, with the narrowest type that fits all values, and the given
 * primary key. Returns the type of each column.
 */
export async function createTableFor(
  client: PoolClient,
  { schema, table, headers, key }: { schema: string; table: string; headers: readonly string[]; key: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const columns = headers.map((h) => escapeIdentifier(h));
  const inferred = await controlRow<{ types: string[] }>(client, `select array[${columns.map(INFER_TYPE).join(', ')}] as types from ${IMPORT_STAGING}`);
  const types = new Map(headers.map((header, i) => [header, inferred?.types[i] ?? 'text']));
  await client.query(`create schema if not exists ${escapeIdentifier(schema)}`);
  await client.query(
    `create table ${escapeIdentifier(schema)}.${escapeIdentifier(table)} (
       ${headers.map((h) => `${escapeIdentifier(h)} ${types.get(h)}`).join(',\n       ')},
       primary key (${key.map((k) => escapeIdentifier(k)).join(', ')})
     )`,
  );
  return types;
}
