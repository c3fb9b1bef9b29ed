import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import type { ReceiptBody } from './incoming-window.ts';

/** What a receipt says of an applied window, chunk or load. For reverse windows it names the accepted cursor and the message. */
export function appliedReceipt(claims: ManifestClaims, books: Books): ReceiptBody {
  const { tenant, environment, link, collection, direction, ordinal, chunk, batchId, digest, toCursor, messageId } = claims;
  return {
    tenant,
    environment,
    link,
    collection,
    direction,
    ordinal,
    ...(chunk === undefined ? {} : { chunk }),
    outcome: 'applied',
    batchId,
    digest,
    books,
    ...(direction === 'reverse' ? { acceptedCursor: toCursor } : {}),
    ...(messageId === undefined ? {} : { messageId }),
  };
}
