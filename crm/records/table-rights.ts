import { Prisma } from '../../prisma/generated/crm/client.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { SearchableTable } from './search-tables.ts';

/** What the role of a user may do with the columns and records of one table, as PostgreSQL says. */
export interface TableRights {
  /** PostgreSQL's types of all columns, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly readable: ReadonlySet<string>;
  readonly insertable: ReadonlySet<string>;
  readonly updatable: ReadonlySet<string>;
  readonly deletable: boolean;
}

/** A column with its rights, as `rightsSql` answers it. */
export interface ColumnRights {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly readable: boolean;
  readonly insertable: boolean;
  readonly updatable: boolean;
  readonly deletable: boolean;
}

/** An expression of what a role may do with tables: a list of `ColumnRights` as JSON. It costs no round trip of its own. */
export function rightsSql(role: string, tables: readonly SearchableTable[]): Prisma.Sql {
  return Prisma.sql`(
    select coalesce(json_agg(json_build_object('table', asked.name, 'column', attname, 'type', format_type(atttypid, null),
             'readable', has_column_privilege(${role}, attrelid, attnum, 'select'), 'insertable', has_column_privilege(${role}, attrelid, attnum, 'insert'),
             'updatable', has_column_privilege(${role}, attrelid, attnum, 'update'), 'deletable', has_table_privilege(${role}, attrelid, 'delete'))), '[]')
      from unnest(${[...tables]}::text[]) as asked (name) join pg_attribute on attrelid = asked.name::regclass and attnum > 0 and not attisdropped)`;
}

/** The rights on one of the tables. */
export function rightsOn(columns: readonly ColumnRights[], table: SearchableTable): TableRights {
  const rows = columns.filter((row) => row.table === table);
  const those = (may: (row: ColumnRights) => boolean): ReadonlySet<string> => new Set(rows.filter(may).map(({ column }) => column));
  return {
    types: new Map(rows.map(({ column, type }) => [column, type])),
    readable: those(({ readable }) => readable),
    insertable: those(({ insertable }) => insertable),
    updatable: those(({ updatable }) => updatable),
    deletable: rows.some(({ deletable }) => deletable),
  };
}

/** The column of a field: the sample CRM's names differ in their writing alone. */
export const columnOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whether a field may be shown: what is no column of its own (worked out) always may. */
export const isVisible = ({ types, readable }: TableRights, field: string): boolean => !types.has(columnOf(field)) || readable.has(columnOf(field));

/** Throws `field-denied` for the first field that is not among the columns. */
export function requireColumns(columns: ReadonlySet<string>, fields: readonly string[], what: string): void {
  const denied = fields.find((field) => !columns.has(columnOf(field)));
  if (denied !== undefined) throw new TidegateError('field-denied', `Rules of access: this user may not ${what} ${denied}.`, { field: denied });
}

/** Columns of a table that a text of SQL names and the role may not read. */
export function hiddenColumnsIn({ types, readable }: TableRights, sql: string): readonly string[] {
  return [...types.keys()].filter((column) => !readable.has(column) && new RegExp(String.raw`\b${column}\b`).test(sql));
}

/** An expression as the role may ask it: what is hidden from it counts as empty. The same text where nothing is. */
export function asReadable(rights: TableRights, expression: string): string {
  return hiddenColumnsIn(rights, expression).reduce((text, column) => {
    if (text === column) return 'null::text';
    return text.replaceAll(new RegExp(String.raw`\b${column}\b`, 'g'), rights.types.get(column) === 'jsonb' ? `'[]'::jsonb` : 'null');
  }, expression);
}
