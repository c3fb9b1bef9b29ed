import type { PoolClient } from 'pg';
import { controlRow, preparedRow } from '../control-rows.ts';
import type { TableShape } from '../introspection.ts';
import type { CollectionPlan } from '../plan.ts';
import { ident, literal } from '../quoting.ts';
import { fieldSelections, localKeyOfLog, tableSql, tenantCondition, typedKey } from './collection-sql.ts';
import { IN_WINDOW, LOG_STAGE, STAGE, stageLogStatement, stageStatement } from './net-effect.ts';
import { type Planning, plannerSettings } from '../planner-settings.ts';
import type { WindowPhase } from './prepared-window.ts';
import type { OpenSnapshot } from './snapshot.ts';

/** Up to so many log rows a window looks its records up one by one, whatever the planner thinks. Larger windows are analysed. */
const SMALL_WINDOW_ROWS = 2000;

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
  /** What the range still holds behind that cut. */
  readonly following: { readonly rows: number; readonly tombstones: number };
}

/** Finds the records of a window and stages them: once, so that they are counted before they are sent. */
export async function stageWindow(
  { client, stage }: Pick<OpenSnapshot, 'client' | 'stage'>,
  plan: CollectionPlan,
  shape: TableShape,
  range: WindowRange,
): Promise<StagedWindow> {
  const collection = plan.definition.name;
  if (stage.collections.has(collection)) await client.query(`DELETE FROM ${STAGE} WHERE collection = $1`, [collection]);
  stage.collections.add(collection);
  const small = shape.lookupsByIndex && (await isSmall(client, range));
  await planBy({ client, stage }, small ? 'lookups' : 'scans');
  const staging = countStaged(stageStatement(plan, shape, { withBase: range.withBase, logIsStaged: !small }));
  const values = [range.source, range.from, range.to, plan.linkName];
  if (!small) await stageLog(client, plan, values);
  const counts = small ? await preparedRow<Counts>(client, staging, values) : await controlRow<Counts>(client, staging, range.withBase ? [plan.linkName] : []);
  const toKey = range.upToKey === null ? await cutForSize(client, collection, range) : null;
  // How many they are, and what they are selected by: a sample of the keys, which are arrays, costs as much as a tenth of the window.
  if (!small) await client.query(`ANALYZE ${STAGE} (collection, op)`);
  const whole = range.afterKey === null ? { ...NOTHING, ...counts } : await cutAway(client, collection, `key COLLATE "C" <= ${keyLiteral(range.afterKey)}`);
  const last = toKey ?? range.upToKey;
  const left = last === null ? whole : await cutAway(client, collection, `key COLLATE "C" > ${keyLiteral(last)}`);
  const tombstones = whole.tombstones - left.tombstones;
  return { ...left, small, toKey, following: { rows: whole.upserts - left.upserts + tombstones, tombstones } };
}

/**
 * Copies the log rows of a large window aside, so that the planner knows how many they are: it takes the log for nearly empty where that
 * has grown since it was analysed, and would look at each row as often as there are others.
 */
async function stageLog(client: PoolClient, plan: CollectionPlan, values: readonly unknown[]): Promise<void> {
  await client.query(`DELETE FROM ${LOG_STAGE}`);
  await client.query(stageLogStatement(plan), [...values]);
}

/** Takes records out of a staged window. Counts what is left. */
async function cutAway(client: PoolClient, collection: string, condition: string): Promise<Counts> {
  await client.query(`DELETE FROM ${STAGE} WHERE collection = $1 AND ${condition}`, [collection]);
  return { ...NOTHING, ...(await controlRow<Counts>(client, `SELECT ${COUNTS} FROM ${STAGE} WHERE collection = $1`, [collection])) };
}

type Counts = Pick<StagedWindow, 'upserts' | 'tombstones' | 'filtered'>;

const NOTHING: Counts = { upserts: 0, tombstones: 0, filtered: 0 };

const COUNTS = `count(*) FILTER (WHERE op IN ('I', 'U')) AS upserts, count(*) FILTER (WHERE op = 'D') AS tombstones, count(*) FILTER (WHERE op = 'F') AS filtered`;

/** The staging statement with its counts as result. A WITH of its own stands inside it, so it goes into another. */
const countStaged = (statement: string): string => `WITH staged AS (${statement} RETURNING op) SELECT ${COUNTS} FROM staged`;

/** Sets the planner for a window, where it is not so already. */
export async function planBy({ client, stage }: Pick<OpenSnapshot, 'client' | 'stage'>, planning: Planning): Promise<void> {
  if (stage.planning === planning) return;
  await client.query(plannerSettings(planning));
  stage.planning = planning;
}

/** Whether a window has few log rows: looked at no further than it takes to know. */
async function isSmall(client: PoolClient, { source, from, to }: WindowRange): Promise<boolean> {
  const row = await preparedRow<{ rows: number }>(
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

/** COPY statement that reads a staged window as wire rows: each record from where its snapshot found it, many in the order of the table's pages. */
export function windowCopy(plan: CollectionPlan, shape: TableShape, phase: WindowPhase, small: boolean): string {
  const ops = { all: `'I', 'U', 'D'`, upserts: `'I', 'U'`, tombstones: `'D'` }[phase];
  const staged = `SELECT * FROM ${STAGE} WHERE collection = ${literal(plan.definition.name)} AND op IN (${ops})${small ? '' : ' ORDER BY place'}`;
  return `COPY (${wireSelection(plan, shape, staged)}) TO STDOUT (FORMAT csv)`;
}

/** Query of the wire rows of staged records, each read from where its snapshot found it. */
export function wireSelection(plan: CollectionPlan, shape: TableShape, staged: string): string {
  const keys = typedKey(plan, shape);
  // Under row level security an index serves a join on plain columns only, since a cast in the condition may leak: "offset 0"
  // keeps the casts below the join. Without it a small window would read the whole table.
  const typed = keys.map(({ type, place }, i) => `(key[${place}])::${type} AS k${i + 1}`);
  const join = ['t.ctid = w.place', ...keys.map(({ column }, i) => `t.${ident(column)} = w.k${i + 1}`), ...tenantCondition(plan, 't')];
  const fields = fieldSelections(plan, 't', localKeyOfLog(plan, 'w.key'));
  return `SELECT w.op, w.changed, w.base, w.actor, ${fields.join(', ')}
  FROM (SELECT *, ${typed.join(', ')} FROM (${staged}) staged_rows OFFSET 0) w
  LEFT JOIN ${tableSql(plan)} t ON w.op IN ('I', 'U') AND ${join.join(' AND ')}`;
}

function keyLiteral(key: readonly string[]): string {
  return `(${literal(`{${key.map((part) => `"${part.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`)}::text[])`;
}
