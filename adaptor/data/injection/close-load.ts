import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { EMPTY_BOOKS, addBooks, type Books } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRows } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { isNaming, offerUnconfirmed } from '../state/unconfirmed.ts';
import { checkFence, lockPlace, storedReceipt } from './channel-order.ts';
import { checkManifest } from './check-manifest.ts';
import type { InjectedWindow, SignReceipt } from './incoming-window.ts';
import { appliedReceipt } from './receipt-body.ts';
import { BOOKS_COLUMNS, writeAppliedWindow } from './write-window.ts';

/** The manifest over all chunks of an initial load. */
export interface LoadClosing {
  readonly plan: CollectionPlan;
  readonly ordinal: number;
  /** Verified claims of kind `load`, and the JWS that they came in. */
  readonly manifest: ManifestClaims;
  readonly jws: string;
  readonly signReceipt: SignReceipt;
  readonly runId?: string;
}

/**
 * Closes an initial load: all its chunks must be there, proved by the digest over theirs. The channel stands at `loaded` then.
 * Closed again with the same manifest, it answers with the stored receipt.
 * Throws `load-incomplete` (chunks are missing), `batch-refused` (other chunks, other counts), else as injectWindow.
 */
export async function closeLoad(pool: Pool, { plan, ordinal, manifest: claims, jws, signReceipt, runId }: LoadClosing): Promise<InjectedWindow> {
  checkManifest(claims, { plan, direction: 'forward', kind: 'load', ordinal });
  return inTransaction(pool, async (client) => {
    const place = await lockPlace(client, plan, 'forward', ordinal, 'update');
    checkFence(place, claims);
    const stored = storedReceipt(place, ordinal, claims.digest);
    if (stored !== undefined) return { receiptJws: stored, books: place.books, repeated: true };
    const books = await booksOfChunks(client, plan, claims);
    const unconfirmed = (await isNaming(client, plan)) ? await offerUnconfirmed(client, plan, claims.generation) : 0;
    const receiptJws = await signReceipt({ ...appliedReceipt(claims, books), ...(unconfirmed === 0 ? {} : { unconfirmed }) });
    await writeAppliedWindow(client, { plan, claims, manifestJws: jws, receiptJws, books, runId });
    return { receiptJws, books, repeated: false };
  });
}

/** The chunks' books together, after the chunks were compared with the manifest. */
async function booksOfChunks(client: PoolClient, plan: CollectionPlan, claims: ManifestClaims): Promise<Books> {
  const chunks = await controlRows<{ chunk: number; digest: string; books: Books }>(
    client,
    `select chunk, digest, ${BOOKS_COLUMNS} as books from tidegate.window_chunk
     where link = $1 and collection = $2 and direction = 'forward' and ordinal = $3 order by chunk`,
    [plan.linkName, claims.collection, claims.ordinal],
  );
  const facts = { collection: claims.collection, ordinal: claims.ordinal, chunks: claims.chunks ?? null, arrived: chunks.length };
  if (claims.chunks === undefined || chunks.length > claims.chunks)
    throw new TidegateError('batch-refused', 'Its chunks are not those of the manifest.', facts);
  if (chunks.length < claims.chunks) throw new TidegateError('load-incomplete', `${chunks.length} of ${claims.chunks} chunks have arrived.`, facts);
  const digest = createHash('sha256')
    .update(chunks.map((chunk) => chunk.digest).join('\n'))
    .digest('base64url');
  const books = chunks.map((chunk) => chunk.books).reduce(addBooks, EMPTY_BOOKS);
  const counted = books.offered - books.filtered === claims.rows && books.filtered === claims.filtered;
  if (digest !== claims.digest || !counted || chunks.some(({ chunk }, i) => chunk !== i))
    throw new TidegateError('batch-refused', 'Its chunks are not those of the manifest.', facts);
  return books;
}
