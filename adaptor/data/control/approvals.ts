import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { reopenChannel, stopChannel } from '../state/channel.ts';

/**
 * Why something waits for a user: more than a run may change or delete, a first load, a load after a reconnection, a truncated
 * table.
 */
export type ApprovalKind = 'breach' | 'first-load' | 'reconnect' | 'truncate';

/** What waits for a user: what a run would have done to a collection, and what it may. */
export interface Breach {
  readonly kind: ApprovalKind;
  readonly link: `${string}/${string}/${string}`;
  readonly collection: string;
  readonly direction: Direction;
  readonly runId: string | null;
  readonly code: Extract<ErrorCode, 'delete-budget-exceeded' | 'change-budget-exceeded' | 'load-needs-approval' | 'truncate-needs-approval'>;
  /** Records, deletes among them. */
  readonly changes: number;
  readonly deletes: number;
  /** Null: no limit. */
  readonly changeBudget: number | null;
  readonly deleteBudget: number;
  /** Records in the collection at the CRM, where they were counted. */
  readonly records: number | null;
  /** Reverse: the window that was set down (held-window.ts). */
  readonly batchId: string | null;
}

/** How a breach is met: whether a user is asked, and until when. */
export interface Asking {
  /** Else it is refused at once. */
  readonly ask: boolean;
  readonly validMs: number;
}

/** What waits for a user, or was decided. */
export interface Approval extends Breach {
  readonly id: number;
  readonly state: 'waiting' | 'approved' | 'rejected' | 'superseded' | 'expired';
  /** Whether a window came through by it. */
  readonly used: boolean;
  /** Whether it was not approved, and its channel is stopped for that. */
  readonly holds: boolean;
  /** Whether it may be approved now. */
  readonly approvable: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly decidedReason: string | null;
}

// A forward approval is bound to the batch that uses it, a reverse one to the message: it is used once a window of that came through.
// Of two windows from one snapshot, the one that moves the cursor uses it up.
const BOUND = `EXISTS (SELECT FROM tidegate.window w WHERE w.link = a.link AND w.collection = a.collection AND w.direction = a.direction
    AND w.state IN ('receipted', 'applied') AND (a.direction = 'reverse' OR w.kind <> 'part')
    AND a.bound_to = CASE a.direction WHEN 'forward' THEN w.batch_id ELSE w.message_id END)`;

const USED = `(a.used_at IS NOT NULL OR ${BOUND})`;

// Nothing may come through by it any more: what was set down is written, and nothing was left for the next message, or that came.
const USED_UP = `(CASE WHEN a.used_at IS NULL THEN a.batch_id IS NULL AND ${BOUND}
    ELSE coalesce(a.left_changes, 0) + coalesce(a.left_deletes, 0) = 0 OR ${BOUND} END)`;

// A window was set down, to be written under a release.
const HELD = `(a.batch_id IS NOT NULL AND a.used_at IS NULL)`;

/** SQL: whether a channel is stopped for what an approval is about. Both by their aliases. */
export const stoppedFor = (channel: string, approval: string): string =>
  `${channel}.link = ${approval}.link AND ${channel}.collection = ${approval}.collection AND ${channel}.direction = ${approval}.direction
   AND ${channel}.state = 'stopped' AND ${channel}.state_code = ${approval}.code`;

/** SQL: whether there is time left to decide about an approval. */
export const inTime = (approval: string): string => `coalesce(${approval}.expires_at > now(), true)`;

// It was refused, or nobody decided in its time: its channel stands still until it is approved after all, or looked at anew.
const HOLDS = `(a.state IN ('rejected', 'expired')
  AND EXISTS (SELECT FROM tidegate.channel c WHERE ${stoppedFor('c', 'a')})
  AND NOT EXISTS (SELECT FROM tidegate.approval o WHERE o.link = a.link AND o.collection = a.collection AND o.direction = a.direction AND o.id > a.id))`;

const APPROVABLE = `((a.state = 'waiting' OR a.state = 'rejected' AND ${HOLDS}) AND ${inTime('a')})`;

