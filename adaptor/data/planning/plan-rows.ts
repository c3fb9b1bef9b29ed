import { randomUUID } from 'node:crypto';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { requireUndoableRun } from '../undo/undoable-run.ts';

/** Greatest number of records whose differences a plan keeps, and how long it keeps them. */
export const MAX_SAMPLE = 500;
const KEPT = '1 hour';

/** What a run would do to one collection. */
export interface CollectionForecast {
  readonly collection: string;
  /** Why nothing could be worked out; null where all is well. */
  readonly code: string | null;
  /** What a user would be asked about before anything is written. */
  readonly waits: string | null;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
  readonly unchanged: number;
  readonly conflicted: number;
  /** Reverse: would be set aside. Forward: wait at the cloud now. */
  readonly quarantined: number;
  readonly filtered: number;
  /** Reverse: more records that later windows of the run would bring; they were not looked at. */
  readonly following: number;
}

/** One field that a run would change, or would not, and why. Holds values. */
export interface PlannedDifference {
  readonly collection: string;
  readonly key: readonly string[];
  readonly op: 'I' | 'U' | 'D';
  readonly outcome: 'insert' | 'update' | 'delete' | 'conflicted' | 'quarantined';
  readonly field: string | null;
  readonly before: string | null;
  readonly after: string | null;
  /** Why the field or record would stay out. */
  readonly code: string | null;
}

/** What is asked for. */
export interface NewPlan {
  readonly link: string;
  readonly direction: Direction;
  /** Empty: all. */
  readonly collections: readonly string[];
  /** Number of records of each collection whose differences are shown. */
  readonly sample: number;
  /** The run whose undo is looked at beforehand, by its id or that of its workflow; left out: what a run would do now. */
  readonly run?: string | undefined;
  readonly requestedBy: string;
}

/** A plan as its row says. */
export interface StoredPlan extends Omit<NewPlan, 'run'> {
  readonly id: string;
  /** Id of the run whose undo it shows; null: it is of a run to come. */
  readonly run: string | null;
  readonly state: 'asked' | 'done' | 'failed';
  readonly result: readonly CollectionForecast[] | null;
  readonly errorCode: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const COLUMNS = `id, link, direction, collections, sample, run_id AS run, requested_by AS "requestedBy", state, result, error_code AS "errorCode",
  created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Writes down that somebody asks for a plan. Gives its id. Throws, where it is of an undo, as `requireUndoableRun` does. */
export async function writePlan(client: Queryable, { link, direction, collections, sample, run, requestedBy }: NewPlan): Promise<string> {
  const id = randomUUID();
  const undone = run === undefined ? null : await requireUndoableRun(client, link, run);
  await client.query(
    `INSERT INTO tidegate.plan (id, link, direction, collections, sample, run_id, requested_by, expires_at)
     VALUES ($1::uuid, $2, $3, $4, $5, $6, $7, now() + interval '${KEPT}')`,
    [id, link, direction, [...collections], Math.min(sample, MAX_SAMPLE), undone, requestedBy],
  );
  return id;
}

/** A plan of a link whose time is not over. Throws `record-not-found`. */
export async function requirePlan(client: Queryable, link: string, id: string): Promise<StoredPlan> {
  const row = await controlRow<StoredPlan>(client, `SELECT ${COLUMNS} FROM tidegate.plan WHERE id = $1::uuid AND link = $2 AND expires_at > now()`, [id, link]);
  if (row === undefined) throw new TidegateError('record-not-found', 'There is no such plan; plans are kept for an hour.', { plan: id });
  return row;
}

/** Plans of runs to come of a link, newest first, without differences. */
export async function listPlans(client: Queryable, link: string, limit = 20): Promise<readonly StoredPlan[]> {
  return controlRows<StoredPlan>(
    client,
    `SELECT ${COLUMNS} FROM tidegate.plan WHERE link = $1 AND run_id IS NULL AND expires_at > now() ORDER BY created_at DESC LIMIT $2`,
    [link, limit],
  );
}

/** Differences that a plan found, for those who may see records. */
export async function listDifferences(client: Queryable, link: string, id: string): Promise<readonly PlannedDifference[]> {
  return controlRows<PlannedDifference>(
    client,
    `SELECT d.collection, d.key, d.op, d.outcome, d.field, d.before, d.after, d.code FROM tidegate.plan_difference d JOIN tidegate.plan p ON p.id = d.plan_id
      WHERE p.id = $1::uuid AND p.link = $2 AND p.expires_at > now() ORDER BY d.n`,
    [id, link],
  );
}

/** Keeps what a plan found, and destroys plans whose time is over. Run it inside a transaction. */
export async function finishPlan(
  client: Queryable,
  id: string,
  { result, differences }: { readonly result: readonly CollectionForecast[]; readonly differences: readonly PlannedDifference[] },
): Promise<void> {
  await client.query('DELETE FROM tidegate.plan WHERE expires_at <= now()');
  const { rowCount } = await client.query(`UPDATE tidegate.plan SET state = 'done', result = $2::jsonb WHERE id = $1::uuid AND state = 'asked'`, [
    id,
    JSON.stringify(result),
  ]);
  if (rowCount === 0) return;
  await client.query(
    `INSERT INTO tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after, code)
     SELECT $1::uuid, d.n, d.collection, ARRAY(SELECT jsonb_array_elements_text(d.key)), d.op, d.outcome, d.field, d.before, d.after, d.code
       FROM jsonb_to_recordset($2::jsonb) AS d (n int, collection text, key jsonb, op text, outcome text, field text, before text, after text, code text)`,
    [id, JSON.stringify(differences.map((difference, n) => ({ ...difference, n })))],
  );
}

/** Notes why a plan could not be worked out. */
export async function failPlan(client: Queryable, id: string, code: string): Promise<void> {
  await client.query(`UPDATE tidegate.plan SET state = 'failed', error_code = $2 WHERE id = $1::uuid AND state = 'asked'`, [id, code]);
}
