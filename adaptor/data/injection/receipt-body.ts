import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims, SetAside } from '../../../exchange/claims.ts';
import type { ReceiptBody } from './incoming-window.ts';

/** What a receipt says of an applied window, chunk or load. For reverse windows it names the accepted cursor and the message,
 * for forward ones the records that were set aside. */
export function appliedReceipt(claims: ManifestClaims, books: Books, setAside?: SetAside): ReceiptBody {
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
    ...(setAside === undefined ? {} : { setAside }),
    ...(direction === 'reverse' ? { acceptedCursor: toCursor } : {}),
    ...(messageId === undefined ? {} : { messageId }),
  };
}
