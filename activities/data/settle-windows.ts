import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { confirmReceipt, recordVoid } from '../../adaptor/data/state/receipts.ts';
import { type WindowRow, unsettledWindows } from '../../adaptor/data/state/window.ts';
import { type ReceiptClaims, partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, type LinkSetup, linkOf } from '../link-setup.ts';
import type { TokenReference } from '../transport/obtain-token.ts';

/** Which link is settled. */
export interface SettleInput {
  readonly link: string;
  readonly runId: string;
  readonly epoch: number;
  readonly token: TokenReference;
}

/** What became of windows that got no answer. */
export interface SettledWindows {
  /** Had been applied: their receipts were fetched. */
  readonly receipted: number;
  /** Had not: their numbers are void, what they held goes with the next window. */
  readonly voided: number;
}

/** Asks the cloud what became of every window that this side holds no receipt for. Nothing is re-read under the same ordinal. */
export async function settleWindows(context: Pick<ActivityContext, 'links' | 'consumer' | 'registry'>, { link, epoch }: SettleInput): Promise<SettledWindows> {
  const setup = linkOf(context, link);
  let [receipted, voided] = [0, 0];
  for (const window of await unsettledWindows(context.consumer, setup.name)) {
    const { claims, jws } = await askFor(context, setup, window, epoch);
    const { collection, direction, ordinal } = window;
    const answered = { link: setup.name, epoch, collection, direction, ordinal, receipt: claims, receiptJws: jws };
    if (claims.outcome === 'void') {
      await recordVoid(context.consumer, answered);
      voided += 1;
    } else {
      await confirmReceipt(context.consumer, answered);
      receipted += 1;
    }
  }
  return { receipted, voided };
}

async function askFor(
  { registry }: Pick<ActivityContext, 'registry'>,
  setup: LinkSetup,
  { collection, ordinal }: WindowRow,
  epoch: number,
): Promise<{ claims: ReceiptClaims; jws: string }> {
  const { tenant, environment, link } = setup.identity;
  const settlement = await issue(setup.signingKey, 'settlement', { tenant, environment, link, collection, ordinal, epoch });
  const jws = await setup.producer.settle({ collection, ordinal, settlement });
  const { claims } = await verify(jws, 'receipt', { registry, audience: partyId('crm', setup.identity), issuerSide: 'cloud' });
  if (claims.collection !== collection || claims.ordinal !== ordinal || claims.direction !== 'forward')
    throw new TidegateError('batch-refused', 'The answer is for another window.', { collection, ordinal });
  return { claims, jws };
}
