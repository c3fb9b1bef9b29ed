import type { PoolClient } from 'pg';
import { controlRow, controlRows } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { literal } from '../quoting.ts';
import { membership, tableSql, tenantCondition } from './collection-sql.ts';
import type { LoadRange } from './load-ranges.ts';

/** A chunk of fewer pages could have many more rows than its neighbour. */
const MIN_CHUNK_PAGES = 50;

/**
 * Cuts a table into ranges of pages, each read once, in the order in which they lie: by key, every chunk would read most of the
 * table. The exported snapshot keeps row versions where they are; nothing rewrites the table under the load's lock.
 * Undefined where a chunk would have few pages, or the role may not read where rows lie (attached by an earlier version).
 */
export async function cutPages(client: PoolClient, plan: CollectionPlan, chunkRows: number): Promise<readonly LoadRange[] | undefined> {
  const table = tableSql(plan);
  const size = await controlRow<{ pages: number; readable: boolean }>(
    client,
    `SELECT pg_relation_size($1::regclass) / current_setting('block_size')::int8 AS pages, has_column_privilege($1::regclass, 'ctid', 'SELECT') AS readable`,
    [table],
  );
  if (size === undefined || !size.readable || size.pages < 2 * MIN_CHUNK_PAGES) return undefined;
  const counted = await controlRow<{ rows: number }>(client, `SELECT count(*) AS rows FROM ${table}`);
  const chunkPages = Math.ceil((size.pages * chunkRows) / Math.max(1, counted?.rows ?? 0));
  if (chunkPages < MIN_CHUNK_PAGES) return undefined;
  const bounds = Array.from({ length: Math.ceil(size.pages / chunkPages) }, (_, i) => [i * chunkPages, (i + 1) * chunkPages] as const);
  return countPages(client, plan, bounds);
}

async function countPages(client: PoolClient, plan: CollectionPlan, bounds: readonly (readonly [number, number])[]): Promise<readonly LoadRange[]> {
  const inside = membership(plan) ?? 'true';
  // The last range has no end: the table may have grown since its size was read, by rows that the snapshot does not see.
  const ends = bounds.map(([from, to], i) => ({ from: `(${from},0)`, to: i === bounds.length - 1 ? undefined : `(${to},0)` }));
  const values = ends.map(({ from, to }, i) => `(${i}, ${literal(from)}::tid, ${literal(to ?? `(${0xff_ff_ff_fe},0)`)}::tid)`);
  const rows = await controlRows<{ rows: number; filtered: number }>(
    client,
    `SELECT c.rows, c.filtered FROM (VALUES ${values.join(', ')}) v (chunk, first, beyond)
      CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE ${inside}) AS rows, count(*) FILTER (WHERE NOT ${inside}) AS filtered
                            FROM ${tableSql(plan)} WHERE ${[...tenantCondition(plan), 'ctid >= v.first', 'ctid < v.beyond'].join(' AND ')}) c
      ORDER BY v.chunk`,
  );
  return ends
    .map(({ from, to }, i) => ({
      rows: rows[i]?.rows ?? 0,
      filtered: rows[i]?.filtered ?? 0,
      conditions: [`ctid >= ${literal(from)}`, ...(to === undefined ? [] : [`ctid < ${literal(to)}`])],
    }))
    .filter(({ rows: held, filtered }) => held + filtered > 0)
    .map((range, chunk) => ({ chunk, ...range }));
}
