import { ApplicationFailure, type Client, WorkflowFailedError } from '@temporalio/client';
import { TidegateError, isErrorCode } from '../exchange/errors.ts';
import type * as Workflows from '../workflows/all-workflows.ts';
import type { ApplyReleaseResult } from '../workflows/apply-release.ts';
import { releaseRunId } from './ids.ts';
import type { LinkStore, NewRelease } from './link-store.ts';
import { startOnce } from './start-once.ts';

/** A decision that was written down and is being carried out. */
export interface StartedRelease {
  readonly releaseId: string;
  readonly workflowId: string;
}

/** Writes a decision down and starts the run that carries it out. The row holds what was decided; the run has its id only. */
export async function startRelease(
  { client, store, taskQueue }: { readonly client: Client; readonly store: LinkStore; readonly taskQueue: string },
  decision: NewRelease,
): Promise<StartedRelease> {
  const releaseId = await store.writeRelease(decision);
  const workflowId = releaseRunId(releaseId);
  const { link, act } = decision;
  await startOnce(client, 'applyRelease', {
    workflowId,
    taskQueue,
    args: [{ link, releaseId }],
    staticSummary: `Release: ${act}, ${link}`,
    staticDetails: `Writes into the CRM what a user decided (${act}), once, under release \`${releaseId}\` of **${link}**.`,
  });
  return { releaseId, workflowId };
}

/** Waits until a release was carried out. Throws what it was refused with, in the words of the catalogue. */
export async function awaitRelease(client: Client, releaseId: string): Promise<ApplyReleaseResult> {
  try {
    return await client.workflow.getHandle<(typeof Workflows)['applyRelease']>(releaseRunId(releaseId)).result();
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * What a run was refused with, in the words of the catalogue; other errors as they are. The failure's message begins with the
 * catalogue's sentence, which the error adds by itself.
 */
export function refusalOf(error: unknown): unknown {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type ?? '')) return error;
  const { type, message } = cause;
  const code = type as ConstructorParameters<typeof TidegateError>[0];
  const title = new TidegateError(code).message;
  return new TidegateError(code, message.startsWith(`${title} `) ? message.slice(title.length + 1) : undefined);
}
