import type { PoolClient } from 'pg';
import { controlRow } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import type { CollectionPlan } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { fieldSelections, localKeyOfLog, tableSql, tenantCondition, typedKey } from './collection-sql.ts';
import { IN_WINDOW, STAGE, stageStatement } from './net-effect.ts';
import type { WindowPhase } from './prepared-window.ts';

/**
 * Up to so many log rows a window looks its records up one by one, whatever the planner thinks: its statistics of a log that
 * has just grown or been emptied are wrong, and then it reads the whole table for one record. Larger windows are analysed.
 */
const SMALL_WINDOW_ROWS = 2000;

/** Leaves the planner only look-ups by index where there are any; or all its means again. */
const plannerSettings = (byIndex: boolean): string =>
  ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan'].map((name) => `SET LOCAL ${name} = ${byIndex ? 'off' : 'on'}`).join('; ');

/** Which part of the log a window is, and how it is cut. */
export interface WindowRange {
  readonly source: number;
  /** Texts of `pg_snapshot`. */
  readonly from: string;
  readonly to: string;
  /** Only records whose key in the log is greater. */
  readonly afterKey: readonly string[] | null;
  /** Only records whose key is not greater: a window that was cut before is read again. */
  readonly upToKey: readonly string[] | null;
  readonly maxRows: number | null;
  /** Reverse windows carry the base of every change. */
  readonly withBase: boolean;
}

/** What was staged. */
export interface StagedWindow {
  readonly upserts: number;
  readonly tombstones: number;
  readonly filtered: number;
  /** Whether its records are looked up one by one. */
  readonly small: boolean;
  /** Where the window was cut for size: its greatest key. */
  readonly toKey: readonly string[] | null;
}

/** Finds the records of a window and stages them: once, so that they are counted before they are sent. */
export async function stageWindow(client: PoolClient, plan: CollectionPlan, shape: TableShape, range: WindowRange): Promise<StagedWindow> {
  const collection = plan.definition.name;
  await client.query(`DELETE FROM ${STAGE} WHERE collection = $1`, [collection]);
  const small = shape.lookupsByIndex && (await isSmall(client, range));
  await client.query(plannerSettings(small));
  await client.query(stageStatement(plan, shape, range.withBase), [range.source, range.from, range.to, plan.linkName]);
  const cut = range.upToKey === null ? await cutForSize(client, collection, range) : null;
  if (!small) await client.query(`ANALYZE ${STAGE}`);
  const bounds = [
    ...(range.afterKey === null ? [] : [`key COLLATE "C" <= ${keyLiteral(range.afterKey)}`]),
    ...[cut ?? range.upToKey].flatMap((key) => (key === null ? [] : [`key COLLATE "C" > ${keyLiteral(key)}`])),
  ];
  if (bounds.length > 0) await client.query(`DELETE FROM ${STAGE} WHERE collection = $1 AND (${bounds.join(' OR ')})`, [collection]);
  const counts = await controlRow<Omit<StagedWindow, 'toKey' | 'small'>>(
    client,
    `SELECT count(*) FILTER (WHERE op IN ('I', 'U')) AS upserts, count(*) FILTER (WHERE op = 'D') AS tombstones, count(*) FILTER (WHERE op = 'F') AS filtered
       FROM ${STAGE} WHERE collection = $1`,
    [collection],
  );
  return { upserts: 0, tombstones: 0, filtered: 0, ...counts, small, toKey: cut };
}

/** Whether a window has few log rows: looked at through the index, and no further than it takes to know. */
async function isSmall(client: PoolClient, { source, from, to }: WindowRange): Promise<boolean> {
  await client.query(plannerSettings(true));
  const row = await controlRow<{ rows: number }>(
    client,
    `SELECT count(*) AS rows FROM (SELECT FROM tidegate.change_log l WHERE ${IN_WINDOW} LIMIT ${SMALL_WINDOW_ROWS + 1}) w`,
    [source, from, to],
  );
  return (row?.rows ?? 0) <= SMALL_WINDOW_ROWS;
}

/** The key after which more than `maxRows` records would be in the window; null where all fit. */
async function cutForSize(client: PoolClient, collection: string, { maxRows, afterKey }: WindowRange): Promise<readonly string[] | null> {
  if (maxRows === null) return null;
  const after = afterKey === null ? '' : `AND key COLLATE "C" > ${keyLiteral(afterKey)}`;
  const row = await controlRow<{ key: string[] }>(
    client,
    `SELECT c.key FROM (SELECT key, lead(key) OVER (ORDER BY key COLLATE "C") AS next, row_number() OVER (ORDER BY key COLLATE "C") AS place
                          FROM ${STAGE} WHERE collection = $1 AND op <> 'F' ${after}) c
      WHERE c.place = $2 AND c.next IS NOT NULL`,
    [collection, maxRows],
  );
  return row?.key ?? null;
}

/** Statements that read a staged window as wire rows: how the planner is to go about it, then COPY. */
export function windowCopy(plan: CollectionPlan, shape: TableShape, phase: WindowPhase, small: boolean): readonly [string, string] {
  const keys = typedKey(plan, shape);
  const ops = { all: `'I', 'U', 'D'`, upserts: `'I', 'U'`, tombstones: `'D'` }[phase];
  // Under row level security an index serves a join on plain columns only, since a cast in the condition may leak: "offset 0"
  // keeps the casts below the join. Without it a small window would read the whole table.
  const typed = keys.map(({ type, place }, i) => `(key[${place}])::${type} AS k${i + 1}`);
  const join = [...keys.map(({ column }, i) => `t.${ident(column)} = w.k${i + 1}`), ...tenantCondition(plan, 't')];
  const fields = fieldSelections(plan, 't', localKeyOfLog(plan, 'w.key'));
  const copy = `COPY (SELECT w.op, w.changed, w.base, w.actor, ${fields.join(', ')}
  FROM (SELECT *, ${typed.join(', ')} FROM ${STAGE} WHERE collection = ${literal(plan.definition.name)} AND op IN (${ops}) OFFSET 0) w
  LEFT JOIN ${tableSql(plan)} t ON w.op <> 'D' AND ${join.join(' AND ')}) TO STDOUT (FORMAT csv)`;
  return [plannerSettings(small), copy];
}

function keyLiteral(key: readonly string[]): string {
  return `(${literal(`{${key.map((part) => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`)}::text[])`;
}
