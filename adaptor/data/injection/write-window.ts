import { DatabaseError, type PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { CollectionPlan } from '../plan.ts';
import { runPrepared } from '../prepared.ts';

/** A window that was applied, as its receiver writes it down. */
export interface AppliedWindow {
  readonly plan: CollectionPlan;
  readonly claims: ManifestClaims;
  readonly manifestJws: string;
  readonly receiptJws: string;
  readonly books: Books;
  readonly runId: string | undefined;
}

/** The counts of a window or chunk as one JSON value, as SQL. */
export const BOOKS_COLUMNS = `json_build_object('offered', offered, 'applied', applied, 'unchanged', unchanged,
  'conflicted', conflicted, 'quarantined', quarantined, 'filtered', filtered)`;

const DIVISION_BY_ZERO = '22012';

/** Where a channel stands after a window. The first delta after a load opens it; a `part` moves no cursor. */
const CHANNEL_STATE = `case when $6 = 'load' then 'loaded' when $6 = 'delta' then 'open' else c.state end`;

/**
 * Writes the window and moves its channel, in the transaction that applied it. A load takes the row that its chunks made. Where nothing
 * is written the statement itself fails, so that a COMMIT that was sent behind it rolls back. Throws `ordinal-out-of-order` then.
 */
export async function writeAppliedWindow(client: PoolClient, { plan, claims, manifestJws, receiptJws, books, runId }: AppliedWindow): Promise<void> {
  const writing = runPrepared(
    client,
    `with written as (
       insert into tidegate."window" as w (link, collection, direction, ordinal, generation, kind, batch_id, run_id, message_id, state, applied_xid,
         digest, manifest, receipt, offered, applied, unchanged, conflicted, quarantined, filtered, tombstones, last, started_at, finished_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'applied', pg_current_xact_id(),
         $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, now(), clock_timestamp())
       on conflict (link, collection, direction, ordinal) do update set
         generation = excluded.generation, batch_id = excluded.batch_id, run_id = coalesce(excluded.run_id, w.run_id), state = 'applied',
         applied_xid = excluded.applied_xid, digest = excluded.digest, manifest = excluded.manifest, receipt = excluded.receipt,
         offered = excluded.offered, applied = excluded.applied, unchanged = excluded.unchanged, conflicted = excluded.conflicted,
         quarantined = excluded.quarantined, filtered = excluded.filtered, tombstones = excluded.tombstones, finished_at = excluded.finished_at
         where w.kind = 'load' and excluded.kind = 'load' and w.state = 'prepared'
       returning w.started_at
     ), moved as (
     update tidegate.channel c set ordinal = $4, peer_cursor = $21, state = ${CHANNEL_STATE}, state_code = null, state_reason = null, schema_hash = $22,
       proven_at = case when $6 = 'part' then c.proven_at else written.started_at end
     from written where c.link = $1 and c.collection = $2 and c.direction = $3 returning 1)
     select 1 / count(*) from moved`,
    [
      plan.linkName,
      claims.collection,
      claims.direction,
      claims.ordinal,
      claims.generation,
      claims.kind,
      claims.batchId,
      runId ?? null,
      claims.messageId ?? null,
      claims.digest,
      manifestJws,
      receiptJws,
      books.offered,
      books.applied,
      books.unchanged,
      books.conflicted,
      books.quarantined,
      books.filtered,
      claims.tombstones,
      claims.last ?? true,
      claims.toCursor,
      claims.schemaHash,
    ],
  );
  try {
    await writing;
  } catch (error) {
    // An initial load is open under this ordinal.
    if (error instanceof DatabaseError && error.code === DIVISION_BY_ZERO)
      throw new TidegateError('ordinal-out-of-order', undefined, { ordinal: claims.ordinal });
    throw error;
  }
}