const COLUMNS = `a.id, a.kind, a.link, a.collection, a.direction, a.run_id AS "runId", a.code, a.changes, a.deletes, a.change_budget AS "changeBudget",
  a.delete_budget AS "deleteBudget", a.records, a.state, ${USED} AS used, ${HOLDS} AS holds, ${APPROVABLE} AS approvable, a.created_at AS "createdAt", a.batch_id AS "batchId", a.expires_at AS "expiresAt", a.decided_at AS "decidedAt",
  a.decided_by AS "decidedBy", a.decided_reason AS "decidedReason"`;

/** Which breaches are listed: those that wait, with them those that still hold their channel, or all. */
export type ListedApprovals = 'waiting' | 'holding' | 'all';

/** Breaches of a link, newest first. */
export async function listApprovals(client: Queryable, link: string, which: ListedApprovals = 'waiting', limit = 100): Promise<readonly Approval[]> {
  const sql = `SELECT ${COLUMNS} FROM tidegate.approval a
    WHERE a.link = $1 AND ($2 = 'all' OR a.state = 'waiting' OR $2 = 'holding' AND ${HOLDS}) ORDER BY a.id DESC LIMIT $3`;
  return controlRows<Approval>(client, sql, [link, which, limit]);
}

const RAISE = `
  INSERT INTO tidegate.approval (link, collection, direction, run_id, code, changes, deletes, change_budget, delete_budget, records, kind, batch_id,
    state, expires_at, decided_at, decided_by, decided_reason)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::uuid, CASE WHEN $13 THEN 'waiting' ELSE 'rejected' END, now() + $14 * interval '1 millisecond',
    CASE WHEN NOT $13 THEN now() END, CASE WHEN NOT $13 THEN 'tidegate' END, CASE WHEN NOT $13 THEN 'The configuration asks nobody (approval).' END)
  RETURNING id`;

/**
 * Writes down what waits and stops its channel until a user has decided; where nobody is asked, it counts as rejected. What waited
 * or was approved before with other counts is superseded. Run it inside a transaction. Gives the error to be thrown.
 */
export async function raiseBreach(client: Queryable, breach: Breach, { ask, validMs }: Asking): Promise<TidegateError> {
  const { link, collection, direction, runId, code, changes, deletes, changeBudget, deleteBudget, records, kind, batchId } = breach;
  const channel = [link, collection, direction];
  await client.query(
    `UPDATE tidegate.approval SET state = 'superseded' WHERE link = $1 AND collection = $2 AND direction = $3 AND state IN ('waiting', 'approved')`,
    channel,
  );
  const row = await controlRow<{ id: number }>(client, RAISE, [
    ...channel,
    runId,
    code,
    changes,
    deletes,
    changeBudget,
    deleteBudget,
    records,
    kind,
    batchId,
    ask,
    validMs,
  ]);
  const id = row?.id ?? 0;
  const waits = ask ? 'it waits for approval' : 'nobody is asked, but it may be approved';
  const error = new TidegateError(code, `${whatOf(breach)}; ${waits} (tidegate approve ${id}).`, { collection, approval: id, changes, deletes });
  await stopChannel(client, { link, collection, direction }, 'stopped', error);
  return error;
}

function whatOf({ code, changes, deletes, changeBudget, deleteBudget }: Breach): string {
  if (code === 'load-needs-approval') return `${changes} records`;
  if (code === 'truncate-needs-approval') return `${deletes} deletes`;
  return code === 'delete-budget-exceeded' ? `${deletes} deletes, ${deleteBudget} allowed` : `${changes} records, ${changeBudget ?? 0} allowed`;
}

/** What a user allowed once, and has not been used. */
export interface Allowance {
  readonly id: number;
  readonly kind: ApprovalKind;
  readonly changes: number;
  readonly deletes: number;
}

