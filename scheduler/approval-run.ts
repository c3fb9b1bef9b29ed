import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type * as Workflows from '../workflows/all-workflows.ts';
import type { Decision, decide, look } from '../workflows/approval-messages.ts';
import { approvalRunId } from './ids.ts';

/** What is needed to start, or reach, a workflow that waits. */
export interface ApprovalRunContext {
  readonly client: Client;
  readonly taskQueue: string;
}

/** How long a decision waits for the workflow's answer: without a worker it is told by a signal, which waits for one. */
const ANSWER_MS = 4000;

/** Starts the workflow that waits for a decision, or tells it to look at its row. One that has ended stays so: ids are never used again. */
export async function announceApproval({ client, taskQueue }: ApprovalRunContext, link: string, approval: number): Promise<void> {
  try {
    await client.workflow.signalWithStart<(typeof Workflows)['awaitApproval'], []>('awaitApproval' satisfies keyof typeof Workflows, {
      workflowId: approvalRunId(link, approval),
      taskQueue,
      args: [{ link, approval }],
      signal: 'look' satisfies typeof look.name,
      signalArgs: [],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      staticSummary: `Approval ${approval}: ${link}`,
      staticDetails: `Waits until a user of **${link}** approves or rejects (\`tidegate approvals\`). Nothing of it was sent or written.`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/**
 * Brings a decision, which the CRM's row holds already, to the workflow that waits: by an update with who and why; where no worker
 * answers soon, by a signal.
 */
export async function tellDecision(context: ApprovalRunContext, link: string, approval: number, decision: Decision): Promise<void> {
  const handle = context.client.workflow.getHandle(approvalRunId(link, approval));
  const update = () => handle.executeUpdate<{ readonly state: string }, [Decision], typeof decide.name>('decide', { args: [decision] });
  await context.client.withDeadline(Date.now() + ANSWER_MS, update).catch(() => announceApproval(context, link, approval));
}
