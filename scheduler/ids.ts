/* Ids in Temporal that stay readable; `link` is always the full name tenant/environment/link. */

/** Schedule of forward synchronisation. */
export const forwardScheduleId = (link: string): string => `forward/${link}`;

/** Schedule of reverse synchronisation: the only starter of reverse runs. */
export const reverseScheduleId = (link: string): string => `reverse/${link}`;

/** Schedule of reconciliation. */
export const reconcileScheduleId = (link: string): string => `reconcile/${link}`;

/** A reconciliation that somebody asked for. */
export const reconcileRunId = (link: string, request: string): string => `reconcile/${link}/${request}`;
/** Schedule that prunes the CRM's control plane: one for all links of the workers that share a task queue. */
export const pruneScheduleId = (taskQueue: string): string => `prune/${taskQueue}`;

/** A forward chain. `number` is the epoch that its first session is expected to take; an id is never used again. */
export const forwardChainId = (link: string, number: number): string => `forward/${link}/${number}`;

/** The run that carries a user's decision out. */
export const releaseRunId = (release: string): string => `release/${release}`;

/** The run that erases a record. */
export const erasureRunId = (link: string, erasure: number): string => `erase/${link}/${erasure}`;
/** The workflow that waits for a decision. */
export const approvalRunId = (link: string, approval: number): string => `approval/${link}/${approval}`;

/** The run that works out what a synchronisation would do. */
export const planRunId = (plan: string): string => `plan/${plan}`;

/** Workflow id of a run as the CRM's own log names it (`<workflowId>/<runId>`). */
export const workflowIdOfRun = (run: string): string => run.slice(0, run.lastIndexOf('/'));

/** Page of a run in the Temporal UI. Without a run id the UI shows the newest run. */
export function runUrl(uiUrl: string, namespace: string, workflowId: string, runId?: string): string {
  const base = `${uiUrl.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return runId === undefined ? base : `${base}/${encodeURIComponent(runId)}/history`;
}
