import type { ErrorCode } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Causes of a request row (rule 16). */
export type RequestCause = 'period' | 'user' | 'records' | 'change' | 'repair';

/** A selected record, by its key's values as text. */
export interface SelectedRecord {
  readonly collection: string;
  readonly key: readonly string[];
}

/** A request row to be written. */
export interface NewRequest {
  readonly link: string;
  readonly direction: Direction;
  readonly cause: RequestCause;
  /** Empty: all collections. */
  readonly collections: readonly string[];
  readonly records: readonly SelectedRecord[] | null;
  readonly requestedBy: string | null;
  readonly reason: string | null;
}

/** A request row that a run has claimed. */
export interface ClaimedRequest {
  readonly id: string;
  readonly cause: RequestCause;
  readonly collections: readonly string[];
  readonly records: readonly SelectedRecord[] | null;
  readonly requestedBy: string | null;
  /** Whether this claim is the row's first. */
  readonly fresh: boolean;
}

/** Payload by which a new request wakes the pump on the channel that also tells of changes. */
const REQUEST_NOTICE = 'request';

const WRITE = `
  WITH written AS (
    INSERT INTO tidegate.sync_request (link, direction, cause, collections, records, requested_by, reason)
    VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7) RETURNING id)
  SELECT id, pg_notify('tidegate_change', '${REQUEST_NOTICE}') FROM written`;

/** Writes a request row and wakes the pump. Gives its id. */
export async function writeRequest(client: Queryable, { link, direction, cause, collections, records, requestedBy, reason }: NewRequest): Promise<string> {
  const row = await controlRow<{ id: string }>(client, WRITE, [
    link,
    direction,
    cause,
    collections,
    records === null ? null : JSON.stringify(records),
    requestedBy,
    reason,
  ]);
  return row?.id ?? '';
}

// A period is not due while the row of the one before still waits, or (notBefore) where it was written just now.
const WRITE_PERIOD = `
  INSERT INTO tidegate.sync_request (link, direction, cause, collections)
  SELECT $1, $2, 'period', '{}'
   WHERE NOT EXISTS (SELECT FROM tidegate.sync_request
                      WHERE link = $1 AND direction = $2 AND cause = 'period'
                        AND (state IN ('open', 'claimed') OR created_at > now() - make_interval(secs => $3::float8 / 1000)))
  RETURNING id`;

/** Writes the row of a period, unless one waits or was written within `sinceMs`. Gives its id, if one was written. */
export async function writePeriodRequest(client: Queryable, link: string, direction: Direction, sinceMs: number): Promise<string | undefined> {
  const row = await controlRow<{ id: string }>(client, WRITE_PERIOD, [link, direction, sinceMs]);
  return row?.id;
}

// Rows that a run claimed and left behind are claimed again: runs of one direction of a link follow one another.
const CLAIM = `
  WITH waiting AS (
    SELECT id, state = 'open' AS fresh FROM tidegate.sync_request
     WHERE link = $1 AND direction = $2 AND state IN ('open', 'claimed') AND ($4::uuid[] IS NULL OR id = ANY ($4)) ORDER BY created_at, id FOR UPDATE)
  UPDATE tidegate.sync_request r SET state = 'claimed', claimed_by = $3, claimed_at = coalesce(r.claimed_at, now())
    FROM waiting w WHERE w.id = r.id
  RETURNING r.id, r.cause, r.collections, r.records, r.requested_by AS "requestedBy", w.fresh`;

/** Claims every row that waits, or those of them that are named, and those that a run before claimed but did not finish. */
export async function claimRequests(
  client: Queryable,
  link: string,
  direction: Direction,
  claimedBy: string,
  only: readonly string[] | null = null,
): Promise<readonly ClaimedRequest[]> {
  return controlRows<ClaimedRequest>(client, CLAIM, [link, direction, claimedBy, only]);
}

/** Whether any of the rows is still claimed. They stay locked to the end of the transaction. */
export async function holdClaimed(client: Queryable, ids: readonly string[]): Promise<boolean> {
  const rows = await controlRows(client, `SELECT 1 FROM tidegate.sync_request WHERE id = ANY ($1::uuid[]) AND state = 'claimed' FOR UPDATE`, [ids]);
  return rows.length > 0;
}

/** Puts claimed rows back: what they ask for waits for the next run. */
export async function putBackRequests(client: Queryable, ids: readonly string[]): Promise<void> {
  await client.query(`UPDATE tidegate.sync_request SET state = 'open' WHERE id = ANY ($1::uuid[]) AND state = 'claimed'`, [ids]);
}

/** Ends claimed rows as failed, with the code that says why. */
export async function failRequests(client: Queryable, ids: readonly string[], code: ErrorCode): Promise<void> {
  await client.query(
    `UPDATE tidegate.sync_request SET state = 'failed', error_code = $2, finished_at = now() WHERE id = ANY ($1::uuid[]) AND state = 'claimed'`,
    [ids, code],
  );
}

/** Who asked first among the given rows; null where nobody in person did. */
export async function requesterOf(client: Queryable, ids: readonly string[]): Promise<string | null> {
  const row = await controlRow<{ by: string }>(
    client,
    'SELECT requested_by AS by FROM tidegate.sync_request WHERE id = ANY ($1::uuid[]) AND requested_by IS NOT NULL ORDER BY created_at LIMIT 1',
    [ids],
  );
  return row?.by ?? null;
}
