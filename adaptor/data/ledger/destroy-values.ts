import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Whose values are destroyed, by whom and why. The reason stays in the chain for ever: no record content. */
export interface ValueDestruction {
  /** Numbers of ledger entries. */
  readonly entries: readonly number[];
  readonly by: string;
  readonly reason: string;
}

/**
 * Destroys values and salts of ledger entries for good, in the caller's transaction. That they existed, of which fields, when,
 * and by which order, stays and still verifies; what they were cannot even be guessed and tried, since the salt is gone with them. The
 * act becomes a batch of the chain. Answers how many entries had values; those that had none are not an error.
 *
 * For erasure (all entries of a record: `select id from tidegate.ledger_entry where collection = $1 and key = $2`) and for retention
 * (all entries older than a moment). It reaches neither backups nor the write-ahead log: what they keep goes with them.
 */
export async function destroyValues(client: Queryable, { entries, by, reason }: ValueDestruction): Promise<number> {
  if (entries.length === 0) return 0;
  const row = await controlRow<{ destroyed: number }>(client, 'select tidegate.destroy_ledger_values($1::bigint[], $2, $3) as destroyed', [
    entries,
    by,
    reason,
  ]);
  return row?.destroyed ?? 0;
}
