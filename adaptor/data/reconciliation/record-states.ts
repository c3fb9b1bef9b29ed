import type { CloudRecordState } from '../../../exchange/reconciliation.ts';
import { controlRows } from '../control-rows.ts';
import { membership, typedKey } from '../extraction/collection-sql.ts';
import type { CollectionPlan } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal } from '../quoting.ts';
import { type Canonical, fieldHashes, recordsSql } from './canonical-records.ts';

/** How a record stands at the CRM. */
export interface CrmRecordState {
  readonly place: CloudRecordState['place'];
  readonly hashes: readonly (string | null)[];
  /** Its key in the CRM's table; null where the CRM has none for it. */
  readonly localKey: readonly string[] | null;
  /** A change of it is not covered by a receipt of the cloud. */
  readonly inFlight: boolean;
  /** It waits for somebody: set aside on either side, or a conflict that is to be reviewed. */
  readonly waits: boolean;
  /** The last that the CRM's log tells of it as a whole is that it was deleted. */
  readonly deleted: boolean;
  /** Proof that the key was once receipted: the log covered by a receipt, the ledger, or the pair of keys. */
  readonly receipted: boolean;
  /** Text of the `pg_snapshot` in which this was read. */
  readonly snapshot: string;
}

/** Rows of the log of the key `k`; $2 is the source of the log. */
const logRows = (plan: CollectionPlan): string => `tidegate.change_log l WHERE l.source = $2::int AND l.key = ${logKeyOf(plan)}`;

/** The key of `k` in the change log, as SQL. */
function logKeyOf({ binding, link }: CollectionPlan): string {
  return binding.tenantColumn === undefined ? 'k.local' : `(ARRAY[${literal(link.tenant)}] || k.local)`;
}

/** Wire keys of $1 (JSON) as rows `k` with their place and their key in this store. */
export function namedKeys(plan: CollectionPlan): string {
  const local =
    plan.binding.identity.kind === 'shared'
      ? 'a.key'
      : `(SELECT r.local_key FROM tidegate.record_link r WHERE r.link = ${literal(plan.linkName)} AND r.collection = ${literal(plan.definition.name)} AND r.wire_key = a.key)`;
  return `(SELECT a.n, a.key, ${local} AS local
      FROM (SELECT n::int, ARRAY(SELECT jsonb_array_elements_text(e)) AS key FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY j (e, n)) a) k`;
}

/** The record of `k` in the table, as \`r\`: whether it is inside the collection, and its hashes. */
function recordOf(canonical: Canonical): string {
  const { plan, shape } = canonical;
  const conditions = typedKey(plan, shape).map(({ column, type }, i) => `t.${ident(column)} = (k.local)[${i + 1}]::${type}`);
  return `LATERAL (SELECT ${membership(plan) ?? 'true'} AS inside, ${fieldHashes(canonical)} AS hashes FROM ${recordsSql(plan, false)} WHERE ${conditions.join(' AND ')}) r ON true`;
}

const PLACE = `CASE WHEN r.inside IS NULL THEN 'absent' WHEN r.inside THEN 'present' ELSE 'outside' END AS place,
         CASE WHEN r.inside THEN r.hashes ELSE '{}' END AS hashes`;

const lastIsDelete = (plan: CollectionPlan, users: string): string =>
  `coalesce((SELECT l.op = 'D'${users} FROM ${logRows(plan)} AND l.op IN ('I', 'U', 'D') ORDER BY l.id DESC LIMIT 1), false)`;

