import type { ClientBase } from 'pg';
import { CLOUD_APPLICATIONS } from '../applications/registry.ts';
import type { EmployeeTable } from './employee-access.ts';
import { RECORDS_SCHEMA } from './placement.ts';

const TABLES = `
  select n.nspname::text as schema, c.relname::text as table, coalesce(obj_description(c.oid, 'pg_class'), '') as comment,
         (select json_agg(a.attname order by a.attnum) from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum)) from pg_catalog.pg_index i
            join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey) where i.indrelid = c.oid and i.indisprimary) as key
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and (n.nspname = $1 or (n.nspname, c.relname) in (select * from unnest($2::text[], $3::text[])))
   order by n.nspname, c.relname`;

/** Tables that hold records of employees in this cloud: those of the applications, and plain records. */
export async function employeeTables(client: ClientBase): Promise<readonly EmployeeTable[]> {
  const { rows } = await client.query<{ schema: string; table: string; comment: string; columns: unknown; key: unknown }>(TABLES, [
    RECORDS_SCHEMA,
    CLOUD_APPLICATIONS.map(({ schema }) => schema),
    CLOUD_APPLICATIONS.map(({ table }) => table),
  ]);
  return rows.map(({ schema, table, comment, columns, key }) => {
    const application = CLOUD_APPLICATIONS.find((each) => each.schema === schema && each.table === table);
    const collection = application?.collection ?? (comment === '' ? table.slice(table.indexOf('$') + 1) : comment);
    return { schema, table, collection, columns: names(columns), keyColumns: names(key) };
  });
}

/** Pools give JSON as text, clients as values. */
function names(json: unknown): readonly string[] {
  return ((typeof json === 'string' ? JSON.parse(json) : json) ?? []) as readonly string[];
}
