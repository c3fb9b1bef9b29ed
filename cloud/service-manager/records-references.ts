import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
import { ident, qualified } from '../../adaptor/data/quoting.ts';
import type { CollectionDefinition, TableBinding } from '../../exchange/collection.ts';

/** A collection with where it lives here. */
export interface PlacedCollection {
  readonly definition: CollectionDefinition;
  readonly binding: TableBinding;
}

const MAY_REFER = `
  select has_table_privilege($1, 'REFERENCES')::text as allowed,
         exists (select from pg_catalog.pg_constraint where conrelid = to_regclass($2) and conname = $3)::text as present`;

/**
 * Adds the foreign keys of one table of plain records to its parents, as far as they are placed and of this schema's
 * reach. A reference to the collection itself gets none: chunks of a load arrive in any order. NOT VALID: new rows are
 * checked, and a large table is not scanned under a lock.
 */
export async function ensureReferences(client: ClientBase, child: PlacedCollection, parents: readonly PlacedCollection[]): Promise<void> {
  for (const reference of child.definition.references) {
    const parent = parents.find((candidate) => candidate.definition.name === reference.collection);
    if (parent === undefined || reference.collection === child.definition.name) continue;
    const [from, to] = [tableOf(child.binding), tableOf(parent.binding)];
    const name = constraintName(child.binding.table, reference.fields);
    const { rows } = await client.query<{ allowed: string; present: string }>(MAY_REFER, [to, from, name]);
    if (rows[0]?.allowed !== 'true' || rows[0].present === 'true') continue;
    const columns = keyColumns(child.binding, reference.fields);
    const target = keyColumns(parent.binding, parent.definition.key);
    await client.query(`alter table ${from} add constraint ${ident(name)} foreign key (${columns}) references ${to} (${target}) not valid`);
  }
}

function tableOf({ schema, table }: TableBinding): string {
  return qualified(schema, table);
}

function keyColumns(binding: TableBinding, fields: readonly string[]): string {
  const columns = fields.map((field) => binding.columns.find((bound) => bound.field === field)?.column ?? field);
  return [binding.tenantColumn ?? 'tenant', ...columns].map(ident).join(', ');
}

/** A name that says the fields, and differs for each list of them. */
function constraintName(table: string, fields: readonly string[]): string {
  return `reference_${createHash('sha256')
    .update([table, ...fields].join('\n'))
    .digest('hex')
    .slice(0, 16)}`;
}
