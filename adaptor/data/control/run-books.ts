import { type Books, EMPTY_BOOKS, addBooks } from '../../../exchange/books.ts';
import { type ManifestClaims, manifestClaimsSchema } from '../../../exchange/claims.ts';
import type { Direction } from '../../../exchange/names.ts';
import type { Queryable } from '../pool.ts';
import { runReceipts } from './run-receipts.ts';

/** The books of a run, each side's as it signed them. */
export interface RunBooks {
  /** What the sender's manifests say: records that it had to offer, and how many of them its rules kept back. */
  readonly sender: { readonly offered: number; readonly sent: number; readonly filtered: number };
  /** What the receiver's receipts say became of those that were sent. */
  readonly receiver: Omit<Books, 'offered' | 'filtered'>;
  /** Records that were sent and of which no outcome is told: 0 where the books balance. */
  readonly difference: number;
}

/** Reads the books of a run from the counts that both sides signed. The signatures are verified when the run ends (verify-receipts). */
export async function readRunBooks(client: Queryable, runId: string, direction: Direction): Promise<RunBooks> {
  const kept = (await runReceipts(client, runId, direction)).filter(({ kind }) => kind !== 'chunk');
  const { applied, unchanged, conflicted, quarantined } = kept.reduce<Books>(addBooks, EMPTY_BOOKS);
  const manifests = kept.map(({ manifest }) => claimsOf(manifest));
  const sum = (of: 'rows' | 'filtered'): number => manifests.reduce((total, claims) => total + (claims?.[of] ?? 0), 0);
  const sent = sum('rows');
  const filtered = sum('filtered');
  return {
    sender: { offered: sent + filtered, sent, filtered },
    receiver: { applied, unchanged, conflicted, quarantined },
    difference: sent - applied - unchanged - conflicted - quarantined,
  };
}

function claimsOf(jws: string | null): Pick<ManifestClaims, 'rows' | 'filtered'> | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jws?.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return manifestClaimsSchema.pick({ rows: true, filtered: true }).loose().parse(payload);
  } catch {
    return undefined;
  }
}
