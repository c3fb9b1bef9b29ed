import type { SignedKind } from '../../exchange/protocol.ts';

/** How far the clocks of both sides may differ, in seconds. */
export const CLOCK_SKEW_SECONDS = 30;

/** How long a signed object is valid, in seconds from `iat` to `exp`. */
export interface Lifetime {
  /** What `issue` gives where nothing else is asked. */
  readonly usualSeconds: number;
  /** The greatest that is accepted, however the signer chose: nothing is valid for a hundred years. */
  readonly greatestSeconds: number;
}

const minutes = (n: number) => n * 60;
const days = (n: number) => minutes(n * 24 * 60);

/**
 * Lifetime of each kind. What opens or orders something lives for seconds or minutes. A manifest may be sent again by a
 * retry; a receipt is evidence and is handed out again whenever the sender asks after a lost answer, so it does not age.
 */
export const LIFETIMES: Readonly<Record<SignedKind, Lifetime>> = {
  assertion: { usualSeconds: minutes(1), greatestSeconds: minutes(5) },
  accessToken: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  proof: { usualSeconds: minutes(1), greatestSeconds: minutes(5) },
  opening: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  openingAnswer: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  registration: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  registrationAnswer: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  manifest: { usualSeconds: days(1), greatestSeconds: days(1) },
  settlement: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  receipt: { usualSeconds: days(3650), greatestSeconds: days(3650) },
  reverseMessage: { usualSeconds: minutes(10), greatestSeconds: minutes(60) },
  preview: { usualSeconds: minutes(2), greatestSeconds: minutes(5) },
  release: { usualSeconds: minutes(60), greatestSeconds: minutes(720) },
  reconciliation: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  reconciliationAnswer: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  erasure: { usualSeconds: minutes(5), greatestSeconds: minutes(15) },
  erasureReceipt: { usualSeconds: days(3650), greatestSeconds: days(3650) },
};
