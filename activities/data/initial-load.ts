import { setTimeout as sleep } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { useLoadAllowance } from '../../adaptor/data/control/approvals.ts';
import { chunkForm } from '../../adaptor/data/control/registrations.ts';
import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { prepareLoad } from '../../adaptor/data/extraction/load.ts';
import type { PreparedLoad } from '../../adaptor/data/extraction/prepared-window.ts';
import { sealRows } from '../../adaptor/data/sealing/seal-rows.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { confirmChunk, readChunks } from '../../adaptor/data/state/chunk.ts';
import { confirmReceipt } from '../../adaptor/data/state/receipts.ts';
import { markSent } from '../../adaptor/data/state/window.ts';
import type { Books } from '../../exchange/books.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, type LinkSetup, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';
import type { TokenReference } from '../transport/obtain-token.ts';
import { observed } from '../observe-window.ts';
import { checkReceipt } from './check-receipt.ts';
import { inParallel } from './in-parallel.ts';

/** Which collection is loaded. */
export interface InitialLoadInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
  readonly token: TokenReference;
  readonly collection: string;
}

/** What was loaded. */
export interface InitialLoadResult {
  readonly collection: string;
  readonly chunks: number;
  readonly books: Books;
}

type Context = Pick<ActivityContext, 'links' | 'consumer' | 'registry' | 'observeWindow' | 'hooks'>;

/** A chunk is sent so many times before the load is given up, to be begun anew by the next session. */
const MAX_ATTEMPTS = 6;

/**
 * Loads a collection from one exported snapshot: chunks by ranges of the table, several at a time, each with its own batch, receipt
 * and transaction; a signed manifest over all of them closes it. A lost connection repeats a chunk, not the load.
 */
export async function initialLoad(context: Context, { link, runId, epoch, collection }: InitialLoadInput): Promise<InitialLoadResult> {
  const setup = linkOf(context, link);
  const plan = await planOf(context.consumer, setup, collection);
  const told = { collection, chunks: 0, of: 0, rows: 0 };
  return beating(
    () => told,
    async (signal) => {
      const order = { plan, runId, chunkRows: setup.load.chunkRows, form: await chunkForm(context.consumer, plan) };
      await using load = await prepareLoad(context.consumer, { link: setup.name, epoch }, order);
      told.of = load.chunks.length;
      await inParallel(load.chunks, setup.load.streams, async ({ chunk, rows }) => {
        signal.throwIfAborted();
        await sendChunk(context, { setup, plan, load, epoch, chunk }, signal);
        told.chunks += 1;
        told.rows += rows;
      });
      const books = await closeLoad(context, { setup, plan, load, epoch });
      return { collection, chunks: load.chunks.length, books };
    },
  );
}

interface LoadPart {
  readonly setup: LinkSetup;
  readonly plan: CollectionPlan;
  readonly load: PreparedLoad;
  readonly epoch: number;
}

/** Sends a chunk, again after a lost connection. */
async function sendChunk(context: Context, part: LoadPart & { readonly chunk: number }, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sendChunkOnce(context, part);
      return;
    } catch (error) {
      if (!(error instanceof TidegateError) || !error.retryable) throw error;
      const wait = error.facts['retryAfterSeconds'];
      // Told to wait, it waits: that is no failed attempt.
      if (error.code === 'too-many-requests') attempt -= 1;
      else if (attempt >= MAX_ATTEMPTS) throw error;
      await sleep(typeof wait === 'number' ? wait * 1000 : 250 * 2 ** attempt, undefined, { signal });
    }
  }
}

async function sendChunkOnce(context: Context, { setup, plan, load, epoch, chunk }: LoadPart & { readonly chunk: number }): Promise<void> {
  const { ordinal, generation, toCursor, acknowledgedReverseOrdinal } = load;
  const collection = plan.definition.name;
  const opened = await load.openChunk(chunk);
  const { batchId, rows, filtered, form } = opened;
  const moved = { link: setup.name, collection, direction: 'forward', ordinal, chunk, batchId } as const;
  const send = async () => {
    let sent = '';
    const manifest = (digest: string): Promise<string> => {
      sent = digest;
      return issue(setup.signingKey, 'manifest', {
        ...identityOf(setup),
        collection,
        direction: 'forward',
        kind: 'chunk',
        ordinal,
        chunk,
        batchId,
        epoch,
        generation,
        schemaHash: plan.schemaHash,
        fromCursor: null,
        toCursor,
        rows,
        tombstones: 0,
        filtered,
        digest,
        acknowledgedReverseOrdinal,
        ...(form === 'csv' ? {} : { rowForm: form }),
      });
    };
    await context.hooks?.at('chunk-opened');
    const sealed = sealRows(opened.stream(), { pool: context.consumer, plan, cipher: setup.cipher, epoch, ordinal });
    const receiptJws = await setup.producer.sendChunk({ collection, ordinal, chunk, rows: sealed, form, manifest });
    const { claims } = await verify(receiptJws, 'receipt', { registry: context.registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
    // A chunk whose first answer was lost is answered with the receipt of its first batch: its bytes were the same.
    checkReceipt(claims, { collection, direction: 'forward', ordinal, chunk, batchId: claims.batchId ?? batchId, digest: sent, rows });
    await confirmChunk(context.consumer, { link: setup.name, collection, direction: 'forward', epoch, ordinal, chunk, receipt: claims, receiptJws });
    await context.hooks?.at('chunk-receipted');
    return { result: undefined, books: claims.books };
  };
  try {
    await observed(context, moved, send);
  } finally {
    await opened.close();
  }
}

/** Closes the load with a manifest over all chunk digests, in order. */
async function closeLoad(context: Context, { setup, plan, load, epoch }: LoadPart): Promise<Books> {
  const { ordinal, batchId, generation, toCursor, acknowledgedReverseOrdinal } = load;
  const collection = plan.definition.name;
  const channel = { link: setup.name, collection, direction: 'forward' } as const;
  const chunks = await readChunks(context.consumer, channel, ordinal);
  const digest = createHash('sha256')
    .update(chunks.map((chunk) => chunk.digest).join('\n'))
    .digest('base64url');
  const sum = (of: 'rows' | 'filtered'): number => load.chunks.reduce((total, chunk) => total + chunk[of], 0);
  const manifest = await issue(setup.signingKey, 'manifest', {
    ...identityOf(setup),
    collection,
    direction: 'forward',
    kind: 'load',
    ordinal,
    batchId,
    epoch,
    generation,
    schemaHash: plan.schemaHash,
    fromCursor: null,
    toCursor,
    rows: sum('rows'),
    tombstones: 0,
    filtered: sum('filtered'),
    digest,
    chunks: load.chunks.length,
    acknowledgedReverseOrdinal,
  });
  await markSent(context.consumer, channel, ordinal, { digest, manifest });
  const receiptJws = await setup.producer.closeLoad({ collection, ordinal, manifest });
  await context.hooks?.at('load-answered');
  const { claims } = await verify(receiptJws, 'receipt', { registry: context.registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
  checkReceipt(claims, { collection, direction: 'forward', ordinal, batchId, digest, rows: sum('rows') });
  await confirmReceipt(context.consumer, { ...channel, epoch, ordinal, receipt: claims, receiptJws });
  await useLoadAllowance(context.consumer, setup.name, collection);
  return claims.books;
}

function identityOf({ identity: { tenant, environment, link } }: LinkSetup) {
  return { tenant, environment, link };
}
