import { runUrl, workflowIdOfRun } from '../scheduler/ids.ts';
import type { Context } from './context.ts';

/** Page of a run in the Temporal UI; null where its address is not known, or there is no run. */
export function runLink({ settings }: Pick<Context, 'settings'>, runId: string | null): string | null {
  const ui = settings.TIDEGATE_TEMPORAL_UI;
  if (ui === undefined || runId === null) return null;
  const workflowId = workflowIdOfRun(runId);
  return runUrl(ui, settings.TIDEGATE_TEMPORAL_NAMESPACE, workflowId, runId.slice(workflowId.length + 1));
}
