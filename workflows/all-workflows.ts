/* The worker's entry: every workflow type that exists. */
export { applyRelease } from './apply-release.ts';
export { erase } from './erase.ts';
export { forwardSync } from './forward-sync.ts';
export { reconcile } from './reconcile.ts';
export { prune } from './prune.ts';
export { awaitApproval } from './await-approval.ts';
export { planSync } from './plan-sync.ts';
export { requestForwardSync } from './request-forward-sync.ts';
export { requestReverseSync } from './request-reverse-sync.ts';
export { reverseSync } from './reverse-sync.ts';
