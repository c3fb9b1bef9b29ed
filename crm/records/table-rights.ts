import type { Prisma } from '../../prisma/generated/crm/client.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { SearchableTable } from './search-tables.ts';

/** What the role of a transaction may do with the columns and records of one table, as PostgreSQL says. */
export interface TableRights {
  /** PostgreSQL's types of all columns, by name. */
  readonly types: ReadonlyMap<string, string>;
  readonly readable: ReadonlySet<string>;
  readonly insertable: ReadonlySet<string>;
  readonly updatable: ReadonlySet<string>;
  readonly deletable: boolean;
}

interface ColumnRow {
  readonly column: string;
  readonly type: string;
  readonly readable: boolean;
  readonly insertable: boolean;
  readonly updatable: boolean;
  readonly deletable: boolean;
}

/** Reads the rights of the current role, which a user's transaction took on. */
export async function readTableRights(client: Pick<Prisma.TransactionClient, '$queryRaw'>, table: SearchableTable): Promise<TableRights> {
  const rows = await client.$queryRaw<ColumnRow[]>`
    select attname::text as column, format_type(atttypid, null) as type,
           has_column_privilege(attrelid, attnum, 'select') as readable, has_column_privilege(attrelid, attnum, 'insert') as insertable,
           has_column_privilege(attrelid, attnum, 'update') as updatable, has_table_privilege(attrelid, 'delete') as deletable
      from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped`;
  const columns = (may: (row: ColumnRow) => boolean): ReadonlySet<string> => new Set(rows.filter(may).map(({ column }) => column));
  return {
    types: new Map(rows.map(({ column, type }) => [column, type])),
    readable: columns(({ readable }) => readable),
    insertable: columns(({ insertable }) => insertable),
    updatable: columns(({ updatable }) => updatable),
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
