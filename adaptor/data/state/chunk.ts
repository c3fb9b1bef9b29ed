import type { Pool } from 'pg';
import { type Books, imbalance } from '../../../exchange/books.ts';
import type { ReceiptClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRows } from '../control-rows.ts';
import { type Queryable, inTransaction } from '../pool.ts';
import type { ChannelName } from './channel.ts';
import { assertEpoch } from './epoch.ts';
import { keepSetAside } from './set-aside.ts';
import { readWindow } from './window.ts';

/** A receipted chunk of an initial load. */
export interface ChunkRow extends Books {
  readonly chunk: number;
  readonly batchId: string;
  readonly digest: string;
  readonly receipt: string;
}

/** The verified receipt of a chunk. */
export interface ChunkReceipt extends ChannelName {
  readonly epoch: number;
  readonly ordinal: number;
  readonly chunk: number;
  readonly receipt: Pick<ReceiptClaims, 'batchId' | 'digest' | 'books' | 'chunk' | 'outcome' | 'setAside'>;
  readonly receiptJws: string;
}

/** Keeps the receipt of a chunk; a chunk that was sent again replaces its first receipt. Throws `epoch-stale`, `books-unbalanced`, `batch-refused`. */
export async function confirmChunk(pool: Pool, { link, collection, direction, epoch, ordinal, chunk, receipt, receiptJws }: ChunkReceipt): Promise<void> {
  const { batchId, digest, books, outcome } = receipt;
  const facts = { collection, ordinal, chunk };
  if (outcome !== 'applied' || receipt.chunk !== chunk || batchId === undefined || digest === undefined)
    throw new TidegateError('batch-refused', 'The receipt is for something else.', facts);
  if (imbalance(books) !== 0) throw new TidegateError('books-unbalanced', undefined, facts);
  await inTransaction(pool, async (client) => {
    await assertEpoch(client, { link, epoch });
    await client.query(
      `INSERT INTO tidegate.window_chunk (link, collection, direction, ordinal, chunk, batch_id, digest, receipt, offered, applied, unchanged, conflicted, quarantined, filtered)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
       ON CONFLICT (link, collection, direction, ordinal, chunk) DO UPDATE
         SET batch_id = excluded.batch_id, digest = excluded.digest, receipt = excluded.receipt, offered = excluded.offered, applied = excluded.applied,
             unchanged = excluded.unchanged, conflicted = excluded.conflicted, quarantined = excluded.quarantined, filtered = excluded.filtered, finished_at = now()`,
      [
        link,
        collection,
        direction,
        ordinal,
        chunk,
        batchId,
        digest,
        receiptJws,
        books.offered,
        books.applied,
        books.unchanged,
        books.conflicted,
        books.quarantined,
        books.filtered,
      ],
    );
    const load = await readWindow(client, { link, collection, direction }, ordinal);
    await keepSetAside(client, { link, collection, ordinal, batchId, runId: load?.runId ?? null }, receipt.setAside);
  });
}

/** Receipted chunks of a load, in order: their digests make the load's digest. */
export async function readChunks(client: Queryable, { link, collection, direction }: ChannelName, ordinal: number): Promise<readonly ChunkRow[]> {
  return controlRows<ChunkRow>(
    client,
    `SELECT chunk, batch_id AS "batchId", digest, receipt, offered, applied, unchanged, conflicted, quarantined, filtered FROM tidegate.window_chunk
      WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal = $4 ORDER BY chunk`,
    [link, collection, direction, ordinal],
  );
}
