import { ERROR_CATALOGUE } from '../../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError, isErrorCode } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A record that a store could not take, without its values. */
export interface SetAsideRecord {
  readonly id: number;
  readonly link: string;
  readonly collection: string;
  /** `reverse`: it waits at the CRM; `forward`: it waits at the cloud, as the receipt told. */
  readonly direction: Direction;
  readonly key: readonly string[];
  readonly op: 'I' | 'U' | 'D';
  readonly code: ErrorCode;
  /** Fields concerned, joined by `, `. */
  readonly field: string | null;
  readonly detail: string;
  readonly state: 'waiting' | 'resolved' | 'superseded' | 'discarded';
  /** Who changed it, as its side told. */
  readonly actor: string | null;
  readonly runId: string | null;
  readonly messageId: string | null;
  readonly createdAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly resolvedReason: string | null;
  readonly releaseId: string | null;
  /** What to do about it. */
  readonly hint: string;
}

/** One with its values and what was tried; for those who may see records. */
export interface SetAsideDetail extends SetAsideRecord {
  /** Field -> text as it came; empty where it waits at the cloud: its values are those of the CRM's record. */
  readonly record: Readonly<Record<string, string | null>>;
  readonly changed: readonly string[];
  readonly attempts: readonly {
    readonly act: string;
    readonly by: string;
    readonly reason: string;
    readonly state: string;
    readonly errorCode: string | null;
  }[];
}

const COLUMNS = `id, link, collection, direction, key, op, code, field, detail, state, actor, run_id AS "runId", message_id AS "messageId",
  created_at AS "createdAt", resolved_at AS "resolvedAt", resolved_by AS "resolvedBy", resolved_reason AS "resolvedReason", release_id AS "releaseId"`;

const LIST = `
  SELECT ${COLUMNS} FROM tidegate.quarantine
   WHERE link = $1 AND ($2::text IS NULL OR collection = $2) AND ($3::text IS NULL OR direction = $3) AND ($4 OR state = 'waiting')
   ORDER BY id DESC LIMIT $5`;

/** What narrows a list. */
export interface SetAsideQuestion {
  readonly collection?: string | undefined;
  readonly direction?: Direction | undefined;
  /** Also those that no longer wait. */
  readonly all?: boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** Records set aside on a link, newest first. */
export async function listSetAside(client: Queryable, link: string, question: SetAsideQuestion = {}): Promise<readonly SetAsideRecord[]> {
  const { collection = null, direction = null, all = false, limit = 100 } = question;
  const rows = await controlRows<Omit<SetAsideRecord, 'hint'>>(client, LIST, [link, collection, direction, all, limit]);
  return rows.map(withHint);
}

const COUNT = `
  SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'discarded') AS discarded FROM tidegate.quarantine WHERE link = $1`;

/** How many wait on a link, and how many were discarded so far. */
export async function countSetAside(client: Queryable, link: string): Promise<{ readonly waiting: number; readonly discarded: number }> {
  return (await controlRow<{ waiting: number; discarded: number }>(client, COUNT, [link])) ?? { waiting: 0, discarded: 0 };
}

const DETAIL = `
  SELECT ${COLUMNS}, record, string_to_array(changed, '|') AS changed,
         coalesce((SELECT jsonb_agg(jsonb_build_object('act', r.act, 'by', r.requested_by, 'reason', r.reason, 'state', r.state, 'errorCode', r.error_code) ORDER BY r.created_at)
                     FROM tidegate.release r WHERE r.link = $2 AND r.act IN ('retry', 'edit') AND r.subject = $1), '[]') AS attempts
    FROM tidegate.quarantine WHERE id = $1 AND link = $2`;

/** One record set aside, with its values. Throws `record-not-found`. */
export async function readSetAsideDetail(client: Queryable, link: string, id: number): Promise<SetAsideDetail> {
  const row = await controlRow<Omit<SetAsideDetail, 'hint'>>(client, DETAIL, [id, link]);
  if (row === undefined) throw new TidegateError('record-not-found', 'Nothing was set aside under this number.', { quarantine: id });
  return withHint(row);
}

function withHint<T extends { readonly code: string; readonly direction: Direction; readonly state: string }>(row: T): T & { code: ErrorCode; hint: string } {
  const code = isErrorCode(row.code) ? row.code : 'unexpected';
  return { ...row, code, hint: row.state === 'waiting' ? hintFor(code, row.direction) : '' };
}

/** What mends it: where the record comes from or where it waits, and the command for it. */
function hintFor(code: ErrorCode, direction: Direction): string {
  const { action } = ERROR_CATALOGUE[code];
  if (code === 'field-not-authorised') return `${action} Discard it once it was read; change the field's authority if the cloud may change it.`;
  return direction === 'reverse'
    ? `${action} Or edit the values, or retry once the CRM can take them.`
    : `${action} Correct it in the CRM, or retry once the cloud can take it.`;
}
