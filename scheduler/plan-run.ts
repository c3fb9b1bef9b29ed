import type { Client } from '@temporalio/client';
import type * as Workflows from '../workflows/all-workflows.ts';
import { planRunId } from './ids.ts';
import type { LinkStore, NewPlan } from './link-store.ts';
import { refusalOf } from './release-run.ts';

/** Writes down that a plan is asked for and starts the run that works it out. Gives the plan's id. */
export async function startPlan(
  { client, store, taskQueue }: { readonly client: Client; readonly store: LinkStore; readonly taskQueue: string },
  order: NewPlan,
): Promise<{ readonly planId: string; readonly workflowId: string }> {
  const planId = await store.writePlan(order);
  const { link, direction, run } = order;
  const workflowId = planRunId(planId);
  await client.workflow.start<(typeof Workflows)['planSync']>('planSync' satisfies keyof typeof Workflows, {
    workflowId,
    taskQueue,
    args: [{ link, direction, planId }],
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    staticSummary: `Plan: ${run === undefined ? direction : 'undo'}, ${link}`,
    staticDetails: `Works out what ${run === undefined ? `a ${direction} run` : `the undo of run \`${run}\``} of **${link}** would do. Nothing is changed in either store.`,
  });
  return { planId, workflowId };
}

/** Waits until a plan is worked out. Throws why it could not be, in the words of the catalogue. */
export async function awaitPlan(client: Client, planId: string): Promise<void> {
  try {
    await client.workflow.getHandle<(typeof Workflows)['planSync']>(planRunId(planId)).result();
  } catch (error) {
    throw refusalOf(error);
  }
}
