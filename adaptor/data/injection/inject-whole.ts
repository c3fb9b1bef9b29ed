import type { Pool, PoolClient } from 'pg';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Ending, allInOrder, inPipelinedTransaction } from '../pipelined.ts';
import { acknowledgeReverse } from '../state/acknowledge.ts';
import { applyWholeWindow } from './apply-window.ts';
import { checkFence, lockPlace, storedReceipt } from './channel-order.ts';
import { checkManifest } from './check-manifest.ts';
import type { IncomingWindow, InjectedWindow, VerifiedManifest } from './incoming-window.ts';
import { openInjection } from './open-injection.ts';
import { type Acknowledged, readAcknowledged } from './pending-since.ts';
import { readSetAside } from './read-set-aside.ts';
import { appliedReceipt } from './receipt-body.ts';
import { injectionOptions } from './session.ts';
import { writeAppliedWindow } from './write-window.ts';

/** A forward window that came whole, in memory. */
export interface WholeWindow {
  readonly window: IncomingWindow;
  /** The values of its rows, for every column of the wire. */
  readonly values: readonly (readonly (string | null)[])[];
  readonly manifest: VerifiedManifest;
}

/**
 * Applies a small forward window as injectWindow does, with the same statements in three round trips: what is known of its place, the
 * rows, and the receipt with the commit.
 */
export async function injectWhole(pool: Pool, whole: WholeWindow): Promise<InjectedWindow> {
  const { plan, direction, ordinal } = whole.window;
  checkManifest(whole.manifest.claims, { plan, direction, kind: 'delta', ordinal });
  return inPipelinedTransaction(pool, (client) => injectInto(pool, client, whole), injectionOptions([plan]));
}

async function injectInto(pool: Pool, client: PoolClient, { window, values, manifest: { claims, jws } }: WholeWindow): Promise<Ending<InjectedWindow>> {
  const { plan, direction, ordinal, runId } = window;
  const [open, place, told] = await allInOrder([
    openInjection(client, { plan, direction, ordinal }),
    lockPlace(client, plan, direction, ordinal, 'update'),
    readAcknowledged(client, plan, claims.acknowledgedReverseOrdinal ?? 0, claims.generation),
    window.admitted,
  ]);
  checkFence(place, claims);
  const stored = storedReceipt(place, ordinal, claims.digest);
  if (stored !== undefined) return { result: { receiptJws: stored, books: place.books, repeated: true } };
  // An initial load is open under this ordinal.
  if (place.state !== null) throw new TidegateError('ordinal-out-of-order', undefined, { ordinal, last: place.last });
  const acknowledged = await settled(client, window, claims, told);
  const books = await applyWholeWindow(pool, client, { plan, direction, claims, open, order: undefined, runId, values, acknowledged });
  const receiptJws = await window.signReceipt(appliedReceipt(claims, books, await readSetAside(client, plan, claims, books, open.waiting)));
  const last = writeAppliedWindow(client, { plan, claims, manifestJws: jws, receiptJws, books, runId });
  return { result: { receiptJws, books, repeated: false }, last };
}

/** What the CRM acknowledged, taken note of where it is news. */
async function settled(client: PoolClient, { plan }: IncomingWindow, claims: ManifestClaims, told: Acknowledged): Promise<Acknowledged> {
  const ordinal = claims.acknowledgedReverseOrdinal ?? 0;
  if (ordinal <= told.ordinal) return told;
  await acknowledgeReverse(client, { link: plan.linkName, collection: plan.definition.name, ordinal });
  return readAcknowledged(client, plan, ordinal, claims.generation);
}
