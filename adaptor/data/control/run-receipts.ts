import type { Books } from '../../../exchange/books.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** What is kept of a receipted window or chunk: the signed bytes, and what the row says. */
export interface KeptReceipt extends Books {
  readonly collection: string;
  readonly direction: Direction;
  readonly ordinal: number;
  /** Null for a window or a load as a whole. */
  readonly chunk: number | null;
  readonly kind: 'load' | 'delta' | 'part' | 'chunk';
  readonly batchId: string;
  readonly digest: string | null;
  readonly manifest: string | null;
  readonly receipt: string | null;
  /** Ledger entries of the batch, at the CRM. */
  readonly entries: number;
  /** When the receipt came, or was signed. */
  readonly finishedAt: Date | null;
}

const READ = `
  SELECT w.collection, w.direction, w.ordinal, NULL::int AS chunk, w.kind, w.batch_id AS "batchId", w.digest, w.manifest, w.receipt, w.finished_at AS "finishedAt",
         w.offered, w.applied, w.unchanged, w.conflicted, w.quarantined, w.filtered,
         (SELECT count(*) FROM tidegate.ledger_entry e WHERE e.batch_id = w.batch_id) AS entries
    FROM tidegate.window w WHERE w.run_id = $1 AND w.direction = $2 AND w.state IN ('receipted', 'applied')
  UNION ALL
  SELECT c.collection, c.direction, c.ordinal, c.chunk, 'chunk', c.batch_id, c.digest, NULL, c.receipt, c.finished_at,
         c.offered, c.applied, c.unchanged, c.conflicted, c.quarantined, c.filtered, 0
    FROM tidegate.window w JOIN tidegate.window_chunk c USING (link, collection, direction, ordinal)
   WHERE w.run_id = $1 AND w.direction = $2 AND w.state IN ('receipted', 'applied')
   ORDER BY 1, 3, 4 NULLS FIRST`;

/** All receipts of a run's windows in one direction, with the chunks of loads, by collection and ordinal. */
export async function runReceipts(client: Queryable, runId: string, direction: Direction): Promise<readonly KeptReceipt[]> {
  return controlRows<KeptReceipt>(client, READ, [runId, direction]);
}
