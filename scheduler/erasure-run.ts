import { type Client } from '@temporalio/client';
import type * as Workflows from '../workflows/all-workflows.ts';
import { erasureRunId } from './ids.ts';
import type { LinkStore, NewErasure } from './link-store.ts';
import { refusalOf } from './release-run.ts';
import { startOnce } from './start-once.ts';

/** An erasure that was written down and is being carried out. */
export interface StartedErasure {
  readonly erasure: number;
  readonly workflowId: string;
}

/** Writes an erasure down and starts the run that carries it out. The row holds the record's key; the run has its number only. */
export async function startErasure(
  { client, store, taskQueue }: { readonly client: Client; readonly store: LinkStore; readonly taskQueue: string },
  order: NewErasure,
): Promise<StartedErasure> {
  const { link } = order;
  const erasure = await store.writeErasure(order);
  const workflowId = erasureRunId(link, erasure);
  await startOnce(client, 'erase', {
    workflowId,
    taskQueue,
    args: [{ link, erasure }],
    staticSummary: `Erasure ${erasure}, ${link}`,
    staticDetails: `Destroys the values of one record everywhere, by row ${erasure} of \`tidegate.erasure\`.`,
  });
  return { erasure, workflowId };
}

/** Waits until an erasure was carried out. Throws what it was refused with, in the words of the catalogue. */
export async function awaitErasure(client: Client, { workflowId }: StartedErasure): Promise<void> {
  try {
    await client.workflow.getHandle<(typeof Workflows)['erase']>(workflowId).result();
  } catch (error) {
    throw refusalOf(error);
  }
}
