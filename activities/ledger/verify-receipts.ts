import type { KeyRegistry } from '../../adaptor/auth/key-registry.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { type KeptReceipt, runReceipts } from '../../adaptor/data/control/run-receipts.ts';
import { type Books, EMPTY_BOOKS, OUTCOMES, addBooks, imbalance } from '../../exchange/books.ts';
import { type ManifestClaims, type ReceiptClaims, partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Direction } from '../../exchange/names.ts';
import { type ActivityContext, type LinkSetup, linkOf } from '../link-setup.ts';

/** Which receipts are verified. */
export interface VerifyReceiptsInput {
  readonly link: string;
  readonly runId: string;
  readonly direction: Direction;
}

/** What was verified. */
export interface VerifiedReceipts {
  readonly receipts: number;
  readonly books: Books;
}

/**
 * Verifies every receipt of a run again from its stored bytes, with the manifest that it answers, and that the books of
 * both sides balance (law 3): what the sender signed that it offered is what the receiver signed that it took, outcome by outcome,
 * and at the CRM the ledger has an entry for each record that entered. Throws `books-unbalanced` with the window and the difference
 * named, or as `verify` does.
 */
export async function verifyReceipts(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'registry'>,
  { link, runId, direction }: VerifyReceiptsInput,
): Promise<VerifiedReceipts> {
  const setup = linkOf(context, link);
  const kept = await runReceipts(context.consumer, runId, direction);
  for (const row of kept) await verifyOne(setup, context.registry, row);
  for (const load of kept.filter(({ kind }) => kind === 'load'))
    checkSum(
      load,
      kept.filter((row) => row.kind === 'chunk' && isSameWindow(row, load)),
    );
  const books = kept.filter(({ kind }) => kind !== 'chunk').reduce<Books>(addBooks, EMPTY_BOOKS);
  return { receipts: kept.length, books };
}

/** Both signatures as of the moment when the receipt came: a manifest ages, evidence does not. */
async function verifyOne({ identity }: LinkSetup, registry: KeyRegistry, row: KeptReceipt): Promise<void> {
  const sender = row.direction === 'forward' ? 'crm' : 'cloud';
  const receiver = row.direction === 'forward' ? 'cloud' : 'crm';
  const at = { registry, nowMs: row.finishedAt?.getTime() ?? Date.now() };
  const { claims } = await verify(row.receipt ?? '', 'receipt', { ...at, audience: partyId(sender, identity), issuerSide: receiver });
  checkReceipt(row, claims);
  if (row.direction === 'reverse') checkLedger(row);
  if (row.manifest === null) return;
  const manifest = await verify(row.manifest, 'manifest', { ...at, audience: partyId(receiver, identity), issuerSide: sender });
  checkManifest(row, manifest.claims);
}

function checkReceipt(row: KeptReceipt, claims: ReceiptClaims): void {
  const same =
    claims.outcome === 'applied' &&
    claims.collection === row.collection &&
    claims.direction === row.direction &&
    claims.ordinal === row.ordinal &&
    (claims.chunk ?? null) === row.chunk &&
    claims.batchId === row.batchId &&
    claims.digest === row.digest;
  if (!same) throw unbalanced(row, 'Its receipt is for another batch.');
  const difference = imbalance(claims.books);
  if (difference !== 0)
    throw unbalanced(row, `Its receipt offers ${claims.books.offered} records and tells what became of ${claims.books.offered - difference}.`, { difference });
  // Either side may count what the sender kept back; all that was sent must agree outcome by outcome.
  for (const outcome of OUTCOMES.filter((each) => each !== 'filtered')) {
    const wrong = row[outcome] - claims.books[outcome];
    if (wrong !== 0)
      throw unbalanced(row, `${row[outcome]} records were kept as ${outcome}, ${claims.books[outcome]} were signed.`, { outcome, difference: wrong });
  }
  const sent = sentOf(row) - sentOf(claims.books);
  if (sent !== 0)
    throw unbalanced(row, `${sentOf(row)} records were kept as sent, ${sentOf(claims.books)} were signed.`, { outcome: 'sent', difference: sent });
}

function checkManifest(row: KeptReceipt, claims: ManifestClaims): void {
  if (claims.batchId !== row.batchId || claims.digest !== row.digest || claims.ordinal !== row.ordinal || claims.collection !== row.collection)
    throw unbalanced(row, 'Its manifest is for another batch.');
  const difference = claims.rows - sentOf(row);
  if (difference !== 0)
    throw unbalanced(row, `The sender signed ${claims.rows} records, the receiver counted ${sentOf(row)}.`, { outcome: 'sent', difference });
}

/** A record that entered has one entry; of those in conflict or set aside, some entered in part. */
function checkLedger(row: KeptReceipt): void {
  const greatest = row.applied + row.conflicted + row.quarantined;
  const difference = row.entries < row.applied ? row.applied - row.entries : Math.min(0, greatest - row.entries);
  if (difference !== 0) throw unbalanced(row, `${row.applied} records entered, the ledger has entries of ${row.entries}.`, { outcome: 'ledger', difference });
}

/** Records that travelled. */
const sentOf = ({ offered, filtered }: Books): number => offered - filtered;

/** A load is the sum of its chunks. */
function checkSum(load: KeptReceipt, chunks: readonly KeptReceipt[]): void {
  const sum = chunks.reduce<Books>(addBooks, EMPTY_BOOKS);
  for (const outcome of ['offered', ...OUTCOMES] as const) {
    const difference = load[outcome] - sum[outcome];
    if (difference !== 0)
      throw unbalanced(load, `The load counts ${load[outcome]} records as ${outcome}, its chunks ${sum[outcome]}.`, { outcome, difference });
  }
}

function isSameWindow(a: KeptReceipt, b: KeptReceipt): boolean {
  return a.collection === b.collection && a.direction === b.direction && a.ordinal === b.ordinal;
}

function unbalanced(
  { collection, direction, ordinal, chunk }: KeptReceipt,
  what: string,
  difference: Readonly<Record<string, string | number>> = {},
): TidegateError {
  const place = `Window ${ordinal}${chunk === null ? '' : `, chunk ${chunk},`} of ${direction} ${collection}.`;
  return new TidegateError('books-unbalanced', `${place} ${what}`, { collection, direction, ordinal, chunk, ...difference });
}