/** How records stand at the cloud, in the order of the keys. `cursor`: snapshot of what the CRM has receipted; null before. */
export async function readCloudStates(
  client: Queryable,
  canonical: Canonical,
  at: { readonly source: number; readonly cursor: string | null },
  keys: readonly (readonly string[])[],
): Promise<readonly CloudRecordState[]> {
  const { plan } = canonical;
  const pending = `${logRows(plan)} AND l.op <> 'T' AND (l.origin IS NULL OR l.op = 'R' AND l.origin = $4) AND NOT coalesce(pg_visible_in_snapshot(l.xid, $3::pg_snapshot), false)`;
  return controlRows<CloudRecordState>(
    client,
    `SELECT ${PLACE},
         EXISTS (SELECT FROM ${pending} AND ${BY_USERS}) AS pending,
         EXISTS (SELECT FROM ${pending} AND NOT (${BY_USERS})) AS offered,
         EXISTS (SELECT FROM tidegate.quarantine q WHERE q.link = $4 AND q.collection = $5 AND q.direction = 'forward' AND q.state = 'waiting' AND q.key = k.key) AS "setAside",
         ${lastIsDelete(plan, ' AND l.origin IS NULL')} AS deleted
    FROM ${namedKeys(plan)} LEFT JOIN ${recordOf(canonical)} ORDER BY k.n`,
    [JSON.stringify(keys), at.source, at.cursor, plan.linkName, plan.definition.name],
  );
}

/** Whether a log row \`l\` of the cloud tells of what users did; offers are written without what their statement saw. */
export const BY_USERS = `(l.op <> 'R' AND (l.op <> 'I' OR l.seen IS NOT NULL))`;

/** How records stand at the CRM, in the order of the keys. `cursor`: snapshot of what the cloud has receipted. */
export async function readCrmStates(
  client: Queryable,
  canonical: Canonical,
  at: { readonly source: number; readonly cursor: string | null },
  keys: readonly (readonly string[])[],
): Promise<readonly CrmRecordState[]> {
  const { plan } = canonical;
  const covered = `coalesce(pg_visible_in_snapshot(l.xid, $3::pg_snapshot), false)`;
  const waiting = (table: string, state: string): string =>
    `EXISTS (SELECT FROM tidegate.${table} q WHERE q.link = $4 AND q.collection = $5 AND q.key = k.key AND ${state})`;
  return controlRows<CrmRecordState>(
    client,
    `SELECT ${PLACE}, k.local AS "localKey", pg_current_snapshot()::text AS snapshot,
         EXISTS (SELECT FROM ${logRows(plan)} AND l.op <> 'T' AND (l.op = 'R' OR l.origin IS DISTINCT FROM $4) AND NOT ${covered}) AS "inFlight",
         ${waiting('quarantine', `q.state = 'waiting'`)} OR ${waiting('conflict', `q.outcome = 'review'`)} AS waits,
         ${lastIsDelete(plan, '')} AS deleted,
         EXISTS (SELECT FROM ${logRows(plan)} AND l.op IN ('I', 'U', 'D') AND ${covered})
           OR ${waiting('ledger_entry', 'true')} OR ${plan.binding.identity.kind === 'linked' ? 'k.local IS NOT NULL' : 'false'} AS receipted
    FROM ${namedKeys(plan)} LEFT JOIN ${recordOf(canonical)} ORDER BY k.n`,
    [JSON.stringify(keys), at.source, at.cursor, plan.linkName, plan.definition.name],
  );
}

/** Which of the keys changed after they were read: their places (from 0). */
export async function findMoved(
  client: Queryable,
  plan: CollectionPlan,
  source: number,
  read: readonly { readonly key: readonly string[]; readonly snapshot: string }[],
): Promise<ReadonlySet<number>> {
  const [first] = read;
  if (first === undefined) return new Set();
  const rows = await controlRows<{ n: number }>(
    client,
    `SELECT k.n FROM ${namedKeys(plan)} WHERE EXISTS (SELECT FROM ${logRows(plan)} AND NOT pg_visible_in_snapshot(l.xid, $3::pg_snapshot))`,
    [JSON.stringify(read.map(({ key }) => key)), source, first.snapshot],
  );
  return new Set(rows.map(({ n }) => n - 1));
}
