import { TidegateError } from '../../exchange/errors.ts';
import { columnOf, isVisible, type TableRights } from './table-rights.ts';
import type { SearchableTable } from './search-tables.ts';

/** A field that is read from another record: `relation` of the row, found by its field `by`. */
export interface JoinedField {
  readonly field: string;
  readonly relation: string;
  readonly by: string;
  readonly table: SearchableTable;
  readonly columns: readonly string[];
}

/** What is read of a kind's rows in a user's name. */
export interface RowSelect {
  /** As Prisma's `select`. */
  readonly columns: object;
  /** Whether a field of the API may be shown. */
  shows(field: string): boolean;
}

/** What makes up a kind's rows. */
interface RowKind {
  readonly table: SearchableTable;
  readonly scalars: readonly string[];
  readonly joined?: JoinedField;
}

/** Without these, no record can be shown or changed safely. */
const NEEDED = ['version', 'updated_at'];

/** The columns that a role may read. Throws `configuration-invalid` where a rule hides what the page cannot do without. */
export function recordSelect({ table, scalars, joined }: RowKind, rightsOf: (table: SearchableTable) => TableRights): RowSelect {
  const rights = rightsOf(table);
  const lacking = NEEDED.filter((column) => !rights.readable.has(column));
  if (rights.readable.size === 0) throw new TidegateError('record-denied', undefined, { table });
  if (lacking.length > 0)
    throw new TidegateError('configuration-invalid', `Rules of access on ${table} hide ${lacking.join(' and ')}, which the page needs.`, { columns: lacking });
  const own = scalars.filter((field) => rights.readable.has(columnOf(field)));
  const related =
    joined === undefined || !own.includes(joined.by) ? [] : joined.columns.filter((field) => rightsOf(joined.table).readable.has(columnOf(field)));
  const columns = {
    ...Object.fromEntries(own.map((field) => [field, true])),
    ...(joined === undefined || related.length === 0 ? {} : { [joined.relation]: { select: Object.fromEntries(related.map((field) => [field, true])) } }),
  };
  return { columns, shows: (field) => (field === joined?.field ? related.length > 0 : isVisible(rights, field)) };
}

/** A row with all its columns: what was not read is null, and is shown to nobody. */
export function readRow<Row>({ scalars }: RowKind, row: Row): Row {
  return { ...Object.fromEntries(scalars.map((field) => [field, null])), ...row };
}
