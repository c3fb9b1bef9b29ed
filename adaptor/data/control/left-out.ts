import type { ErrorCode } from '../../../exchange/errors.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import type { ChannelState } from '../state/channel.ts';

/** Collections that a run did not serve, each with the code that says why. */
export type LeftOut = Readonly<Record<string, ErrorCode>>;

/** A request row that waits, and what it still waits for. */
export interface OwedRequest {
  readonly id: string;
  readonly cause: string;
  /** Empty: all. */
  readonly collections: readonly string[];
}

/** What a row asks for: the collections that it names, those of its records; once a part was served, those whose load it waits for. */
const WANTED = `
  CASE WHEN r.left_out IS NULL
       THEN ARRAY(SELECT unnest(r.collections) UNION SELECT s.collection FROM jsonb_to_recordset(coalesce(r.records, '[]')) s(collection text))
       ELSE ARRAY(SELECT key FROM jsonb_each_text(r.left_out) WHERE value = 'load-incomplete') END`;

const OWED = `
  SELECT r.id, r.cause, ${WANTED} AS collections
    FROM tidegate.sync_request r WHERE r.link = $1 AND r.direction = 'reverse' AND r.state IN ('open', 'claimed') ORDER BY r.created_at, r.id`;

/** Reverse request rows of a link that are not finished, with what is still owed to each. */
export async function owedRequests(client: Queryable, link: string): Promise<readonly OwedRequest[]> {
  return controlRows<OwedRequest>(client, OWED, [link]);
}

// A period comes again by itself: its row does not wait for a load. What a row leaves out for other reasons stays in it.
const SETTLE = `
  WITH claimed AS (
    SELECT r.id, r.cause, r.left_out, cardinality(r.collections) > 0 OR r.records IS NOT NULL AS named, ${WANTED} AS wanted
      FROM tidegate.sync_request r WHERE r.id = ANY ($1::uuid[]) AND r.state = 'claimed'),
  left_out AS (
    SELECT c.id, c.named, jsonb_object_agg(l.key, l.value) AS codes, bool_or(l.value = 'load-incomplete' AND c.cause <> 'period') AS waits, min(l.value) AS code
      FROM claimed c
      JOIN LATERAL (SELECT key, value FROM jsonb_each_text($2::jsonb) WHERE key = ANY (c.wanted) OR cardinality(c.wanted) = 0
                    UNION ALL
                    SELECT key, value FROM jsonb_each_text(c.left_out) WHERE value <> 'load-incomplete') l ON true
     GROUP BY c.id, c.named)
  UPDATE tidegate.sync_request r
     SET left_out = l.codes,
         state = CASE WHEN l.waits THEN 'open' WHEN l.named OR NOT $3 THEN 'failed' ELSE 'done' END,
         error_code = CASE WHEN (l.named OR NOT $3) AND NOT l.waits THEN l.code END,
         finished_at = CASE WHEN l.waits THEN NULL ELSE now() END
    FROM claimed c LEFT JOIN left_out l USING (id) WHERE r.id = c.id`;

/**
 * Ends claimed rows that were served but for `leftOut`. A row that waits for a load is open again, and owed that collection
 * only; one that names a collection that was left out for another reason has failed, with the code, as has every row where
 * nothing at all was `served`; every other is done.
 */
export async function settleRequests(client: Queryable, ids: readonly string[], leftOut: LeftOut, served = true): Promise<void> {
  if (ids.length > 0) await client.query(SETTLE, [ids, JSON.stringify(leftOut), served]);
}

/** Why a collection whose forward channel is in this state is left out; undefined where it is open. */
export function leftOutCode(state: ChannelState | undefined): ErrorCode | undefined {
  if (state === 'open') return undefined;
  if (state === 'drifted') return 'schema-drifted';
  return state === 'stopped' ? 'collection-stopped' : 'load-incomplete';
}
