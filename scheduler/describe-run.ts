import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { TidegateError } from '../exchange/errors.ts';
import { runUrl } from './ids.ts';
import { SEARCH_ATTRIBUTES } from './search-attributes.ts';

/** A run as the Temporal server knows it. */
export interface RunDescription {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, CONTINUED_AS_NEW or TIMED_OUT. */
  readonly status: string;
  readonly startedAt: Date;
  readonly closedAt: Date | null;
  readonly historyLength: number;
  readonly link: string | null;
  readonly direction: string | null;
  readonly trigger: string | null;
  readonly outcome: string | null;
  readonly messageId: string | null;
  readonly records: number | null;
  readonly collections: readonly string[];
  /** Page of the run in the Temporal UI, where its address is known. */
  readonly url: string | null;
}

/** Describes a run; without `runId` the newest of the workflow. Throws `record-not-found`. */
export async function describeRun(
  { client, uiUrl }: { readonly client: Client; readonly uiUrl?: string | undefined },
  workflowId: string,
  runId?: string,
): Promise<RunDescription> {
  const description = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError) throw new TidegateError('record-not-found', 'There is no such run.', { workflowId });
      throw error;
    });
  const attributes = description.typedSearchAttributes;
  return {
    workflowId,
    runId: description.runId,
    type: description.type,
    status: description.status.name,
    startedAt: description.startTime,
    closedAt: description.closeTime ?? null,
    historyLength: description.historyLength,
    link: attributes.get(SEARCH_ATTRIBUTES.link) ?? null,
    direction: attributes.get(SEARCH_ATTRIBUTES.direction) ?? null,
    trigger: attributes.get(SEARCH_ATTRIBUTES.trigger) ?? null,
    outcome: attributes.get(SEARCH_ATTRIBUTES.outcome) ?? null,
    messageId: attributes.get(SEARCH_ATTRIBUTES.messageId) ?? null,
    records: attributes.get(SEARCH_ATTRIBUTES.records) ?? null,
    collections: attributes.get(SEARCH_ATTRIBUTES.collection) ?? [],
    url: uiUrl === undefined ? null : runUrl(uiUrl, client.options.namespace, workflowId, description.runId),
  };
}
