import { createHash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import type { Pool } from 'pg';
import { prepareLoad } from '../../adaptor/data/extraction/load.ts';
import type { PreparedWindow, WindowPhase } from '../../adaptor/data/extraction/prepared-window.ts';
import { withSnapshot } from '../../adaptor/data/extraction/snapshot.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { confirmChunk } from '../../adaptor/data/state/chunk.ts';
import { claimEpoch } from '../../adaptor/data/state/epoch.ts';
import { confirmReceipt } from '../../adaptor/data/state/receipts.ts';
import { markSent } from '../../adaptor/data/state/window.ts';
import type { Books } from '../../exchange/books.ts';
import { wireColumns } from '../../exchange/wire-row.ts';

/** A wire row by column; NULL is null, the empty string is ''. */
export type ReadRow = Readonly<Record<string, string | null>>;

/** All bytes of a stream. */
export async function bytesOf(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The rows of a window's stream, by an independent reader. */
export async function rowsOf(plan: CollectionPlan, stream: Readable): Promise<readonly ReadRow[]> {
  const rows: (string | null)[][] = parse(await bytesOf(stream), { cast: (value, { quoting }) => (value === '' && !quoting ? null : value) });
  return rows.map((row) => Object.fromEntries(wireColumns(plan.definition).map((column, i) => [column, row[i] ?? null])));
}

/** Books in which everything was applied. */
export const appliedBooks = (rows: number): Books => ({ offered: rows, applied: rows, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 });

/** A receipt for a window whose manifest is noted under this digest. */
export function receiptFor(plan: CollectionPlan, window: PreparedWindow, digest: string, messageId?: string) {
  const { collection, direction, ordinal, batchId, rows, toCursor } = window;
  const reverse = direction === 'reverse' ? { acceptedCursor: toCursor, messageId: messageId ?? '' } : {};
  return { ...plan.link, collection, direction, ordinal, batchId, digest, outcome: 'applied' as const, books: appliedBooks(rows), ...reverse };
}

/** Notes a window as sent and closes it with a receipt, as if the other side had applied all of it. */
export async function receive(pool: Pool, plan: CollectionPlan, window: PreparedWindow, epoch?: number, messageId?: string): Promise<void> {
  const digest = createHash('sha256').update(window.batchId).digest('base64url');
  const name = { link: plan.linkName, collection: window.collection, direction: window.direction };
  await markSent(pool, name, window.ordinal, { digest, manifest: 'manifest' });
  await confirmReceipt(pool, {
    ...name,
    ...(epoch === undefined ? {} : { epoch }),
    ordinal: window.ordinal,
    receipt: receiptFor(plan, window, digest, messageId),
    receiptJws: 'receipt',
  });
}

/** A sender under test: one collection, one epoch. */
export class Sender {
  readonly pool: Pool;
  readonly plan: CollectionPlan;
  readonly epoch: number;

  constructor(pool: Pool, plan: CollectionPlan, epoch: number) {
    this.pool = pool;
    this.plan = plan;
    this.epoch = epoch;
  }

  static async claim(pool: Pool, plan: CollectionPlan): Promise<Sender> {
    const { epoch } = await claimEpoch(pool, plan.linkName);
    return new Sender(pool, plan, epoch);
  }

  get fence() {
    return { link: this.plan.linkName, epoch: this.epoch };
  }

  /** Loads everything, and gives the rows; the load is receipted. */
  async load(chunkRows = 1000): Promise<readonly ReadRow[]> {
    await using load = await prepareLoad(this.pool, this.fence, { plan: this.plan, chunkRows });
    const name = { link: this.plan.linkName, collection: this.plan.definition.name, direction: 'forward' as const };
    const rows: ReadRow[] = [];
    const digest = createHash('sha256').update(randomUUID()).digest('base64url');
    for (const { chunk } of load.chunks) {
      const open = await load.openChunk(chunk);
      rows.push(...(await rowsOf(this.plan, open.stream())));
      await open.close();
      const receipt = { outcome: 'applied' as const, chunk, batchId: open.batchId, digest, books: appliedBooks(open.rows) };
      await confirmChunk(this.pool, { ...name, epoch: this.epoch, ordinal: load.ordinal, chunk, receipt, receiptJws: 'receipt' });
    }
    await markSent(this.pool, name, load.ordinal, { digest, manifest: 'manifest' });
    const { ordinal, batchId } = load;
    const receipt = {
      ...this.plan.link,
      collection: name.collection,
      direction: name.direction,
      ordinal,
      batchId,
      digest,
      outcome: 'applied' as const,
      books: appliedBooks(rows.length),
    };
    await confirmReceipt(this.pool, { ...name, epoch: this.epoch, ordinal, receipt, receiptJws: 'receipt' });
    return rows;
  }

  /** Prepares, reads and receipts the next window. Undefined where nothing has to go. */
  async send(phase: WindowPhase = 'all'): Promise<SentWindow | undefined> {
    return withSnapshot(this.pool, this.fence, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan: this.plan, phase });
      if (window === undefined) return undefined;
      const rows = await rowsOf(this.plan, window.stream());
      await receive(this.pool, this.plan, window, this.epoch);
      return { ...window, content: rows };
    });
  }
}

/** A window that was sent, with what stood in it. */
export type SentWindow = Omit<PreparedWindow, 'stream'> & { readonly content: readonly ReadRow[] };

/** A copy of a table as the other side would hold it, by key; tombstones take records away. */
export class Replica {
  readonly records = new Map<string, ReadRow>();
  readonly plan: CollectionPlan;

  constructor(plan: CollectionPlan) {
    this.plan = plan;
  }

  apply(rows: readonly ReadRow[]): void {
    for (const row of rows) {
      const key = this.plan.definition.key.map((name) => row[name]).join('|');
      const known = this.records.get(key);
      if (row['op'] === 'D') this.records.delete(key);
      else if (row['changed'] === '*' || known === undefined) this.records.set(key, this.#fields(row));
      else this.records.set(key, { ...known, ...Object.fromEntries((row['changed'] ?? '').split('|').map((name) => [name, row[name] ?? null])) });
    }
  }

  #fields(row: ReadRow): ReadRow {
    return Object.fromEntries(this.plan.definition.fields.map(({ name }) => [name, row[name] ?? null]));
  }
}
