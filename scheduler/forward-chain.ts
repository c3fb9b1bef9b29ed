import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import type { requestForward } from '../workflows/forward-messages.ts';
import type * as Workflows from '../workflows/all-workflows.ts';
import type { forwardSync } from '../workflows/forward-sync.ts';
import { forwardChainId, workflowIdOfRun } from './ids.ts';
import type { LinkStore } from './link-store.ts';

/** What is needed to find or start a chain. */
export interface ForwardChainContext {
  readonly client: Client;
  readonly store: Pick<LinkStore, 'readLink'>;
  readonly taskQueue: string;
}

/** The chain that serves a link. */
export interface ForwardChain {
  readonly workflowId: string;
  /** Whether this call started it. */
  readonly started: boolean;
}

/**
 * Numbers are taken where chains ended before they took the link over, or where the CRM's store was restored: the search
 * doubles its step. Ids need not be contiguous.
 */
const MAX_STEPS = 40;

/**
 * The running forward chain of a link, woken; or the next one, started. Two callers at the same time are harmless: one
 * id can be started once, and of two chains the later takes the link over and the earlier ends. Throws `link-stopped`.
 */
export async function ensureForwardChain({ client, store, taskQueue }: ForwardChainContext, link: string): Promise<ForwardChain> {
  const standing = await store.readLink(link);
  if (standing?.state === 'stopped') throw new TidegateError('link-stopped', standing.reason ?? undefined, { link });
  const current = standing?.openedRun == null ? undefined : workflowIdOfRun(standing.openedRun);
  if (current !== undefined && (await wake(client, current))) return { workflowId: current, started: false };
  const first = (standing?.epoch ?? 0) + 1;
  for (let step = 0; step < MAX_STEPS; step++) {
    const workflowId = forwardChainId(link, first + 2 ** step - 1);
    if (await start(client, taskQueue, link, workflowId)) return { workflowId, started: true };
    if (await wake(client, workflowId)) return { workflowId, started: false };
  }
  throw new TidegateError('run-failed', 'No free id for a forward chain was found.', { link, first });
}

/** Whether the chain runs; it is woken. */
async function wake(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle<typeof forwardSync>(workflowId).signal<[], typeof requestForward.name>('requestForward');
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Whether this call started the chain. */
async function start(client: Client, taskQueue: string, link: string, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.start<typeof forwardSync>('forwardSync' satisfies keyof typeof Workflows, {
      workflowId,
      taskQueue,
      args: [{ link, trigger: 'start' }],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `Forward: ${link}`,
      staticDetails: `Carries every committed change of **${link}** from the CRM to the cloud. Each run has books of its own; the chain goes on by continue-as-new.`,
    });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
