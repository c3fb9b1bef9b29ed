import type { ClientBase } from 'pg';
import { CLOUD_APPLICATIONS } from '../applications/registry.ts';
import { RECORDS_SCHEMA, recordsTableName } from '../service-manager/placement.ts';

const TABLES = `
  select c.relname::text as table, coalesce(obj_description(c.oid, 'pg_class'), '') as comment
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind = 'r' and has_any_column_privilege(c.oid, 'select')
   order by c.relname`;

/** Names of the collections that a tenant's employees find: those of the applications, then those of plain records. */
export async function listCollections(client: ClientBase, tenant: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ table: string; comment: string }>(TABLES, [RECORDS_SCHEMA]);
  const plain = rows.flatMap(({ table, comment }) => {
    // A long name ends in a digest: then the table's comment says which collection it holds.
    const [owner = '', ...rest] = table.split('$');
    const name = comment === '' ? rest.join('$') : comment;
    return recordsTableName(tenant, name) === table && (owner === tenant || comment !== '') ? [name] : [];
  });
  const applications = CLOUD_APPLICATIONS.map(({ collection }) => collection);
  return [...applications, ...plain.filter((name) => !applications.includes(name))];
}
