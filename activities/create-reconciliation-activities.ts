import { finishReconciliation } from '../adaptor/data/control/reconciliations.ts';
import type { ErrorCode } from '../exchange/errors.ts';
import type { RequestContext } from './create-request-activities.ts';
import { type ReconciliationInput, compareCollection } from './reconciliation/compare-collection.ts';
import { type OpenReconciliationInput, openReconciliation } from './reconciliation/open-reconciliation.ts';
import { repairDifferences } from './reconciliation/repair-differences.ts';

/** Activities that compare the stores and queue what puts them right. Payloads hold references and counts only. */
export function createReconciliationActivities(context: RequestContext) {
  return {
    openReconciliation: (input: OpenReconciliationInput) => openReconciliation(context, input),
    compareCollection: (input: ReconciliationInput) => compareCollection(context, input),
    repairDifferences: (input: ReconciliationInput) => repairDifferences(context, input),
    /** Ends a comparison; with a code it failed. */
    finishReconciliation: ({ id, errorCode }: { readonly id: string; readonly errorCode: ErrorCode | null }) =>
      finishReconciliation(context.consumer, id, errorCode),
  };
}
