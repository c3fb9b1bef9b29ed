import type { ClientBase } from 'pg';
import type { CollectionDefinition } from '../../exchange/collection.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { recordsColumnName } from './placement.ts';

/** A column of a table of plain records. */
export interface RecordsColumn {
  readonly column: string;
  /** As `format_type` says it. */
  readonly type: string;
  readonly nullable: boolean;
}

// Only types of PostgreSQL itself that hold values, not names of objects; all others are held as their text.
const KNOWN_TYPES = `
  select pg_catalog.format_type(oid, null) as type
    from pg_catalog.pg_type
   where pg_catalog.format_type(oid, null) = any ($1::text[])
     and typnamespace = 'pg_catalog'::regnamespace
     and typtype in ('b', 'r', 'm')
     and typname !~ '^_?(reg|pg_|acl)'`;

/** Length or precision within a type's name; digits only, so that a registered name never becomes other SQL. */
const MODIFIER = /\(\d{1,6}(,-?\d{1,6})?\)/;

const PRESENT_COLUMNS = `
  select a.attname as column, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, (not a.attnotnull)::text as nullable,
         coalesce(array_position(i.indkey::int2[], a.attnum), -1)::text as key_place
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisprimary
   where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
   order by a.attnum`;

/** The columns that a definition asks for, typed as registered where PostgreSQL has the type by itself, else as text. */
export async function wantedColumns(client: ClientBase, definition: CollectionDefinition): Promise<readonly RecordsColumn[]> {
  const bare = (type: string) => type.replace(MODIFIER, '');
  const { rows } = await client.query<{ type: string }>(KNOWN_TYPES, [definition.fields.map((field) => bare(field.type))]);
  const known = new Set(rows.map((row) => row.type));
  return definition.fields.map((field) => ({
    column: recordsColumnName(field.name),
    type: known.has(bare(field.type)) ? field.type : 'text',
    nullable: field.nullable && !definition.key.includes(field.name),
  }));
}

/** The columns of a table as it stands, with the columns of its primary key in order; undefined if there is no such table. */
export async function presentColumns(client: ClientBase, table: string): Promise<{ columns: readonly RecordsColumn[]; key: readonly string[] } | undefined> {
  const { rows } = await client.query<{ column: string; type: string; nullable: string; key_place: string }>(PRESENT_COLUMNS, [table]);
  if (rows.length === 0) return undefined;
  const key = rows.filter((row) => Number(row.key_place) >= 0).toSorted((a, b) => Number(a.key_place) - Number(b.key_place));
  return {
    columns: rows.map(({ column, type, nullable }) => ({ column, type, nullable: nullable === 'true' })),
    key: key.map((row) => row.column),
  };
}

/** Throws `schema-drifted`, column by column, where a table that stands cannot become the wanted one by more columns alone. */
export function refuseDrift(
  collection: string,
  wanted: readonly RecordsColumn[],
  wantedKey: readonly string[],
  present: readonly RecordsColumn[],
  presentKey: readonly string[],
): void {
  const drifted = wanted.flatMap((column) => {
    const held = present.find((candidate) => candidate.column === column.column);
    return held !== undefined && held.type !== column.type ? [`${column.column}: ${held.type} -> ${column.type}`] : [];
  });
  if (wantedKey.join('\n') !== presentKey.join('\n')) drifted.push(`key: ${presentKey.join(', ')} -> ${wantedKey.join(', ')}`);
  if (drifted.length > 0) throw new TidegateError('schema-drifted', `${collection}: ${drifted.join('; ')}.`, { collection, columns: drifted });
}
