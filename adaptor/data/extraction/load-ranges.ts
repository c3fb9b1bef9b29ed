import type { PoolClient } from 'pg';
import { controlRow, controlRows } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, keyColumns } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { fieldSelections, membership, tableSql, tenantCondition, typedKey } from './collection-sql.ts';

/** A range of keys of a table: everything greater than `after` and not greater than `upTo` (values as text; null: open). */
export interface LoadRange {
  readonly chunk: number;
  readonly rows: number;
  readonly filtered: number;
  readonly after: readonly string[] | null;
  readonly upTo: readonly string[] | null;
}

/** Cuts a table into ranges of about `chunkRows` rows by key, with their counts: one pass in the order of the key. */
export async function cutRanges(client: PoolClient, plan: CollectionPlan, shape: TableShape, chunkRows: number): Promise<readonly LoadRange[]> {
  const keys = typedKey(plan, shape).map(({ column }) => ident(column));
  const order = keys.join(', ');
  const where = tenantCondition(plan);
  const inside = membership(plan) ?? 'true';
  const rows = await controlRows<{ chunk: number; rows: number; filtered: number; last: string[] }>(
    client,
    // The key becomes text only where a range ends: the sort carries plain columns.
    `SELECT (place - 1) / $1 AS chunk, count(*) FILTER (WHERE inside) AS rows, count(*) FILTER (WHERE NOT inside) AS filtered,
            max(CASE WHEN place % $1 = 0 THEN ARRAY[${keys.map((_, i) => `k${i + 1}::text`).join(', ')}] END) AS last
       FROM (SELECT ${keys.map((key, i) => `${key} AS k${i + 1}`).join(', ')}, ${inside} AS inside, row_number() OVER (ORDER BY ${order}) AS place
               FROM ${tableSql(plan)}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}) numbered
      GROUP BY 1 ORDER BY 1`,
    [chunkRows],
  );
  return rows.map((row, i) => ({
    chunk: i,
    rows: row.rows,
    filtered: row.filtered,
    after: rows[i - 1]?.last ?? null,
    upTo: i === rows.length - 1 ? null : row.last,
  }));
}

/** COPY statement that reads a range as wire rows. */
export function rangeCopy(plan: CollectionPlan, shape: TableShape, { after, upTo }: LoadRange): string {
  const keys = typedKey(plan, shape);
  const inside = membership(plan);
  const names = keys.map(({ column }) => ident(column)).join(', ');
  const values = (key: readonly string[]) => keys.map(({ type }, i) => `${literal(key[i] ?? null)}::${type}`).join(', ');
  const conditions = [
    ...tenantCondition(plan),
    ...(after === null ? [] : [`(${names}) > (${values(after)})`]),
    ...(upTo === null ? [] : [`(${names}) <= (${values(upTo)})`]),
    ...(inside === undefined ? [] : [inside]),
  ];
  const key = `ARRAY[${keyColumns(plan)
    .map((column) => `t.${ident(column)}::text`)
    .join(', ')}]`;
  // Columns by name: rights are given column by column.
  const columns = [...new Set([...keyColumns(plan), ...plan.binding.columns.map(({ column }) => column)])].map(ident).join(', ');
  const rows = `SELECT ${columns} FROM ${tableSql(plan)}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`}`;
  return `COPY (SELECT 'I', '*', NULL, NULL, ${fieldSelections(plan, 't', key).join(', ')} FROM (${rows}) t) TO STDOUT (FORMAT csv)`;
}

/** Exports the snapshot of an open transaction, to be read from other connections. */
export async function exportSnapshot(client: PoolClient): Promise<string> {
  const row = await controlRow<{ id: string }>(client, 'SELECT pg_export_snapshot() AS id');
  return row?.id ?? '';
}
