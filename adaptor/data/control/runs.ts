import type { Books } from '../../../exchange/books.ts';
import type { ErrorCode } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A run as it begins. */
export interface NewRun {
  /** `<workflowId>/<runId>`. */
  readonly id: string;
  readonly link: string;
  readonly direction: Direction;
  readonly trigger: 'period' | 'user' | 'records' | 'change' | 'repair' | 'start' | 'approval' | 'undo';
  readonly messageId: string | null;
  readonly requestedBy: string | null;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: 'completed' | 'failed' | 'refused';
  readonly errorCode: ErrorCode | null;
  readonly errorDetail: string | null;
}

/** What a run moved. */
export interface RunTotals {
  readonly windows: number;
  readonly collections: readonly string[];
  readonly books: Books;
}

const OPEN = `
  INSERT INTO tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, message_id, requested_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7::uuid, $8) ON CONFLICT (id) DO NOTHING`;

/** Writes the row of a run; a repetition changes nothing. */
export async function openRun(client: Queryable, { id, link, direction, trigger, messageId, requestedBy }: NewRun): Promise<void> {
  const slash = id.lastIndexOf('/');
  await client.query(OPEN, [id, link, direction, trigger, id.slice(0, slash), id.slice(slash + 1), messageId, requestedBy]);
}

/** Notes under which epoch a run works. */
export async function noteRunEpoch(client: Queryable, id: string, epoch: number): Promise<void> {
  await client.query('UPDATE tidegate.run SET epoch = $2 WHERE id = $1', [id, epoch]);
}

// The books of a run are those of its windows that have a receipt (sender) or were applied (receiver).
const TOTALS = `
  SELECT count(*)::int AS windows, coalesce(sum(offered), 0)::int AS offered, coalesce(sum(applied), 0)::int AS applied,
         coalesce(sum(unchanged), 0)::int AS unchanged, coalesce(sum(conflicted), 0)::int AS conflicted,
         coalesce(sum(quarantined), 0)::int AS quarantined, coalesce(sum(filtered), 0)::int AS filtered,
         coalesce(json_agg(DISTINCT collection), '[]') AS collections
    FROM tidegate.window WHERE run_id = $1 AND state IN ('receipted', 'applied')`;

/** What a run has moved so far, from its windows. */
export async function runTotals(client: Queryable, id: string): Promise<RunTotals> {
  const row = await controlRow<Books & { windows: number; collections: string[] }>(client, TOTALS, [id]);
  const { windows = 0, collections = [], offered = 0, applied = 0, unchanged = 0, conflicted = 0, quarantined = 0, filtered = 0 } = row ?? {};
  return { windows, collections: collections.toSorted(), books: { offered, applied, unchanged, conflicted, quarantined, filtered } };
}

const WRITE_TOTALS = `
  UPDATE tidegate.run SET windows = $2, offered = $3, applied = $4, unchanged = $5, conflicted = $6, quarantined = $7, filtered = $8 WHERE id = $1`;

/** Brings the row of a run up to date with its windows. */
export async function refreshRun(client: Queryable, id: string): Promise<RunTotals> {
  const totals = await runTotals(client, id);
  const { offered, applied, unchanged, conflicted, quarantined, filtered } = totals.books;
  await client.query(WRITE_TOTALS, [id, totals.windows, offered, applied, unchanged, conflicted, quarantined, filtered]);
  return totals;
}

/** Ends a run; a run that has ended keeps its first end. Gives what it moved. */
export async function closeRun(client: Queryable, id: string, { state, errorCode, errorDetail }: RunEnd): Promise<RunTotals> {
  const totals = await refreshRun(client, id);
  await client.query(`UPDATE tidegate.run SET state = $2, error_code = $3, error_detail = $4, finished_at = now() WHERE id = $1 AND state = 'running'`, [
    id,
    state,
    errorCode,
    errorDetail,
  ]);
  return totals;
}

/** Completes the run of an undo with its books: it has no windows. */
export async function closeUndoRun(client: Queryable, id: string, { offered, applied }: { readonly offered: number; readonly applied: number }): Promise<void> {
  await client.query(
    `UPDATE tidegate.run SET state = 'completed', finished_at = now(), offered = $2::int, applied = $3::int, unchanged = $2::int - $3::int WHERE id = $1 AND state = 'running'`,
    [id, offered, applied],
  );
}
