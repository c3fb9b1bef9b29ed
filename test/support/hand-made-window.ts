import { createHash, randomUUID } from 'node:crypto';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import type { IncomingWindow, ReceiptBody } from '../../adaptor/data/injection/incoming-window.ts';
import type { ManifestClaims, ReverseOrder } from '../../exchange/claims.ts';
import type { CollectionDefinition } from '../../exchange/collection.ts';
import { returningFields } from '../../exchange/collection.ts';
import type { RowForm } from '../../exchange/wire-row.ts';
import { binaryRows } from './binary-rows.ts';

/** A row of the wire: `null` is NULL. */
export interface HandMadeRow {
  readonly op: 'I' | 'U' | 'D';
  /** Default `*`. */
  readonly changed?: string;
  readonly base?: string;
  readonly actor?: string;
  readonly fields: Readonly<Record<string, string | null>>;
}

/** How a window written by hand differs from the plainest one. */
export interface HandMadeWindow {
  readonly ordinal: number;
  readonly rows: readonly HandMadeRow[];
  readonly kind?: 'delta' | 'part' | 'chunk';
  readonly chunk?: number;
  readonly filtered?: number;
  readonly acknowledged?: number;
  readonly epoch?: number;
  readonly generation?: number;
  readonly order?: ReverseOrder;
  readonly messageId?: string;
  readonly runId?: string;
  /** Claims that say something else than the truth. */
  readonly claims?: Partial<ManifestClaims>;
  /** Called before the receipt is signed, inside the transaction. */
  readonly beforeReceipt?: () => Promise<void>;
  /** Bytes of the rows in one piece. Default 64 KiB. */
  readonly pieceBytes?: number;
  /** Form of the rows. Default: CSV. */
  readonly form?: RowForm;
  /** Bytes in place of those of `rows`. */
  readonly bytes?: Buffer;
}

/** A value as CSV: null is empty, all else quoted. */
const csvValue = (value: string | null | undefined): string => (value === null || value === undefined ? '' : `"${value.replaceAll('"', '""')}"`);

/** Rows as CSV of the wire. */
export function wireCsv(definition: CollectionDefinition, rows: readonly HandMadeRow[]): string {
  return rows
    .map(({ op, changed = '*', base, actor, fields }) =>
      [op, changed, base, actor, ...definition.fields.map(({ name }) => fields[name])].map(csvValue).join(','),
    )
    .map((line) => `${line}\n`)
    .join('');
}

function wireBytes(definition: CollectionDefinition, rows: readonly HandMadeRow[], form: RowForm): Buffer {
  if (form === 'csv') return Buffer.from(wireCsv(definition, rows));
  return binaryRows(
    rows.map(({ op, changed = '*', base, actor, fields }) => [
      op,
      changed,
      base ?? null,
      actor ?? null,
      ...definition.fields.map(({ name }) => fields[name] ?? null),
    ]),
  );
}

/** The window as the receiver's injector gets it, with a manifest that holds and a receipt that is its claims as JSON. */
export function handMadeWindow(plan: CollectionPlan, window: HandMadeWindow): IncomingWindow & { readonly claims: ManifestClaims } {
  const direction = plan.side === 'cloud' ? 'forward' : 'reverse';
  const kind = window.kind ?? 'delta';
  const form = window.form ?? 'csv';
  const bytes = window.bytes ?? wireBytes(plan.definition, window.rows, form);
  const now = 1_700_000_000;
  const claims: ManifestClaims = {
    iss: 'test',
    aud: 'test',
    iat: now,
    exp: now + 600,
    jti: randomUUID(),
    ...plan.link,
    collection: plan.definition.name,
    direction,
    kind,
    ordinal: window.ordinal,
    ...(window.chunk === undefined ? {} : { chunk: window.chunk }),
    batchId: randomUUID(),
    epoch: window.epoch ?? 1,
    generation: window.generation ?? 1,
    schemaHash: plan.schemaHash,
    fromCursor: null,
    toCursor: `after-${window.ordinal}`,
    rows: window.rows.length,
    tombstones: window.rows.filter(({ op }) => op === 'D').length,
    filtered: window.filtered ?? 0,
    digest: createHash('sha256').update(bytes).digest('base64url'),
    ...(direction === 'forward' ? { acknowledgedReverseOrdinal: window.acknowledged ?? 0 } : {}),
    ...(window.messageId === undefined ? {} : { messageId: window.messageId, last: true }),
    ...window.claims,
  };
  return {
    plan,
    direction,
    kind,
    ordinal: window.ordinal,
    ...(window.chunk === undefined ? {} : { chunk: window.chunk }),
    claims,
    rows: pieces(bytes, window.pieceBytes ?? 65_536),
    form,
    manifest: () => Promise.resolve({ claims, jws: `manifest of ${claims.batchId}` }),
    signReceipt: async (body) => {
      await window.beforeReceipt?.();
      return receiptText(body);
    },
    ...(window.runId === undefined ? {} : { runId: window.runId }),
    ...(window.messageId === undefined ? {} : { message: { id: window.messageId, order: window.order ?? orderFor(plan) } }),
  };
}

/** What stands for a signed receipt in tests: its claims. */
export const receiptText = (body: ReceiptBody): string => JSON.stringify(body);

/** A signature that says nothing but the claims. */
export const signAsText = (body: ReceiptBody): Promise<string> => Promise.resolve(receiptText(body));

/** An order for all that the cloud may change of a collection. */
export function orderFor(plan: CollectionPlan, changed: Partial<ReverseOrder> = {}): ReverseOrder {
  return {
    collection: plan.definition.name,
    fields: [...returningFields(plan.definition)],
    operations: ['I', 'U', 'D'],
    afterOrdinal: 0,
    cursor: null,
    maxRows: 10_000,
    maxWindows: 100,
    deleteBudget: 1_000,
    ...changed,
  };
}

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
