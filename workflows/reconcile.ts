import { CancellationScope, isCancellation, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { activitiesWith } from './activities.ts';
import { compareStep, shortStep, wireStep } from './activity-options.ts';
import { type StepFailure, endingWith, failureOf, outcomeOf, readFailure } from './failure.ts';
import { reconcileDetails } from './run-details.ts';
import { setAttributes } from './search-attributes.ts';

/** What a reconciliation is started with. */
export interface ReconcileInput {
  readonly link: string;
  /** Comparisons that somebody asked for; absent: the period is over. */
  readonly requestId?: string;
}

/** How one collection came out: numbers only, the differences stand in the CRM's control plane. */
export interface ReconciledCollection {
  readonly collection: string;
  /** Null until it is compared. */
  readonly differences: number | null;
  readonly waiting: number;
  readonly repaired: number;
  /** Code of what it was refused with. */
  readonly failed: string | null;
}

/** What a reconciliation ends with. */
export interface ReconcileResult {
  readonly collections: readonly ReconciledCollection[];
}

/**
 * Compares the collections of a link with the cloud's, and where it was asked for queues the repair of what differs: ordinary
 * runs carry that out, forward ones and those that the CRM orders. What keeps one collection out keeps no other out.
 */
export async function reconcile({ link, requestId }: ReconcileInput): Promise<ReconcileResult> {
  const { workflowId, runId: executionId } = workflowInfo();
  let collections: readonly ReconciledCollection[] = [];
  let failure: StepFailure | undefined;
  const tell = (phase: string, told?: Partial<ReconciledCollection> & { readonly collection: string }): void => {
    if (told !== undefined) collections = collections.map((one) => (one.collection === told.collection ? { ...one, ...told } : one));
    setCurrentDetails(reconcileDetails(link, phase, collections));
  };

  const compare = async (id: string, collection: string): Promise<void> => {
    try {
      tell(`compares ${collection}`);
      const { differences, waiting, repair } = await activitiesWith(compareStep, `${collection}: hashes of buckets`).compareCollection({ link, id });
      tell(`compared ${collection}`, { collection, differences, waiting });
      if (repair && differences > 0) {
        const { repaired } = await activitiesWith(wireStep, `${collection}: ${differences} difference(s)`).repairDifferences({ link, id });
        tell(`queued the repair of ${collection}`, { collection, repaired });
      }
      await activitiesWith(shortStep, `${collection}: completed`).finishReconciliation({ id, errorCode: null });
    } catch (error) {
      const failed = isCancellation(error) ? failureOf('run-cancelled') : readFailure(error);
      failure ??= failed;
      tell(`${collection} ended: ${failed.code}`, { collection, failed: failed.code });
      await CancellationScope.nonCancellable(() => activitiesWith(shortStep, failed.code).finishReconciliation({ id, errorCode: failed.code }));
      if (isCancellation(error)) throw error;
    }
  };

  setAttributes({ link, outcome: 'running' });
  tell('begins');
  try {
    const runId = `${workflowId}/${executionId}`;
    const opened = await activitiesWith(shortStep, link).openReconciliation({ link, runId, requestId: requestId ?? null });
    const names = opened.reconciliations.map(({ collection }) => collection);
    setAttributes({ trigger: opened.trigger, collection: names });
    collections = names.map((collection) => ({ collection, differences: null, waiting: 0, repaired: 0, failed: null }));
    for (const { id, collection } of opened.reconciliations) await compare(id, collection);
    if (failure !== undefined) throw endingWith(failure);
    setAttributes({ outcome: 'completed', differences: sumOf(collections) });
    tell('is complete');
    return { collections };
  } catch (error) {
    const ended = isCancellation(error) ? failureOf('run-cancelled') : (failure ?? readFailure(error));
    setAttributes({ outcome: outcomeOf(ended), differences: sumOf(collections) });
    tell(`ended: ${ended.detail}`);
    throw isCancellation(error) ? error : endingWith(ended);
  }
}

function sumOf(collections: readonly ReconciledCollection[]): number {
  return collections.reduce((sum, { differences }) => sum + (differences ?? 0), 0);
}
