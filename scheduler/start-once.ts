import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowStartOptions } from '@temporalio/client';
import type * as Workflows from '../workflows/all-workflows.ts';

/** Starts a run under an id that is never used again; where it is used already, the run that has it does the work. */
export async function startOnce<W extends keyof typeof Workflows>(
  client: Client,
  workflowType: W,
  options: Omit<WorkflowStartOptions<(typeof Workflows)[W]>, 'workflowIdReusePolicy'>,
): Promise<void> {
  try {
    await client.workflow.start(workflowType, { ...options, workflowIdReusePolicy: 'REJECT_DUPLICATE' } as WorkflowStartOptions);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