/** The approval that holds for a channel's next window or message; undefined where there is none. */
export async function readAllowance(client: Queryable, link: string, collection: string, direction: Direction): Promise<Allowance | undefined> {
  const sql = `SELECT a.id, a.kind, coalesce(a.left_changes, a.changes) AS changes, coalesce(a.left_deletes, a.deletes) AS deletes FROM tidegate.approval a
    WHERE a.link = $1 AND a.collection = $2 AND a.direction = $3 AND a.state = 'approved' AND NOT ${HELD} AND NOT ${USED_UP}`;
  return controlRow<Allowance>(client, sql, [link, collection, direction]);
}

/** Binds an approval to the batch (forward) or message (reverse) that comes through by it. */
export async function bindAllowance(client: Queryable, id: number, boundTo: string): Promise<void> {
  await client.query(`UPDATE tidegate.approval SET bound_to = $2::uuid WHERE id = $1 AND state = 'approved'`, [id, boundTo]);
}

/** Marks an approved load as used: it is complete. */
export async function useLoadAllowance(client: Queryable, link: string, collection: string): Promise<void> {
  await client.query(
    `UPDATE tidegate.approval SET used_at = now() WHERE link = $1 AND collection = $2 AND direction = 'forward' AND kind IN ('first-load', 'reconnect')
        AND state = 'approved' AND used_at IS NULL`,
    [link, collection],
  );
}

/** Lets channels of a link flow again whose breach was approved. */
export async function reopenApproved(client: Queryable, link: `${string}/${string}/${string}`, direction: Direction): Promise<void> {
  const rows = await controlRows<{ collection: string }>(
    client,
    `SELECT a.collection FROM tidegate.approval a JOIN tidegate.channel c ON c.link = a.link AND c.collection = a.collection AND c.direction = a.direction
      WHERE a.link = $1 AND a.direction = $2 AND a.state = 'approved' AND c.state = 'stopped' AND NOT ${HELD} AND NOT ${USED_UP}`,
    [link, direction],
  );
  for (const { collection } of rows) await reopenChannel(client, { link, collection, direction });
}

/** A user's decision about a breach: its number, or the run that met it. */
export interface ApprovalDecision {
  readonly link: string;
  readonly breach: number | string;
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string;
}

const FIND = `
  SELECT ${COLUMNS} FROM tidegate.approval a
   WHERE a.link = $1 AND CASE WHEN $2::bigint IS NULL THEN a.run_id = $3 OR a.run_id LIKE $3 || '/%' ELSE a.id = $2 END ORDER BY a.id DESC LIMIT 1`;

/**
 * Approves or rejects what waits; what was rejected may still be approved. Throws `record-not-found`, `already-decided` (also where
 * a later breach took its place).
 */
export async function decideBreach(client: Queryable, { link, breach, approved, by, reason }: ApprovalDecision): Promise<Approval> {
  const found = await controlRow<Approval>(client, FIND, typeof breach === 'number' ? [link, breach, null] : [link, null, breach]);
  if (found === undefined) throw new TidegateError('record-not-found', 'Nothing waits for approval under this number or run.');
  const decided = await controlRow<{ id: number }>(
    client,
    `UPDATE tidegate.approval a SET state = $2, decided_at = now(), decided_by = $3, decided_reason = $4
      WHERE a.id = $1 AND a.state IN ('waiting', CASE $2 WHEN 'approved' THEN 'rejected' ELSE 'waiting' END)
        AND (a.expires_at IS NULL OR a.expires_at > now())
        AND NOT EXISTS (SELECT FROM tidegate.approval o WHERE o.link = a.link AND o.collection = a.collection AND o.direction = a.direction
                          AND o.id <> a.id AND o.state IN ('waiting', 'approved')) RETURNING id`,
    [found.id, approved ? 'approved' : 'rejected', by, reason],
  );
  const isLate = found.state !== 'approved' && found.expiresAt !== null && found.expiresAt <= new Date();
  if (decided === undefined)
    throw new TidegateError('already-decided', `It is ${isLate ? 'expired' : found.state}.`, { approval: found.id, state: found.state });
  return { ...found, state: approved ? 'approved' : 'rejected', decidedBy: by, decidedReason: reason };
}
