import { DatabaseError, type PoolClient } from 'pg';
import { canonicalJson } from '../canonical-json.ts';
import { controlRow } from '../control-rows.ts';
import { type CollectionPlan, columnOf } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal } from '../quoting.ts';
import { membership } from './collection-sql.ts';
import { queueResends } from './queue-resends.ts';

/** How a collection is read from its table: what the configuration may change without a record's being changed. */
export interface Mapping {
  /** `schema.table`. */
  readonly table: string;
  /** Condition on a row that it belongs to the collection, as SQL; null where all do. */
  readonly inside: string | null;
  /** By field that leaves the store: its column, and the words of the wire for what the column holds. */
  readonly columns: Readonly<Record<string, { readonly column: string; readonly enumeration?: Readonly<Record<string, string>> }>>;
}

/** The mapping of a plan. */
export function mappingOf(plan: CollectionPlan): Mapping {
  const leaving = plan.definition.fields.filter(({ name, authority }) => authority !== 'cloud' && !plan.definition.key.includes(name));
  const columns = leaving.flatMap(({ name }) => {
    const bound = columnOf(plan, name);
    return bound === undefined
      ? []
      : [[name, { column: bound.column, ...(bound.enumeration === undefined ? {} : { enumeration: bound.enumeration }) }] as const];
  });
  return { table: `${plan.binding.schema}.${plan.binding.table}`, inside: membership(plan) ?? null, columns: Object.fromEntries(columns) };
}

/** The table that a collection was loaded from, where that is another one than now: nothing tells then what the cloud has of it. */
export async function loadedFrom(client: Queryable, plan: CollectionPlan): Promise<string | undefined> {
  const row = await controlRow<{ table: string }>(
    client,
    `SELECT mapping ->> 'table' AS table FROM tidegate.channel WHERE link = $1 AND collection = $2 AND direction = 'forward' AND cursor IS NOT NULL`,
    [plan.linkName, plan.definition.name],
  );
  return row?.table === mappingOf(plan).table ? undefined : row?.table;
}

/**
 * Compares how a collection is read now with how it was read last, and queues what that changes for records that were sent before
 * (`R` rows of the change log): fields that are new or read from elsewhere, and whole records that enter or leave the collection. A
 * new field that holds nothing is not sent: what the cloud has there is not cleared. Gives the number of queued rows. In the
 * caller's transaction; a collection of which no load has begun needs nothing, the load reads it as it is.
 */
export async function followMapping(client: PoolClient, plan: CollectionPlan): Promise<number> {
  const name = [plan.linkName, plan.definition.name];
  const row = await controlRow<{ mapping: Mapping | null; sent: boolean; source: number | null }>(
    client,
    `SELECT c.mapping,
            c.cursor IS NOT NULL OR EXISTS (
              SELECT FROM tidegate."window" w JOIN tidegate.link l ON l.name = w.link AND l.generation = w.generation
               WHERE w.link = c.link AND w.collection = c.collection AND w.direction = c.direction AND w.kind = 'load' AND w.state = 'void') AS sent,
            (SELECT id FROM tidegate.source WHERE schema_name = $3 AND table_name = $4) AS source
       FROM tidegate.channel c WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'forward' FOR UPDATE`,
    [...name, plan.binding.schema, plan.binding.table],
  );
  const now = mappingOf(plan);
  const before = row?.mapping ?? null;
  if (before !== null && canonicalJson(before) === canonicalJson(now)) return 0;
  let queued = 0;
  if (row?.sent === true && before !== null && row.source !== null) {
    await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [plan.link.tenant]);
    if (before.inside !== now.inside) queued += await queueMoved(client, plan, row.source, before.inside);
    queued += await queueRemapped(client, plan, row.source, before);
  }
  await client.query(`UPDATE tidegate.channel SET mapping = $3::jsonb WHERE link = $1 AND collection = $2 AND direction = 'forward'`, [
    ...name,
    JSON.stringify(now),
  ]);
  return queued;
}

/** Records for which the old condition and the new one do not say the same. Where the old one cannot be asked any more, all are looked at. */
async function queueMoved(client: PoolClient, plan: CollectionPlan, source: number, inside: string | null): Promise<number> {
  await client.query('SAVEPOINT moved');
  try {
    const condition = `(${inside ?? 'true'}) IS DISTINCT FROM (${membership(plan) ?? 'true'})`;
    const queued = await queueResends(client, plan, { source, condition, old: 'NULL' });
    await client.query('RELEASE SAVEPOINT moved');
    return queued;
  } catch (error) {
    // Class 42: a column that is gone, or may not be read any more.
    if (!(error instanceof DatabaseError) || error.code?.startsWith('42') !== true) throw error;
    await client.query('ROLLBACK TO SAVEPOINT moved');
    return queueResends(client, plan, { source, condition: 'true', old: 'NULL' });
  }
}

/** Fields that are new, where they hold something, and fields that are read from another column or in other words. */
async function queueRemapped(client: PoolClient, plan: CollectionPlan, source: number, { columns: before }: Mapping): Promise<number> {
  const now = Object.entries(mappingOf(plan).columns);
  const added = now.filter(([field]) => before[field] === undefined).map(([, { column }]) => column);
  const moved = now.filter(([field, to]) => before[field] !== undefined && canonicalJson(before[field]) !== canonicalJson(to)).map(([, { column }]) => column);
  const inside = membership(plan) ?? 'true';
  const held = added.map((column) => `${ident(column)} IS NOT NULL`).join(' OR ');
  const condition = moved.length > 0 ? inside : `${inside} AND (${held})`;
  if (added.length + moved.length === 0) return 0;
  const touched = [...added.map((column) => `CASE WHEN ${ident(column)} IS NOT NULL THEN ${literal(column)} END`), ...moved.map((column) => literal(column))];
  const names = `array_remove(ARRAY[${touched.join(', ')}]::text[], NULL)`;
  return queueResends(client, plan, { source, condition, old: `jsonb_object(${names}, array_fill(NULL::text, ARRAY[cardinality(${names})]))` });
}
