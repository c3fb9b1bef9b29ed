import { type Client } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import type { ReconcileInput } from '../workflows/reconcile.ts';
import { reconcileRunId } from './ids.ts';
import type { LinkStore } from './link-store.ts';
import { startOnce } from './start-once.ts';

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
  if (deleteReceipted && (reason ?? '').trim() === '') throw new TidegateError('bad-request', 'Deletes that are only inferred need a reason.', { link });
  const asked = { link, collections, trigger: 'user', repair: repair || deleteReceipted, deleteReceipted, requestedBy: by, reason: reason ?? null } as const;
  const requestId = await store.writeReconciliations(asked);
  const workflowId = reconcileRunId(link, requestId);
  const input: ReconcileInput = { link, requestId };
  await startOnce(client, 'reconcile', {
    workflowId,
    taskQueue,
    args: [input],
    staticSummary: `Reconciliation: ${link}`,
    staticDetails: `Compares the stores of **${link}** by hashes, and names the records that differ in the CRM's control plane.`,
  });
  return { requestId, workflowId };
}
