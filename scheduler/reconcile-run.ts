import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import type * as Workflows from '../workflows/all-workflows.ts';
import type { ReconcileInput } from '../workflows/reconcile.ts';
import { reconcileRunId } from './ids.ts';
import type { LinkStore } from './link-store.ts';

/** What somebody wants compared. */
export interface ReconcileOrder {
  readonly link: string;
  readonly collections: readonly string[];
  /** Whether what differs is repaired by ordinary runs. */
  readonly repair?: boolean;
  /** Approval that extra records whose keys were once receipted are deleted at the cloud, within the budget of deletes. */
  readonly deleteReceipted?: boolean;
  readonly by: string;
  readonly reason?: string | undefined;
}

/** A reconciliation that was written down and is being carried out. */
export interface StartedReconciliation {
  readonly requestId: string;
  readonly workflowId: string;
}

/** Writes down what is to be compared and starts the run that does it. The rows hold what was asked; the run has their id only. */
export async function startReconciliation(
  { client, store, taskQueue }: { readonly client: Client; readonly store: Pick<LinkStore, 'writeReconciliations'>; readonly taskQueue: string },
  { link, collections, repair = false, deleteReceipted = false, by, reason }: ReconcileOrder,
): Promise<StartedReconciliation> {
  if (deleteReceipted && reason === undefined) throw new TidegateError('bad-request', 'Deletes that are only inferred need a reason.', { link });
  const asked = { link, collections, trigger: 'user', repair: repair || deleteReceipted, deleteReceipted, requestedBy: by, reason: reason ?? null } as const;
  const requestId = await store.writeReconciliations(asked);
  const workflowId = reconcileRunId(link, requestId);
  const input: ReconcileInput = { link, requestId };
  try {
    await client.workflow.start('reconcile' satisfies keyof typeof Workflows, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Reconciliation: ${link}`,
      staticDetails: `Compares the stores of **${link}** by hashes, and names the records that differ in the CRM's control plane.`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return { requestId, workflowId };
}
