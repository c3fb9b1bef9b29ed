import type { RequestContext } from './create-request-activities.ts';
import {
  type ApprovalPlace,
  type ToldDecision,
  askApprovedRelease,
  confirmDecision,
  discardHeldWindow,
  endWaiting,
  giveUpApproval,
  orderApproved,
  readApproval,
} from './approvals/wait-for-approval.ts';

/** Activities of what waits for a user. */
export function createApprovalActivities(context: RequestContext) {
  return {
    readApproval: (input: ApprovalPlace) => readApproval(context, input),
    confirmDecision: (input: ToldDecision) => confirmDecision(context, input),
    endWaiting: (input: ApprovalPlace) => endWaiting(context, input),
    discardHeldWindow: (input: ApprovalPlace) => discardHeldWindow(context, input),
    askApprovedRelease: (input: ApprovalPlace & { readonly releaseId: string }) => askApprovedRelease(context, input),
    giveUpApproval: (input: ApprovalPlace) => giveUpApproval(context, input),
    orderApproved: (input: ApprovalPlace) => orderApproved(context, input),
  };
}
