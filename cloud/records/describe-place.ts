import type { ClientBase } from 'pg';
import { type EmployeeColumn, type EmployeePlace, employeePlace } from '../service-manager/employee-place.ts';

/**
 * Who may change a field of a record: `open` employees; `crm` the CRM alone, though an employee gives it a first value;
 * `closed` the CRM alone, first value included (what is sealed); `key` nobody, once the record is there; `rule` nobody whom the
 * same rule of access names.
 */
export type FieldAccess = 'open' | 'crm' | 'closed' | 'key' | 'rule';

/** A field as an employee sees it. */
export interface EmployeeField extends EmployeeColumn {
  /** PostgreSQL's name of the type. */
  readonly type: string;
  /** Whether a new record needs a value. */
  readonly required: boolean;
  readonly access: FieldAccess;
}

/** A collection as an employee sees it: fields that the role may not read are not there. */
export interface DescribedPlace extends EmployeePlace {
  readonly collection: string;
  readonly columns: readonly EmployeeField[];
  /** Whether the employee may make new records, and delete records. */
  readonly insertable: boolean;
  readonly deletable: boolean;
}

interface ColumnRow {
  readonly column: string;
  readonly type: string;
  readonly required: string;
  readonly insertable: string;
  readonly updatable: string;
  readonly deletable: string;
  /** Whether employees without rules could write it. */
  readonly usual: string;
}

// The rights of the asking role: a registration wrote them by its definition (employee-grant.ts), and they are what holds.
const COLUMNS = `
  select a.attname::text as column, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, (a.attnotnull and not a.atthasdef)::text as required,
         has_column_privilege(c.oid, a.attnum, 'insert')::text as insertable, has_column_privilege(c.oid, a.attnum, 'update')::text as updatable,
         has_table_privilege(c.oid, 'delete')::text as deletable,
         (has_column_privilege('cloud_user', c.oid, a.attnum, 'insert') or has_column_privilege('cloud_user', c.oid, a.attnum, 'update'))::text as usual
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped and has_column_privilege(c.oid, a.attnum, 'select')`;

/** Describes a tenant's collection in an employee's transaction (as-employee.ts). Throws `collection-unknown`. */
export async function describePlace(client: ClientBase, tenant: string, collection: string): Promise<DescribedPlace> {
  const place = await employeePlace(client, tenant, collection);
  const { rows } = await client.query<ColumnRow>(COLUMNS, [place.schema, place.table]);
  const columns = place.columns.flatMap((column): EmployeeField[] => {
    const row = rows.find((candidate) => candidate.column === column.column);
    if (row === undefined) return [];
    return [{ ...column, type: row.type, required: row.required === 'true' && column.made !== true, access: accessOf(place, column, row) }];
  });
  const some = (right: 'insertable' | 'deletable') => rows.some((row) => row[right] === 'true');
  return { ...place, collection, columns, insertable: some('insertable'), deletable: some('deletable') };
}

function accessOf(place: EmployeePlace, { field }: EmployeeColumn, { insertable, updatable, usual }: ColumnRow): FieldAccess {
  if (place.key.includes(field)) return 'key';
  if (updatable === 'true') return 'open';
  if (insertable === 'true') return 'crm';
  return usual === 'true' ? 'rule' : 'closed';
}
