import type { ActivityContext } from './link-setup.ts';
import { type ApplyReleaseInput, applyRelease } from './release/apply-release.ts';
import { type CloseReleaseInput, closeRelease } from './release/close-release.ts';
import { type OrderDependentsInput, type TriggerReverse, orderDependents } from './release/order-dependents.ts';
import { type SignReleaseInput, signRelease } from './release/sign-release.ts';
import { type VerifyReleaseInput, verifyRelease } from './release/verify-release.ts';

/** Activities by which a user's decision is signed, verified and written into the CRM (rule 5). */
export function createReleaseActivities(context: ActivityContext & { readonly triggerReverse: TriggerReverse }) {
  return {
    signRelease: (input: SignReleaseInput) => signRelease(context, input),
    verifyRelease: (input: VerifyReleaseInput) => verifyRelease(context, input),
    applyRelease: (input: ApplyReleaseInput) => applyRelease(context, input),
    closeRelease: (input: CloseReleaseInput) => closeRelease(context, input),
    orderDependents: (input: OrderDependentsInput) => orderDependents(context, input),
  };
}
