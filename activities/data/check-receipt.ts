import { imbalance } from '../../exchange/books.ts';
import type { ReceiptClaims } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Direction } from '../../exchange/names.ts';

/** The batch that a receipt must be for. */
export interface ReceiptedBatch {
  readonly collection: string;
  readonly direction: Direction;
  readonly ordinal: number;
  readonly chunk?: number;
  readonly batchId: string;
  readonly digest: string;
  /** Records that were sent. */
  readonly rows: number;
}

/** Checks a verified receipt against the batch that was sent. Throws `ordinal-void`, `batch-refused` (of another batch) or `books-unbalanced`. */
export function checkReceipt(claims: ReceiptClaims, batch: ReceiptedBatch): void {
  const facts = { collection: batch.collection, ordinal: batch.ordinal, ...(batch.chunk === undefined ? {} : { chunk: batch.chunk }) };
  if (claims.outcome === 'void') throw new TidegateError('ordinal-void', undefined, facts);
  const members = ['collection', 'direction', 'ordinal', 'chunk', 'batchId', 'digest'] as const;
  const wrong = members.filter((member) => claims[member] !== batch[member]);
  if (wrong.length > 0) throw new TidegateError('batch-refused', 'The receipt is for another batch.', { ...facts, members: wrong });
  const { offered, filtered } = claims.books;
  if (imbalance(claims.books) !== 0 || offered - filtered !== batch.rows)
    throw new TidegateError('books-unbalanced', `The sender offered ${batch.rows}, the receiver counts ${offered - filtered}.`, facts);
}
