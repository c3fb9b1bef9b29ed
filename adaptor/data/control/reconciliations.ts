import { randomUUID } from 'node:crypto';
import type { ErrorCode } from '../../../exchange/errors.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { DifferenceKind } from '../../../exchange/reconciliation.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { Comparison, Difference } from '../reconciliation/compare-collection.ts';

/** How a difference is repaired: `forward` (sent again), `reverse` (fields offered to the CRM), `offer` (the record), `delete` (rule 9). */
export type Repair = 'forward' | 'reverse' | 'offer' | 'delete';

/** Comparisons that are asked for together. */
export interface NewReconciliation {
  readonly link: string;
  readonly collections: readonly string[];
  readonly trigger: 'period' | 'user';
  readonly repair: boolean;
  /** Approval that extra records whose keys were once receipted are deleted at the cloud; needs somebody and a reason. */
  readonly deleteReceipted: boolean;
  readonly requestedBy: string | null;
  readonly reason: string | null;
}

/** A comparison of one collection as its row says; no values. */
export interface Reconciliation extends Omit<NewReconciliation, 'collections'> {
  readonly id: string;
  readonly requestId: string;
  readonly collection: string;
  readonly state: 'asked' | 'running' | 'completed' | 'failed';
  readonly errorCode: ErrorCode | null;
  readonly runId: string | null;
  readonly hash: string | null;
  readonly crmRecords: number | null;
  readonly cloudRecords: number | null;
  readonly questions: number | null;
  readonly wireBytes: number | null;
  /** Number of records that differ; null before it is known. */
  readonly differences: number | null;
  readonly kinds: Readonly<Partial<Record<DifferenceKind, number>>> | null;
  readonly waiting: Readonly<Record<string, number>> | null;
  readonly truncated: boolean;
  readonly repaired: number | null;
  readonly forwardRequest: string | null;
  readonly reverseRequest: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** A difference on record. */
export interface KeptDifference extends Difference {
  readonly id: number;
  readonly repair: readonly Repair[];
}

const COLUMNS = `r.id, r.request_id AS "requestId", r.link, r.collection, r.trigger, r.repair, r.delete_receipted AS "deleteReceipted",
  r.requested_by AS "requestedBy", r.reason, r.state, r.error_code AS "errorCode", r.run_id AS "runId", r.hash, r.crm_records AS "crmRecords",
  r.cloud_records AS "cloudRecords", r.questions, r.wire_bytes AS "wireBytes", r.differences, r.kinds, r.waiting, r.truncated, r.repaired,
  r.forward_request AS "forwardRequest", r.reverse_request AS "reverseRequest", r.created_at AS "createdAt", r.finished_at AS "finishedAt"`;

/** Writes down what is to be compared, a row a collection. Gives the id by which they belong together. */
export async function writeReconciliations(client: Queryable, asked: NewReconciliation): Promise<string> {
  const requestId = randomUUID();
  const { link, collections, trigger, repair, deleteReceipted, requestedBy, reason } = asked;
  await client.query(
    `INSERT INTO tidegate.reconciliation (request_id, link, collection, trigger, repair, delete_receipted, requested_by, reason)
     SELECT $1::uuid, $2, c, $4, $5, $6, $7, $8 FROM unnest($3::text[]) c`,
    [requestId, link, [...collections], trigger, repair, deleteReceipted, requestedBy, reason],
  );
  return requestId;
}

/** Comparisons that were asked for together, in the order of the given collections. */
export async function readRequested(client: Queryable, link: string, requestId: string): Promise<readonly Reconciliation[]> {
  return controlRows<Reconciliation>(
    client,
    `SELECT ${COLUMNS} FROM tidegate.reconciliation r WHERE r.link = $1 AND r.request_id = $2::uuid ORDER BY r.collection`,
    [link, requestId],
  );
}

/** The id of the comparisons that a run carries out; undefined where it has none yet. */
export async function readRequestOfRun(client: Queryable, link: string, runId: string): Promise<string | undefined> {
  const row = await controlRow<{ id: string }>(client, 'SELECT request_id AS id FROM tidegate.reconciliation WHERE link = $1 AND run_id = $2 LIMIT 1', [
    link,
    runId,
  ]);
  return row?.id;
}

/** One comparison. Throws `record-not-found`. */
export async function requireReconciliation(client: Queryable, link: string, id: string): Promise<Reconciliation> {
  const row = await controlRow<Reconciliation>(client, `SELECT ${COLUMNS} FROM tidegate.reconciliation r WHERE r.link = $1 AND r.id = $2::uuid`, [link, id]);
  if (row === undefined) throw new TidegateError('record-not-found', 'There is no such reconciliation.', { link, reconciliation: id });
  return row;
}

/** The last comparisons of a link: the newest of each collection, or all that are kept, newest first. */
export async function listReconciliations(client: Queryable, link: string, all = false): Promise<readonly Reconciliation[]> {
  const rows = `SELECT ${all ? '' : 'DISTINCT ON (r.collection)'} ${COLUMNS} FROM tidegate.reconciliation r WHERE r.link = $1 ORDER BY ${all ? '' : 'r.collection, '}r.created_at DESC`;
  return controlRows<Reconciliation>(client, rows, [link]);
}

/** Greatest number of differences that are read at a time. */
const MAX_READ = 10_000;

/** The differences that a comparison found, in the order of their keys. */
export async function readDifferences(client: Queryable, id: string, limit = MAX_READ, after = 0): Promise<readonly KeptDifference[]> {
  return controlRows<KeptDifference>(
    client,
    `SELECT id, key, local_key AS "localKey", kind, fields, receipted, offered, coalesce(repair, '{}') AS repair
       FROM tidegate.reconciliation_difference WHERE reconciliation_id = $1::uuid AND id > $3 ORDER BY id LIMIT $2`,
    [id, limit, after],
  );
}

/** Notes the run that carries comparisons out. */
export async function startReconciliations(client: Queryable, ids: readonly string[], runId: string): Promise<void> {
  await client.query(`UPDATE tidegate.reconciliation SET state = 'running', run_id = $2 WHERE id = ANY ($1::uuid[]) AND state IN ('asked', 'running')`, [
    ids,
    runId,
  ]);
}

/** Keeps what a comparison found, in place of what an earlier attempt of it did. */
export async function keepComparison(
  client: Queryable,
  id: string,
  comparison: Comparison,
  wire: { readonly questions: number; readonly bytes: number },
): Promise<void> {
  const { hash, crmRecords, cloudRecords, differences, waiting, truncated } = comparison;
  const kinds = Object.fromEntries([...Map.groupBy(differences, ({ kind }) => kind)].map(([kind, of]) => [kind, of.length]));
  await client.query('DELETE FROM tidegate.reconciliation_difference WHERE reconciliation_id = $1::uuid', [id]);
  await client.query(
    `INSERT INTO tidegate.reconciliation_difference (reconciliation_id, key, local_key, kind, fields, receipted, offered)
     SELECT $1::uuid, d.key, d."localKey", d.kind, d.fields, d.receipted, d.offered
       FROM jsonb_to_recordset($2::jsonb) d (key text[], "localKey" text[], kind text, fields text[], receipted boolean, offered boolean) ORDER BY d.kind, d.key`,
    [id, JSON.stringify(differences)],
  );
  await client.query(
    `UPDATE tidegate.reconciliation SET hash = $2, crm_records = $3, cloud_records = $4, questions = $5, wire_bytes = $6, differences = $7, kinds = $8::jsonb,
            waiting = $9::jsonb, truncated = $10 WHERE id = $1::uuid`,
    [id, hash, crmRecords, cloudRecords, wire.questions, wire.bytes, differences.length, JSON.stringify(kinds), JSON.stringify(waiting), truncated],
  );
}

/** Notes how differences are repaired, and the request rows that serve them. */
export async function keepRepairs(
  client: Queryable,
  id: string,
  repairs: ReadonlyMap<number, readonly Repair[]>,
  requests: { readonly forward: string | null; readonly reverse: string | null },
): Promise<void> {
  const rows = [...repairs].map(([difference, repair]) => ({ id: difference, repair }));
  await client.query(
    `UPDATE tidegate.reconciliation_difference d SET repair = r.repair FROM jsonb_to_recordset($2::jsonb) r (id int8, repair text[])
      WHERE d.reconciliation_id = $1::uuid AND d.id = r.id`,
    [id, JSON.stringify(rows)],
  );
  await client.query('UPDATE tidegate.reconciliation SET repaired = $2, forward_request = $3::uuid, reverse_request = $4::uuid WHERE id = $1::uuid', [
    id,
    repairs.size,
    requests.forward,
    requests.reverse,
  ]);
}

/** So many finished comparisons of a collection are kept; older ones go with their differences. */
const KEPT = 30;

/** Ends a comparison; with a code it failed. */
export async function finishReconciliation(client: Queryable, id: string, errorCode: ErrorCode | null): Promise<void> {
  const row = await controlRow<{ link: string; collection: string }>(
    client,
    `UPDATE tidegate.reconciliation SET state = $2, error_code = $3, finished_at = now() WHERE id = $1::uuid AND state IN ('asked', 'running') RETURNING link, collection`,
    [id, errorCode === null ? 'completed' : 'failed', errorCode],
  );
  if (row === undefined) return;
  await client.query(
    `DELETE FROM tidegate.reconciliation r USING (SELECT created_at FROM tidegate.reconciliation WHERE link = $1 AND collection = $2 ORDER BY created_at DESC OFFSET ${KEPT} LIMIT 1) old
      WHERE r.link = $1 AND r.collection = $2 AND r.created_at <= old.created_at AND r.state IN ('completed', 'failed')`,
    [row.link, row.collection],
  );
}
