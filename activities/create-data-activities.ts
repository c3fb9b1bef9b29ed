import { type ClaimLinkInput, claimLink } from './data/claim-link.ts';
import { type InitialLoadInput, initialLoad } from './data/initial-load.ts';
import { type PumpInput, pumpWindows } from './data/pump-windows.ts';
import { type ReceiveWindowInput, receiveWindow } from './data/receive-window.ts';
import { type RegisterCollectionsInput, registerCollections } from './data/register-collections.ts';
import { type SettleInput, settleWindows } from './data/settle-windows.ts';
import { type RetryWaitingInput, retryWaiting } from './data/retry-waiting.ts';
import { watchStores } from './data/watch-stores.ts';
import type { ActivityContext } from './link-setup.ts';

/** Activities that move records, and the positions of channels. Payloads hold references and counts only. */
export function createDataActivities(context: ActivityContext) {
  return {
    claimLink: (input: ClaimLinkInput) => claimLink(context, input),
    registerCollections: (input: RegisterCollectionsInput) => watchStores(context, input, () => registerCollections(context, input)),
    settleWindows: (input: SettleInput) => watchStores(context, input, () => settleWindows(context, input)),
    initialLoad: (input: InitialLoadInput) => watchStores(context, input, () => initialLoad(context, input)),
    pumpWindows: (input: PumpInput) => watchStores(context, input, () => pumpWindows(context, input)),
    receiveWindow: (input: ReceiveWindowInput) => receiveWindow(context, input),
    retryWaiting: (input: RetryWaitingInput) => retryWaiting(context, input),
  };
}
