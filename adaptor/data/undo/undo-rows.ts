import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { UndoRefusal } from './undo-records.ts';
import { requireUndoableRun } from './undoable-run.ts';

/** An order to undo a run. */
export interface NewUndo {
  readonly link: string;
  /** Id of the run, or of its workflow. */
  readonly run: string;
  /** Whether the rest is undone where some records were edited since; else nothing is. */
  readonly exceptEdited: boolean;
  readonly requestedBy: string;
  readonly reason: string;
}

/** An undo as its row says. */
export interface StoredUndo {
  readonly id: number;
  readonly link: string;
  readonly run: string;
  readonly exceptEdited: boolean;
  readonly requestedBy: string;
  readonly reason: string;
  readonly records: number | null;
  readonly refused: number | null;
}

/** Writes down that a run is to be undone. Gives the row's number; nothing is allowed by it yet. Throws as `requireUndoableRun` does. */
export async function writeUndo(client: Queryable, { link, run, exceptEdited, requestedBy, reason }: NewUndo): Promise<number> {
  const found = await requireUndoableRun(client, link, run);
  const row = await controlRow<{ id: number }>(
    client,
    'INSERT INTO tidegate.undo (link, run_id, except_edited, requested_by, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [link, found, exceptEdited, requestedBy, reason],
  );
  return row?.id ?? 0;
}

/** One undo of a link. Throws `record-not-found`. */
export async function requireUndo(client: Queryable, link: string, id: number): Promise<StoredUndo> {
  const row = await controlRow<StoredUndo>(
    client,
    `SELECT id, link, run_id AS run, except_edited AS "exceptEdited", requested_by AS "requestedBy", reason, records, refused
       FROM tidegate.undo WHERE id = $1 AND link = $2`,
    [id, link],
  );
  if (row === undefined) throw new TidegateError('record-not-found', 'There is no such undo.', { undo: id });
  return row;
}

/** Notes how many records an undo puts back, and which it leaves alone. */
export async function noteUndo(client: Queryable, id: number, records: number, refusals: readonly UndoRefusal[]): Promise<void> {
  await client.query('UPDATE tidegate.undo SET records = $2, refused = $3 WHERE id = $1', [id, records, refusals.length]);
  await client.query(
    `INSERT INTO tidegate.undo_refusal (undo_id, n, collection, key, code)
     SELECT $1, r.n, r.collection, ARRAY(SELECT jsonb_array_elements_text(r.key)), r.code
       FROM jsonb_to_recordset($2::jsonb) AS r (n int, collection text, key jsonb, code text) ON CONFLICT DO NOTHING`,
    [id, JSON.stringify(refusals.map((refusal, n) => ({ ...refusal, n })))],
  );
}

/** Records that an undo left alone, with the reasons. */
export async function listUndoRefusals(client: Queryable, link: string, id: number): Promise<readonly UndoRefusal[]> {
  return controlRows<UndoRefusal>(
    client,
    'SELECT r.collection, r.key, r.code FROM tidegate.undo_refusal r JOIN tidegate.undo u ON u.id = r.undo_id WHERE u.link = $1 AND u.id = $2 ORDER BY r.n',
    [link, id],
  );
}
