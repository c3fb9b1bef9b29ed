import { preparedRows } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';

const READ = `
  SELECT c.collection
    FROM unnest($2::text[], $3::text[], $4::text[]) p(collection, schema_name, table_name)
    JOIN tidegate.channel c ON c.link = $1 AND c.collection = p.collection AND c.direction = 'forward'
    JOIN tidegate.source s USING (schema_name, table_name)
   WHERE c.state = 'loaded' OR c.cursor IS NULL
      OR EXISTS (SELECT FROM tidegate.change_log g
                  WHERE g.source = s.id AND g.xid >= pg_snapshot_xmin(c.cursor) AND NOT pg_visible_in_snapshot(g.xid, c.cursor))`;

/** Collections whose table has log rows after the forward cursor, or whose first delta is due: a first look, before a snapshot is opened. */
export async function pendingCollections(client: Queryable, link: string, plans: readonly CollectionPlan[]): Promise<ReadonlySet<string>> {
  const bindings = plans.map(({ binding }) => binding);
  const rows = await preparedRows<{ collection: string }>(client, READ, [
    link,
    bindings.map(({ collection }) => collection),
    bindings.map(({ schema }) => schema),
    bindings.map(({ table }) => table),
  ]);
  return new Set(rows.map(({ collection }) => collection));
}

/** Sources of the change log (texts, as notices name them) with the collections that are read from them. */
export async function sourcesOf(client: Queryable, plans: readonly CollectionPlan[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await preparedRows<{ id: number; schema: string; table: string }>(
    client,
    'SELECT id, schema_name AS schema, table_name AS "table" FROM tidegate.source',
    [],
  );
  const of = (schema: string, table: string) => plans.filter(({ binding }) => binding.schema === schema && binding.table === table);
  return new Map(rows.map(({ id, schema, table }) => [String(id), of(schema, table).map(({ definition }) => definition.name)]));
}
