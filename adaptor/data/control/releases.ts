import { randomUUID } from 'node:crypto';
import { TidegateError } from '../../../exchange/errors.ts';
import type { ReleaseAct, ReleaseClaims, ReleaseOrder, ReleaseOutcome } from '../../../exchange/release.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A decision that a user takes; it becomes a release once the CRM has signed it. */
export interface NewRelease {
  readonly link: string;
  readonly act: ReleaseAct;
  /** Id of the row that it is about: quarantine (retry, edit), conflict (restore), approval (approve), undo (undo). */
  readonly subject: number;
  /** Values that the user gives: field -> text in the form of the wire. */
  readonly values: Readonly<Record<string, string | null>> | null;
  readonly requestedBy: string;
  readonly reason: string;
}

/** A release as its row says. */
export interface StoredRelease extends NewRelease {
  readonly id: string;
  readonly jws: string | null;
  readonly digest: string | null;
  readonly state: 'asked' | 'signed' | 'applied' | 'refused';
  readonly outcome: ReleaseOutcome | null;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
}

const WRITE = `
  INSERT INTO tidegate.release (id, link, act, subject, "values", requested_by, reason)
  VALUES ($7::uuid, $1, $2, $3, $4::jsonb, $5, $6)`;

/** Writes down what a user decided. Gives the id of the release to be. Nothing is allowed by it yet. */
export async function writeRelease(
  client: Queryable,
  { link, act, subject, values, requestedBy, reason }: NewRelease,
  id: string = randomUUID(),
): Promise<string> {
  await client.query(WRITE, [link, act, subject, values === null ? null : JSON.stringify(values), requestedBy, reason, id]);
  return id;
}

const READ = `
  SELECT id, link, act, subject, "values", requested_by AS "requestedBy", reason, jws, digest, state, outcome,
         error_code AS "errorCode", error_detail AS "errorDetail"
    FROM tidegate.release WHERE id = $1::uuid`;

/** The release with this id. Throws `release-not-accepted` where there is none. */
export async function requireRelease(client: Queryable, id: string): Promise<StoredRelease> {
  const row = await controlRow<StoredRelease>(client, READ, [id]);
  if (row === undefined) throw new TidegateError('release-not-accepted', 'There is no such release.', { release: id });
  return row;
}

/** Keeps the signed release beside what was asked. */
export async function storeSignedRelease(client: Queryable, claims: ReleaseClaims, jws: string, digest: string): Promise<void> {
  await client.query(
    `UPDATE tidegate.release SET jws = $2, digest = $3, state = 'signed', expires_at = to_timestamp($4::float8) WHERE id = $1::uuid AND state = 'asked'`,
    [claims.jti, jws, digest, claims.exp],
  );
}

const ACCEPT = `
  INSERT INTO tidegate.accepted_message (message_id, kind, link, digest, orders, expires_at)
  VALUES ($1::uuid, 'release', $2, $3, $4::jsonb, to_timestamp($5::float8)) ON CONFLICT (message_id) DO NOTHING`;

/** Records that a release was verified; only the verifier's role may. A repetition changes nothing. Throws `replayed-different`. */
export async function acceptRelease(client: Queryable, link: string, { jti, orders, exp }: ReleaseClaims, digest: string): Promise<void> {
  await client.query(ACCEPT, [jti, link, digest, JSON.stringify(orders.map(guardOrder)), exp]);
  const row = await controlRow<{ digest: string; kind: string }>(client, 'SELECT digest, kind FROM tidegate.accepted_message WHERE message_id = $1::uuid', [
    jti,
  ]);
  if (row?.digest !== digest || row.kind !== 'release') throw new TidegateError('replayed-different', undefined, { id: jti });
}

/** What the guard reads of an order: which records, or how many of those that get their keys here, or any of a window that was set down. */
function guardOrder({ collection, fields, operations, keys, localKeys }: ReleaseOrder): Readonly<Record<string, unknown>> {
  return { collection, fields, operations, ...(keys === null ? { any: true } : { localKeys, most: keys.length }) };
}

/** Digest under which a release was accepted; undefined where it was not. */
export async function acceptedReleaseDigest(client: Queryable, id: string): Promise<string | undefined> {
  const sql = `SELECT digest FROM tidegate.accepted_message WHERE message_id = $1::uuid AND kind = 'release' AND spent_at IS NULL`;
  return (await controlRow<{ digest: string }>(client, sql, [id]))?.digest;
}

/** What a release did, where it was spent. */
export async function releaseOutcome(client: Queryable, id: string): Promise<ReleaseOutcome | undefined> {
  return (await controlRow<{ outcome: ReleaseOutcome }>(client, 'SELECT outcome FROM tidegate.release_use WHERE release_id = $1::uuid', [id]))?.outcome;
}

/** How a release ends. */
export interface ReleaseEnd {
  readonly state: 'applied' | 'refused';
  readonly outcome: ReleaseOutcome | null;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
  readonly runId: string;
}

/** Ends a release for good: nothing can be written under it any more. Run it inside a transaction. */
export async function finishRelease(client: Queryable, id: string, { state, outcome, errorCode, errorDetail, runId }: ReleaseEnd): Promise<void> {
  await client.query(
    `UPDATE tidegate.release SET state = $2, outcome = $3, error_code = $4, error_detail = $5, run_id = $6, finished_at = now()
      WHERE id = $1::uuid AND state IN ('asked', 'signed')`,
    [id, state, outcome, errorCode, errorDetail, runId],
  );
  await client.query(`UPDATE tidegate.accepted_message SET spent_at = now() WHERE message_id = $1::uuid AND spent_at IS NULL`, [id]);
}
