import type { Pool, PoolClient } from 'pg';
import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { isNaming } from '../state/unconfirmed.ts';
import { applyWindow } from './apply-window.ts';
import { checkFence, lockPlace } from './channel-order.ts';
import { checkManifest } from './check-manifest.ts';
import type { IncomingWindow, InjectedWindow } from './incoming-window.ts';
import { freshChunk, prepareFresh } from './fresh-chunk.ts';
import { openInjection } from './open-injection.ts';
import { resolveSql } from './identify-records.ts';
import { readSetAside } from './read-set-aside.ts';
import { appliedReceipt } from './receipt-body.ts';
import { receiverOf } from './receiver.ts';
import { nameSql } from './reload-records.ts';
import { inInjection } from './session.ts';
import { stageRows } from './stage.ts';
import { BOOKS_COLUMNS } from './write-window.ts';

/** A chunk of an initial load, as it was stored. */
interface StoredChunk {
  readonly batchId: string;
  readonly digest: string;
  readonly receipt: string;
  readonly books: Books;
}

/**
 * Applies a chunk of an initial load. Chunks arrive in any order and several at a time: they share the channel, and only
 * who moves it (a window, the closing, a settlement) waits for them. The first one makes the window's row.
 *
 * The same bytes again are answered with the stored receipt. Other bytes under the same batch are refused; under a batch of
 * their own they are the chunk sent once more (a table has no order of its own), and take the place of the first.
 */
export async function injectChunk(pool: Pool, window: IncomingWindow): Promise<InjectedWindow> {
  const { plan, direction, ordinal, chunk } = window;
  if (chunk === undefined) throw new TidegateError('batch-refused', 'A chunk has a number.');
  const inject = async (client: PoolClient): Promise<InjectedWindow> => {
    const open = await openInjection(client, { plan, direction, ordinal });
    const naming = await isNaming(client, plan);
    const fresh = naming ? undefined : await freshChunk(pool, client, { plan, ordinal, open });
    await stageRows(client, plan, window.rows, { form: window.form, table: fresh?.table });
    const { claims } = await window.manifest();
    checkManifest(claims, { plan, direction, kind: 'chunk', ordinal, chunk });
    const place = await lockPlace(client, plan, direction, ordinal, 'share');
    checkFence(place, claims);
    const stored = await readChunk(client, window, chunk);
    if (stored?.digest === claims.digest) return repeated(stored);
    if (stored?.batchId === claims.batchId) throw new TidegateError('batch-refused', 'This chunk was applied with other content.', { ordinal, chunk });
    if (place.state === 'void') throw new TidegateError('ordinal-void', undefined, { ordinal });
    if (ordinal !== place.last + 1 || (place.kind !== null && place.kind !== 'load'))
      throw new TidegateError('ordinal-out-of-order', undefined, { ordinal, last: place.last });
    const staged = { plan, direction, claims, open, order: undefined, runId: window.runId };
    const books = (await fresh?.add(claims)) ?? (await applyWindow(pool, client, staged));
    const receiptJws = await window.signReceipt(appliedReceipt(claims, books, await readSetAside(client, plan, claims, books, open.waiting)));
    const written = await writeChunk(client, plan, claims, receiptJws, books, window.runId);
    if (!written) throw OVERTAKEN;
    if (naming) await nameRecords(pool, client, plan, claims, open.stamp);
    return { receiptJws, books, repeated: false };
  };
  const done = await inInjection(pool, plan, inject, (client) => prepareFresh(client, plan)).catch((error: unknown) => {
    if (error === OVERTAKEN) return undefined;
    throw error;
  });
  if (done !== undefined) return done;
  // The same chunk was applied by another request meanwhile; this one's work is rolled back.
  return inTransaction(pool, async (client) => {
    const stored = await readChunk(client, window, chunk);
    if (stored === undefined) throw new TidegateError('ordinal-out-of-order', undefined, { ordinal });
    return repeated(stored);
  });
}

/** A new load tells at its end which of the cloud's records it does not name. */
async function nameRecords(pool: Pool, client: PoolClient, plan: CollectionPlan, claims: ManifestClaims, stamp: string): Promise<void> {
  const receiver = await receiverOf(pool, client, plan, stamp);
  // Records that were linked just now have a key to be named by.
  if (receiver.linked) await client.query(resolveSql(receiver), [1, 1, Number.MAX_SAFE_INTEGER]);
  await client.query(nameSql(receiver), [claims.ordinal, claims.chunk]);
}

const OVERTAKEN = new Error('The chunk was applied by another request.');

function repeated({ receipt, books }: StoredChunk): InjectedWindow {
  return { receiptJws: receipt, books, repeated: true };
}

async function readChunk(client: PoolClient, { plan, direction, ordinal }: IncomingWindow, chunk: number): Promise<StoredChunk | undefined> {
  return controlRow<StoredChunk>(
    client,
    `select batch_id as "batchId", digest, receipt, ${BOOKS_COLUMNS} as books from tidegate.window_chunk
     where link = $1 and collection = $2 and direction = $3 and ordinal = $4 and chunk = $5`,
    [plan.linkName, plan.definition.name, direction, ordinal, chunk],
  );
}

/** Writes the chunk, and the row of its load where it is the first; false where the same bytes were applied meanwhile. */
async function writeChunk(
  client: PoolClient,
  plan: CollectionPlan,
  claims: ManifestClaims,
  receipt: string,
  books: Books,
  runId: string | undefined,
): Promise<boolean> {
  const channel = [plan.linkName, claims.collection, claims.direction, claims.ordinal];
  await client.query(
    `insert into tidegate."window" (link, collection, direction, ordinal, generation, kind, batch_id, run_id, state)
     values ($1, $2, $3, $4, $5, 'load', $6, $7, 'prepared') on conflict do nothing`,
    [...channel, claims.generation, claims.batchId, runId ?? null],
  );
  const { rowCount } = await client.query(
    `insert into tidegate.window_chunk as k (link, collection, direction, ordinal, chunk, batch_id, digest, receipt, offered, applied, unchanged, conflicted, quarantined, filtered)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (link, collection, direction, ordinal, chunk) do update
       set batch_id = excluded.batch_id, digest = excluded.digest, receipt = excluded.receipt, offered = excluded.offered, applied = excluded.applied,
           unchanged = excluded.unchanged, conflicted = excluded.conflicted, quarantined = excluded.quarantined, filtered = excluded.filtered, finished_at = now()
       where k.digest <> excluded.digest`,
    [
      ...channel,
      claims.chunk,
      claims.batchId,
      claims.digest,
      receipt,
      books.offered,
      books.applied,
      books.unchanged,
      books.conflicted,
      books.quarantined,
      books.filtered,
    ],
  );
  return rowCount === 1;
}
