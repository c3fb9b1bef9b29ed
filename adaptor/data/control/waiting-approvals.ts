import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { ApprovalKind } from './approvals.ts';

/* An approval as the workflow that waits for it sees it: the row alone says what was decided. */

/** What waits, in references and counts. */
export interface WaitingApproval {
  readonly collection: string;
  readonly direction: Direction;
  readonly kind: ApprovalKind;
  readonly code: string;
  readonly changes: number;
  readonly deletes: number;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'superseded' | 'expired';
  readonly decidedBy: string | null;
  readonly decidedReason: string | null;
  /** Whether a window was set down that has to be written under a release. */
  readonly held: boolean;
  /** Milliseconds until nobody may decide any more. */
  readonly leftMs: number;
}

// What has no end is looked at again some day: a time without end is no number in JSON, which is how the workflow is told.
const READ = `
  SELECT collection, direction, kind, code, changes, deletes, state, decided_by AS "decidedBy", decided_reason AS "decidedReason",
         batch_id IS NOT NULL AND used_at IS NULL AS held,
         greatest(0, ceil(extract(epoch FROM coalesce(expires_at, now() + interval '1 year') - now()) * 1000))::float8 AS "leftMs"
    FROM tidegate.approval WHERE id = $1 AND link = $2`;

/** One approval of a link. Throws `record-not-found`. */
export async function requireApproval(client: Queryable, link: string, id: number): Promise<WaitingApproval> {
  const row = await controlRow<WaitingApproval>(client, READ, [id, link]);
  if (row === undefined) throw new TidegateError('record-not-found', 'Nothing waits for approval under this number.', { approval: id });
  return row;
}

/** The batch that was set down for an approved decision, with who decided. Throws `release-not-accepted` where there is none. */
export async function requireApprovedBatch(
  client: Queryable,
  link: string,
  id: number,
): Promise<{ readonly batchId: string; readonly collection: string; readonly by: string; readonly reason: string }> {
  const row = await controlRow<{ batchId: string; collection: string; by: string; reason: string }>(
    client,
    `SELECT batch_id AS "batchId", collection, decided_by AS by, decided_reason AS reason FROM tidegate.approval
      WHERE id = $1 AND link = $2 AND state = 'approved' AND direction = 'reverse' AND batch_id IS NOT NULL`,
    [id, link],
  );
  if (row === undefined) throw new TidegateError('release-not-accepted', 'Nothing that was set down is approved under this number.', { approval: id });
  return row;
}

/** Notes that the window that was set down is written, and what the next message may still bring by this approval. */
export async function useHeldApproval(
  client: Queryable,
  id: number,
  came: { readonly rows: number; readonly tombstones: number; readonly last: boolean },
): Promise<void> {
  await client.query(
    `UPDATE tidegate.approval SET used_at = now(), left_changes = CASE WHEN $4 THEN 0 ELSE greatest(0, changes - $2) END,
            left_deletes = CASE WHEN $4 THEN 0 ELSE greatest(0, deletes - $3) END
      WHERE id = $1 AND used_at IS NULL`,
    [id, came.rows, came.tombstones, came.last],
  );
}

/** Ends what nobody decided in its time. */
export async function expireApproval(client: Queryable, id: number): Promise<void> {
  await client.query(`UPDATE tidegate.approval SET state = 'expired' WHERE id = $1 AND state = 'waiting' AND expires_at <= now()`, [id]);
}

/** Ends an approval that could not be carried out: the next run looks anew. */
export async function supersedeApproval(client: Queryable, id: number): Promise<void> {
  await client.query(`UPDATE tidegate.approval SET state = 'superseded' WHERE id = $1 AND state = 'approved' AND used_at IS NULL`, [id]);
}

/**
 * Destroys the window that was set down for a decision that was not approved. Run it inside a transaction. Gives the state: it may
 * have been approved after all.
 */
export async function discardHeld(client: Queryable, id: number): Promise<WaitingApproval['state']> {
  const row = await controlRow<{ state: WaitingApproval['state']; batchId: string | null }>(
    client,
    'SELECT state, batch_id AS "batchId" FROM tidegate.approval WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (row === undefined || row.state === 'approved' || row.state === 'waiting') return row?.state ?? 'superseded';
  await client.query('DELETE FROM tidegate.held_window WHERE batch_id = $1::uuid', [row.batchId]);
  await client.query('UPDATE tidegate.approval SET batch_id = NULL WHERE id = $1', [id]);
  return row.state;
}

/** Decisions of a link that their workflow has not carried out: it may not have been told. */
export async function undoneDecisions(client: Queryable, link: string): Promise<readonly number[]> {
  const rows = await controlRows<{ id: number }>(
    client,
    `SELECT id FROM tidegate.approval WHERE link = $1 AND direction = 'reverse' AND state IN ('approved', 'rejected') AND batch_id IS NOT NULL AND used_at IS NULL`,
    [link],
  );
  return rows.map(({ id }) => id);
}
