import { randomUUID } from 'node:crypto';
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { prepareLoad } from '../../adaptor/data/extraction/load.ts';
import type { PreparedWindow, WindowPhase } from '../../adaptor/data/extraction/prepared-window.ts';
import { withReverseWindow } from '../../adaptor/data/extraction/reverse-answer.ts';
import { withSnapshot } from '../../adaptor/data/extraction/snapshot.ts';
import { closeLoad } from '../../adaptor/data/injection/close-load.ts';
import type { IncomingWindow, InjectedWindow, ReceiptBody } from '../../adaptor/data/injection/incoming-window.ts';
import { injectWindow } from '../../adaptor/data/injection/inject-window.ts';
import { settleWindow } from '../../adaptor/data/injection/settle-window.ts';
import { confirmReceipt } from '../../adaptor/data/state/receipts.ts';
import { markSent } from '../../adaptor/data/state/window.ts';
import { openRows } from '../../adaptor/data/sealing/open-rows.ts';
import { sealRows } from '../../adaptor/data/sealing/seal-rows.ts';
import { requireChannel } from '../../adaptor/data/state/channel.ts';
import type { ValueCipher } from '../../exchange/sealed.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { ManifestClaims, ReverseOrder } from '../../exchange/claims.ts';
import type { Direction } from '../../exchange/names.ts';
import { sealedFields } from '../../exchange/collection.ts';
import type { RowForm } from '../../exchange/wire-row.ts';
import { orderFor, signAsText } from './hand-made-window.ts';
import type { TwoStores } from './two-stores.ts';

/** A window on its way: read from its store, not yet written into the other. */
export interface WindowInFlight {
  readonly plans: { readonly crm: CollectionPlan; readonly cloud: CollectionPlan };
  readonly direction: Direction;
  readonly bytes: Buffer;
  readonly claims: ManifestClaims;
  readonly message?: { readonly id: string; readonly order: ReverseOrder };
  /** Reverse: what of the forward windows was receipted when it was read. */
  readonly receiptedOrdinal?: number;
}

const EPOCH = 1;

/** Steps of synchronisation over real stores, without a network: each can be taken apart from the next. */
export class DataCycle {
  readonly #stores: TwoStores;
  readonly #cipher: ValueCipher | undefined;

  constructor(stores: TwoStores, { cipher }: { readonly cipher?: ValueCipher } = {}) {
    this.#stores = stores;
    this.#cipher = cipher;
  }

  /** Loads a collection in chunks. */
  async load(at = 0, chunkRows = 1000): Promise<void> {
    const { crm, cloud } = this.#stores;
    const plans = this.#plans(at);
    await using load = await prepareLoad(crm.consumer, { link: plans.crm.linkName, epoch: EPOCH }, { plan: plans.crm, chunkRows, form: this.#form(plans.crm) });
    const digests: string[] = [];
    for (const { chunk } of load.chunks) {
      const opened = await load.openChunk(chunk);
      const bytes = await readAll(this.#sealed(plans.crm, load.ordinal, opened.stream()));
      await opened.close();
      const claims = manifestOf(plans.crm, bytes, {
        ...opened,
        ...load,
        batchId: opened.batchId,
        rows: opened.rows,
        filtered: opened.filtered,
        kind: 'chunk',
        chunk,
        direction: 'forward',
        tombstones: 0,
        fromCursor: null,
      });
      digests.push(claims.digest);
      await injectWindow(cloud.producer, { ...incoming({ plans, direction: 'forward', bytes, claims }), form: opened.form });
    }
    const rows = load.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    const filtered = load.chunks.reduce((sum, chunk) => sum + chunk.filtered, 0);
    const { digest, ...rest } = manifestOf(plans.crm, Buffer.alloc(0), {
      ...load,
      rows,
      filtered,
      kind: 'load',
      direction: 'forward',
      tombstones: 0,
      fromCursor: null,
    });
    const manifest = { ...rest, digest: digests.length === 0 ? digest : sha256(digests.join('\n')), chunks: digests.length };
    await markSent(crm.consumer, channelOf(plans.crm, 'forward'), load.ordinal, { digest: manifest.digest, manifest: 'test' });
    const closed = await closeLoad(cloud.producer, { plan: plans.cloud, ordinal: load.ordinal, manifest, jws: 'test', signReceipt: signAsText });
    await this.#confirm('forward', plans.crm, closed);
  }

  /** Reads a forward window; undefined where there is nothing to send. */
  async readForward(at = 0, phase: WindowPhase = 'all'): Promise<WindowInFlight | undefined> {
    const plans = this.#plans(at);
    const { consumer } = this.#stores.crm;
    return withSnapshot(consumer, { link: plans.crm.linkName, epoch: EPOCH }, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan: plans.crm, direction: 'forward', phase } as never);
      return window && this.#take(plans, 'forward', window);
    });
  }

