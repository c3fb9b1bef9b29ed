import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';
import type { NamedCollection } from './named-collection.ts';

/** A conflict, as far as what stood there before is looked for. */
export interface ConflictPlace {
  readonly id: bigint;
  readonly link: string;
  readonly collection: string;
  readonly key: readonly string[];
  readonly field: string | null;
  readonly createdAt: Date;
}

const BASES = `
  select asked.id, changed.before
    from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[]) as asked (id, schema_name, table_name, column_name, key, at)
    join tidegate.source as source on source.schema_name = asked.schema_name and source.table_name = asked.table_name
   cross join lateral (
         select log.old ->> asked.column_name as before from tidegate.change_log as log
          where log.source = source.id and log.key = array(select jsonb_array_elements_text(asked.key)) and log.op = 'U' and log.origin is null
            and log.old ? asked.column_name and log.logged_at <= asked.at
          order by log.id desc limit 1) as changed`;

/**
 * What stood in a field before the CRM's own change that met the cloud's, by the conflict's id: out of the change log, as long
 * as it is kept. A null in the answer was no value; what is not known is absent.
 */
export async function readConflictBases(
  client: Queryable,
  collections: readonly NamedCollection[],
  conflicts: readonly ConflictPlace[],
): Promise<ReadonlyMap<bigint, { readonly value: string | null }>> {
  const places = conflicts.flatMap(({ id, link, collection, key, field, createdAt }) => {
    const named = collections.find((each) => each.link === link && each.collection === collection);
    const column = Object.entries(named?.fieldOfColumn ?? {}).find(([, name]) => name === field)?.[0];
    return named === undefined || column === undefined ? [] : [{ id, named, column, key, createdAt }];
  });
  if (places.length === 0) return new Map();
  const rows = await controlRows<{ id: number; before: string | null }>(client, BASES, [
    places.map(({ id }) => String(id)),
    places.map(({ named }) => named.schema),
    places.map(({ named }) => named.table),
    places.map(({ column }) => column),
    places.map(({ key }) => JSON.stringify(key)),
    places.map(({ createdAt }) => createdAt.toISOString()),
  ]);
  return new Map(rows.map(({ id, before }) => [BigInt(id), { value: before }]));
}
