import type { PoolClient } from 'pg';
import { controlRow } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import type { CollectionPlan } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { fieldSelections, localKeyOfLog, tableSql, tenantCondition, typedKey } from './collection-sql.ts';
import { STAGE, stageStatement } from './net-effect.ts';
import type { WindowPhase } from './prepared-window.ts';

/** Windows of more records than this are analysed before they are read: without, the planner hashes the whole table. */
const LARGE_WINDOW_ROWS = 1000;

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
  /** Where the window was cut for size: its greatest key. */
  readonly toKey: readonly string[] | null;
}

/** Finds the records of a window and stages them: once, so that they are counted before they are sent. */
export async function stageWindow(client: PoolClient, plan: CollectionPlan, shape: TableShape, range: WindowRange): Promise<StagedWindow> {
  const collection = plan.definition.name;
  await client.query(`DELETE FROM ${STAGE} WHERE collection = $1`, [collection]);
  const { rowCount } = await client.query(stageStatement(plan, shape, range.withBase), [range.source, range.from, range.to, plan.linkName]);
  const cut = range.upToKey === null ? await cutForSize(client, collection, range) : null;
  if ((rowCount ?? 0) > LARGE_WINDOW_ROWS) await client.query(`ANALYZE ${STAGE}`);
  const bounds = [
    ...(range.afterKey === null ? [] : [`key COLLATE "C" <= ${keyLiteral(range.afterKey)}`]),
    ...[cut ?? range.upToKey].flatMap((key) => (key === null ? [] : [`key COLLATE "C" > ${keyLiteral(key)}`])),
  ];
  if (bounds.length > 0) await client.query(`DELETE FROM ${STAGE} WHERE collection = $1 AND (${bounds.join(' OR ')})`, [collection]);
  const counts = await controlRow<Omit<StagedWindow, 'toKey'>>(
    client,
    `SELECT count(*) FILTER (WHERE op IN ('I', 'U')) AS upserts, count(*) FILTER (WHERE op = 'D') AS tombstones, count(*) FILTER (WHERE op = 'F') AS filtered
       FROM ${STAGE} WHERE collection = $1`,
    [collection],
  );
  return { upserts: 0, tombstones: 0, filtered: 0, ...counts, toKey: cut };
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

/** COPY statement that reads a staged window as wire rows. */
export function windowCopy(plan: CollectionPlan, shape: TableShape, phase: WindowPhase): string {
  const keys = typedKey(plan, shape);
  const ops = { all: `'I', 'U', 'D'`, upserts: `'I', 'U'`, tombstones: `'D'` }[phase];
  const join = [...keys.map(({ column, type, place }) => `t.${ident(column)} = (w.key[${place}])::${type}`), ...tenantCondition(plan, 't')];
  const fields = fieldSelections(plan, 't', localKeyOfLog(plan, 'w.key'));
  return `COPY (SELECT w.op, w.changed, w.base, w.actor, ${fields.join(', ')}
  FROM ${STAGE} w LEFT JOIN ${tableSql(plan)} t ON w.op <> 'D' AND ${join.join(' AND ')}
 WHERE w.collection = ${literal(plan.definition.name)} AND w.op IN (${ops})) TO STDOUT (FORMAT csv)`;
}

function keyLiteral(key: readonly string[]): string {
  return `(${literal(`{${key.map((part) => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`)}::text[])`;
}
