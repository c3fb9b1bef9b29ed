import type { ClientBase } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';
import { CLOUD_APPLICATIONS } from '../applications/registry.ts';
import { RECORDS_SCHEMA, TENANT_COLUMN, recordsFieldName, recordsTableName } from './placement.ts';

/** A column as an employee knows it: by the collection's field. */
export interface EmployeeColumn {
  readonly field: string;
  readonly column: string;
  readonly enumeration?: Readonly<Record<string, string>>;
  readonly made?: true;
  readonly references?: string;
}

/** Where a tenant's employees find a collection. */
export interface EmployeePlace {
  readonly schema: string;
  readonly table: string;
  /** Fields of the key, in order. */
  readonly key: readonly string[];
  readonly columns: readonly EmployeeColumn[];
}

const RECORDS_COLUMNS = `
  select a.attname::text as column, coalesce(array_position(i.indkey::int2[], a.attnum), -1)::text as key_place
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_index i on i.indrelid = a.attrelid and i.indisprimary
   where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped
   order by a.attnum`;

/** Finds a tenant's collection: its table of plain records if it has one, else the application that stands ready for it. Throws `collection-unknown`. */
export async function employeePlace(client: ClientBase, tenant: string, collection: string): Promise<EmployeePlace> {
  const table = recordsTableName(tenant, collection);
  const { rows } = await client.query<{ column: string; key_place: string }>(RECORDS_COLUMNS, [RECORDS_SCHEMA, table]);
  if (rows.length > 0) {
    const own = rows.filter((row) => row.column !== TENANT_COLUMN);
    const key = own.filter((row) => Number(row.key_place) >= 0).toSorted((a, b) => Number(a.key_place) - Number(b.key_place));
    return {
      schema: RECORDS_SCHEMA,
      table,
      key: key.map((row) => recordsFieldName(row.column)),
      columns: own.map((row) => ({ field: recordsFieldName(row.column), column: row.column })),
    };
  }
  const application = CLOUD_APPLICATIONS.find((candidate) => candidate.collection === collection);
  if (application === undefined) throw new TidegateError('collection-unknown', undefined, { collection });
  const columns = Object.entries(application.columns).map(([field, column]) => ({ field, ...column }));
  return { schema: application.schema, table: application.table, key: application.key, columns };
}
