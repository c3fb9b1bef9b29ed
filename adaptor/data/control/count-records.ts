import { controlRow } from '../control-rows.ts';
import { membership } from '../extraction/collection-sql.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { literal, qualified } from '../quoting.ts';

/** Larger tables are estimated: counting takes a tenth of a second and more from here on. */
const MAX_COUNTED = 200_000;

/** Number of records of a collection in this store; of a large table, PostgreSQL's estimate. */
export async function countRecords(client: Queryable, plan: CollectionPlan): Promise<number> {
  const table = qualified(plan.binding.schema, plan.binding.table);
  const known = await controlRow<{ estimate: number }>(client, `select reltuples::float8 as estimate from pg_class where oid = ${literal(table)}::regclass`);
  if (known !== undefined && known.estimate > MAX_COUNTED) return Math.round(known.estimate);
  return (await controlRow<{ records: number }>(client, `select count(*) as records from ${table} where ${membership(plan) ?? 'true'}`))?.records ?? 0;
}

/** How many records a share of a collection is, rounded up; null where there is no limit (a share of 1). */
export async function shareOfRecords(client: Queryable, plan: CollectionPlan, share: number): Promise<{ budget: number | null; records: number | null }> {
  if (share >= 1) return { budget: null, records: null };
  const records = await countRecords(client, plan);
  return { budget: Math.ceil(records * share), records };
}
