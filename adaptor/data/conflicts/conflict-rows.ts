import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** What both sides had changed, without values. `review`: the CRM's stands, and nobody has decided yet. */
export interface Conflict {
  readonly id: number;
  readonly link: string;
  readonly collection: string;
  readonly key: readonly string[];
  /** Null where the record as a whole is concerned. */
  readonly field: string | null;
  readonly kind: 'field' | 'both-created' | 'edit-against-delete' | 'delete-against-edit';
  /** What stands now. */
  readonly outcome: 'crm' | 'cloud' | 'value' | 'review';
  /** Who changed it in the cloud. */
  readonly actor: string | null;
  readonly runId: string | null;
  readonly messageId: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  readonly decidedReason: string | null;
  readonly releaseId: string | null;
}

/** One with both values; for those who may see records. */
export interface ConflictDetail extends Conflict {
  /** Text of a field, or a record as field -> text; null where there was none. */
  readonly crmValue: unknown;
  readonly cloudValue: unknown;
}

const COLUMNS = `id, link, collection, key, field, kind, outcome, actor, run_id AS "runId", message_id AS "messageId", created_at AS "createdAt",
  decided_at AS "decidedAt", decided_by AS "decidedBy", decided_reason AS "decidedReason", release_id AS "releaseId"`;

const LIST = `
  SELECT ${COLUMNS} FROM tidegate.conflict
   WHERE link = $1 AND ($2::text IS NULL OR collection = $2) AND ($3 OR outcome = 'review') ORDER BY id DESC LIMIT $4`;

/** What narrows a list. */
export interface ConflictQuestion {
  readonly collection?: string | undefined;
  /** Also those that were settled. */
  readonly all?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** Conflicts of a link, newest first: those that wait for a decision, or all. */
export async function listConflicts(
  client: Queryable,
  link: string,
  { collection, all = false, limit = 100 }: ConflictQuestion = {},
): Promise<readonly Conflict[]> {
  return controlRows<Conflict>(client, LIST, [link, collection ?? null, all, limit]);
}

/** One conflict with both values. Throws `record-not-found`. */
export async function readConflictDetail(client: Queryable, link: string, id: number): Promise<ConflictDetail> {
  const row = await controlRow<ConflictDetail>(
    client,
    `SELECT ${COLUMNS}, crm_value AS "crmValue", cloud_value AS "cloudValue" FROM tidegate.conflict WHERE id = $1 AND link = $2`,
    [id, link],
  );
  if (row === undefined) throw new TidegateError('record-not-found', 'There is no conflict of this number.', { conflict: id });
  return row;
}

const KEEP = `
  UPDATE tidegate.conflict SET outcome = 'crm', decided_at = now(), decided_by = $3, decided_reason = $4
   WHERE id = $1 AND link = $2 AND outcome = 'review' RETURNING id`;

/**
 * Decides a waiting conflict for what stands, the CRM's value: both stores have it already, so nothing is written. Throws
 * `record-not-found`, `already-decided`.
 */
export async function keepConflict(
  client: Queryable,
  { link, id, by, reason }: { readonly link: string; readonly id: number; readonly by: string; readonly reason: string },
): Promise<void> {
  if ((await controlRow(client, KEEP, [id, link, by, reason])) !== undefined) return;
  const { outcome } = await readConflictDetail(client, link, id);
  throw new TidegateError('already-decided', undefined, { conflict: id, outcome });
}
