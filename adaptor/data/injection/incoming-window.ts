import type { Books } from '../../../exchange/books.ts';
import type { ManifestClaims, ReceiptClaims, ReverseOrder } from '../../../exchange/claims.ts';
import type { Direction } from '../../../exchange/names.ts';
import type { RowForm } from '../../../exchange/wire-row.ts';
import type { CollectionPlan } from '../plan.ts';

/** Claims of a receipt that the injector knows; whoever signs adds issuer, audience, times and id. */
export type ReceiptBody = Omit<ReceiptClaims, 'iss' | 'aud' | 'iat' | 'exp' | 'jti'>;

/** Signs a receipt, inside the transaction that applies what it says. */
export type SignReceipt = (claims: ReceiptBody) => Promise<string>;

/** A manifest whose signature, digest and counts hold. */
export interface VerifiedManifest {
  readonly claims: ManifestClaims;
  readonly jws: string;
}

/** A window, or a chunk of an initial load, as it arrives. */
export interface IncomingWindow {
  readonly plan: CollectionPlan;
  readonly direction: Direction;
  readonly kind: 'delta' | 'part' | 'chunk';
  readonly ordinal: number;
  /** Number of the chunk, for `chunk`. */
  readonly chunk?: number;
  /** The rows of the wire, cut anywhere. */
  readonly rows: AsyncIterable<Uint8Array>;
  /** Their form; absent: CSV. */
  readonly form?: RowForm;
  /** Called once, after `rows` was consumed. Throws `batch-refused` where signature, digest or counts are wrong. */
  manifest(): Promise<VerifiedManifest>;
  readonly signReceipt: SignReceipt;
  /** Settled before anything is written; where it is refused, nothing is. */
  readonly admitted?: Promise<void>;
  readonly runId?: string;
  /** Reverse: the accepted message that ordered the window. */
  readonly message?: { readonly id: string; readonly order: ReverseOrder };
}

/** What became of a window. */
export interface InjectedWindow {
  readonly receiptJws: string;
  readonly books: Books;
  /** The window had been applied before: the receipt is the stored one, and nothing was written now. */
  readonly repeated: boolean;
}