  /** Reads a reverse window under a message that the CRM accepts; undefined where there is nothing to bring in. */
  async readReverse(at = 0, changed: Partial<ReverseOrder> = {}): Promise<WindowInFlight | undefined> {
    const plans = this.#plans(at);
    const { crm, cloud } = this.#stores;
    const channel = await controlRow<{ ordinal: number; cursor: string | null }>(
      crm.admin,
      `select ordinal, peer_cursor as cursor from tidegate.channel where link = $1 and collection = $2 and direction = 'reverse'`,
      [plans.crm.linkName, plans.crm.definition.name],
    );
    const order = orderFor(plans.crm, { afterOrdinal: channel?.ordinal ?? 0, cursor: channel?.cursor ?? null, ...changed });
    const id = await this.#stores.accept([order]);
    return withReverseWindow(cloud.producer, { link: plans.cloud.linkName }, { plan: plans.cloud, messageId: id, order } as never, async (window) => {
      return window && this.#take(plans, 'reverse', window, { id, order });
    });
  }

  /** Writes a window into the store that it was sent to; `runId`: the run that the CRM's ledger names. */
  async deliver(window: WindowInFlight, runId?: string): Promise<InjectedWindow> {
    if (window.direction === 'forward') return injectWindow(this.#stores.cloud.producer, incoming(window));
    const { crm } = this.#stores;
    const came = incoming(window);
    const opening = { pool: crm.consumer, plan: window.plans.crm, cipher: this.#cipher, receiptedOrdinal: window.receiptedOrdinal ?? 0 };
    return injectWindow(crm.reverse, { ...came, ...(runId !== undefined && { runId }), rows: openRows(came.rows, opening) });
  }

  /** As the product does where the cloud takes both forms. */
  #form({ definition }: CollectionPlan): RowForm {
    return sealedFields(definition).length === 0 ? 'binary' : 'csv';
  }

  #sealed(plan: CollectionPlan, ordinal: number, rows: Readable): Readable {
    return sealRows(rows, { pool: this.#stores.crm.consumer, plan, cipher: this.#cipher, epoch: EPOCH, ordinal });
  }

  /** Brings the receipt back to the sender. */
  async confirm(window: WindowInFlight, injected: InjectedWindow): Promise<void> {
    await this.#confirm(window.direction, window.direction === 'forward' ? window.plans.crm : window.plans.cloud, injected);
  }

  /** Settles a forward window whose answer was lost: its receipt, or its number made void, comes back to the CRM. */
  async settle(window: WindowInFlight): Promise<void> {
    const { ordinal, epoch } = window.claims;
    const receiptJws = await settleWindow(this.#stores.cloud.producer, { plan: window.plans.cloud, ordinal, epoch, signReceipt: signAsText });
    await this.#confirm('forward', window.plans.crm, { receiptJws });
  }

  /** A whole forward cycle of a collection; answers the number of records sent. */
  async forward(at = 0): Promise<number> {
    return this.#whole(await this.readForward(at));
  }

  /** Whole reverse cycles of a collection until nothing is left; answers the number of records that came. */
  async reverse(at = 0): Promise<number> {
    let records = 0;
    for (;;) {
      const window = await this.readReverse(at);
      if (window === undefined) return records;
      records += await this.#whole(window);
    }
  }

  /** Runs cycles of all collections until one of them moves nothing; answers how many did. */
  async quiesce(limit = 12): Promise<number> {
    for (let cycle = 0; cycle < limit; cycle++) {
      let moved = 0;
      for (let at = 0; at < this.#stores.plans.length; at++) moved += (await this.forward(at)) + (await this.reverse(at));
      if (moved === 0) return cycle;
    }
    throw new Error(`still moving after ${limit} cycles`);
  }

  async #whole(window: WindowInFlight | undefined): Promise<number> {
    if (window === undefined) return 0;
    await this.confirm(window, await this.deliver(window));
    return window.claims.rows;
  }

  async #take(plans: WindowInFlight['plans'], direction: Direction, window: PreparedWindow, message?: WindowInFlight['message']): Promise<WindowInFlight> {
    const sender = direction === 'forward' ? plans.crm : plans.cloud;
    const bytes = await readAll(direction === 'forward' ? this.#sealed(sender, window.ordinal, window.stream()) : window.stream());
    const claims = manifestOf(sender, bytes, { ...window, direction, ...(message === undefined ? {} : { messageId: message.id, last: !window.hasLater }) });
    const pool = direction === 'forward' ? this.#stores.crm.consumer : this.#stores.cloud.producer;
    await markSent(pool, channelOf(sender, direction), window.ordinal, { digest: claims.digest, manifest: 'test' });
    if (message === undefined) return { plans, direction, bytes, claims };
    const { ordinal } = await requireChannel(this.#stores.crm.consumer, channelOf(plans.crm, 'forward'));
    return { plans, direction, bytes, claims, message, receiptedOrdinal: ordinal };
  }

  async #confirm(direction: Direction, plan: CollectionPlan, { receiptJws }: Pick<InjectedWindow, 'receiptJws'>): Promise<void> {
    const receipt = JSON.parse(receiptJws) as ReceiptBody;
    const fence = direction === 'forward' ? { epoch: EPOCH } : {};
    const pool = direction === 'forward' ? this.#stores.crm.consumer : this.#stores.cloud.producer;
    await confirmReceipt(pool, { ...channelOf(plan, direction), ...fence, ordinal: receipt.ordinal, receipt, receiptJws });
  }

  #plans(at: number): WindowInFlight['plans'] {
    const plans = this.#stores.plans[at];
    if (plans === undefined) throw new Error(`there is no collection ${at}`);
    return plans;
  }
}

/** Books of all windows that a store applied, for checks of the whole. */
export async function appliedBooks(stores: TwoStores): Promise<readonly { offered: number; told: number }[]> {
  const sql = `select offered, applied + unchanged + conflicted + quarantined + filtered as told from tidegate."window" where state = 'applied'`;
  return [
    ...(await controlRows<{ offered: number; told: number }>(stores.crm.admin, sql)),
    ...(await controlRows<{ offered: number; told: number }>(stores.cloud.admin, sql)),
  ];
}

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('base64url');

const channelOf = (plan: CollectionPlan, direction: Direction) => ({ link: plan.linkName, collection: plan.definition.name, direction }) as const;

async function readAll(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

type ClaimParts = Pick<
  ManifestClaims,
  'direction' | 'kind' | 'ordinal' | 'batchId' | 'generation' | 'fromCursor' | 'toCursor' | 'rows' | 'tombstones' | 'filtered'
> &
  Partial<Pick<ManifestClaims, 'chunk' | 'acknowledgedReverseOrdinal' | 'messageId' | 'last'>>;

function manifestOf(plan: CollectionPlan, bytes: Buffer, parts: ClaimParts): ManifestClaims {
  const {
    direction,
    kind,
    ordinal,
    batchId,
    generation,
    fromCursor,
    toCursor,
    rows,
    tombstones,
    filtered,
    chunk,
    acknowledgedReverseOrdinal,
    messageId,
    last,
  } = parts;
  return {
    iss: 'test',
    aud: 'test',
    iat: 1_700_000_000,
    exp: 1_700_000_600,
    jti: randomUUID(),
    ...plan.link,
    collection: plan.definition.name,
    direction,
    kind,
    ordinal,
    batchId,
    epoch: EPOCH,
    generation,
    schemaHash: plan.schemaHash,
    fromCursor,
    toCursor,
    rows,
    tombstones,
    filtered,
    digest: sha256(bytes),
    ...(chunk === undefined ? {} : { chunk }),
    ...(acknowledgedReverseOrdinal === undefined ? {} : { acknowledgedReverseOrdinal }),
    ...(messageId === undefined ? {} : { messageId, last: last ?? true }),
  };
}

function incoming({ plans, direction, bytes, claims, message }: WindowInFlight): IncomingWindow {
  return {
    plan: direction === 'forward' ? plans.cloud : plans.crm,
    direction,
    kind: claims.kind as IncomingWindow['kind'],
    ordinal: claims.ordinal,
    ...(claims.chunk === undefined ? {} : { chunk: claims.chunk }),
    rows: (async function* () {
      yield bytes;
    })(),
    manifest: () => Promise.resolve({ claims, jws: 'test' }),
    signReceipt: signAsText,
    ...(message === undefined ? {} : { message }),
  };
}
