import type { PoolClient } from 'pg';
import type { RowForm } from '../../../exchange/wire-row.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import { type CollectionPlan, keyColumns } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { fieldSelections, membership, tableSql, tenantCondition, typedKey } from './collection-sql.ts';
import { cutPages } from './load-pages.ts';

/** A part of a table that is loaded as one chunk. */
export interface LoadRange {
  readonly chunk: number;
  readonly rows: number;
  readonly filtered: number;
  /** Conditions on the table's columns, as SQL, that hold for the rows of this part. */
  readonly conditions: readonly string[];
}

/** Cuts a table into parts of about `chunkRows` rows with their counts: by pages where it is large, else by key. */
export async function cutRanges(client: PoolClient, plan: CollectionPlan, shape: TableShape, chunkRows: number): Promise<readonly LoadRange[]> {
  return (await cutPages(client, plan, chunkRows)) ?? cutKeys(client, plan, shape, chunkRows);
}

/** Ranges of keys of just `chunkRows` rows: one pass in the order of the key. */
async function cutKeys(client: PoolClient, plan: CollectionPlan, shape: TableShape, chunkRows: number): Promise<readonly LoadRange[]> {
  const keys = typedKey(plan, shape);
  const names = keys.map(({ column }) => ident(column));
  const where = tenantCondition(plan);
  const inside = membership(plan) ?? 'true';
  const rows = await controlRows<{ rows: number; filtered: number; last: string[] }>(
    client,
    // The key becomes text only where a range ends: the sort carries plain columns.
    `SELECT count(*) FILTER (WHERE inside) AS rows, count(*) FILTER (WHERE NOT inside) AS filtered,
            max(CASE WHEN place % $1 = 0 THEN ARRAY[${names.map((_, i) => `k${i + 1}::text`).join(', ')}] END) AS last
       FROM (SELECT ${names.map((name, i) => `${name} AS k${i + 1}`).join(', ')}, ${inside} AS inside, row_number() OVER (ORDER BY ${names.join(', ')}) AS place
               FROM ${tableSql(plan)}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}) numbered
      GROUP BY (place - 1) / $1 ORDER BY (place - 1) / $1`,
    [chunkRows],
  );
  const bound = (comparison: '>' | '<=', key: readonly string[] | undefined): readonly string[] =>
    key === undefined ? [] : [`(${names.join(', ')}) ${comparison} (${keys.map(({ type }, i) => `${literal(key[i] ?? null)}::${type}`).join(', ')})`];
  return rows.map((row, i) => ({
    chunk: i,
    rows: row.rows,
    filtered: row.filtered,
    conditions: [...bound('>', rows[i - 1]?.last), ...bound('<=', i === rows.length - 1 ? undefined : row.last)],
  }));
}

/** COPY statement that reads a part of a table as wire rows of a form. */
export function rangeCopy(plan: CollectionPlan, { conditions }: LoadRange, form: RowForm): string {
  const inside = membership(plan);
  const where = [...tenantCondition(plan), ...conditions, ...(inside === undefined ? [] : [inside])];
  const key = keyColumns(plan).map((column) => `t.${ident(column)}::text`);
  // Columns by name: rights are given column by column.
  const columns = [...new Set([...keyColumns(plan), ...plan.binding.columns.map(({ column }) => column)])].map(ident).join(', ');
  const rows = `SELECT ${columns} FROM ${tableSql(plan)}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}`;
  return `COPY (SELECT 'I', '*', NULL, NULL, ${fieldSelections(plan, 't', key).join(', ')} FROM (${rows}) t) TO STDOUT (FORMAT ${form})`;
}

/** Exports the snapshot of an open transaction, to be read from other connections. */
export async function exportSnapshot(client: PoolClient): Promise<string> {
  const row = await controlRow<{ id: string }>(client, 'SELECT pg_export_snapshot() AS id');
  return row?.id ?? '';
}
