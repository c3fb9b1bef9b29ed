import type { Context as ActivityContext } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { type LogFields, withLogFields } from '../../observability/logging/log-fields.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Around every activity: its log lines carry the ids of its run, and its end is counted. */
export function observeActivity({ info }: ActivityContext, metrics?: Metrics): ActivityInboundCallsInterceptor {
  const { activityType: activity, attempt } = info;
  const count = (outcome: string): void => metrics?.counter('activities').inc({ activity, outcome });
  return {
    execute: (input, next) =>
      withLogFields(fieldsOf(info, input.args[0]), async () => {
        if (attempt > 1) metrics?.counter('retries').inc({ activity });
        try {
          const result = await next(input);
          count('completed');
          return result;
        } catch (error) {
          const isCancelled = error instanceof CancelledFailure;
          count(isCancelled ? 'cancelled' : 'failed');
          if (!isCancelled) metrics?.counter('failures').inc({ code: (error as { type?: string }).type ?? 'unexpected' });
          throw error;
        }
      }),
  };
}

/** The id of a reverse run is that of its message, a UUID; the ids of other runs have a word before them. */
const MESSAGE_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Names and ids of an activity's input, and of its run. */
function fieldsOf({ activityType: activity, attempt, workflowExecution }: ActivityContext['info'], input: unknown): LogFields {
  const { link, collection, messageId } = (input ?? {}) as Readonly<Record<string, unknown>>;
  const { workflowId, runId } = workflowExecution ?? {};
  const message = workflowId !== undefined && MESSAGE_ID.test(workflowId) ? workflowId : messageId;
  return {
    activity,
    attempt,
    ...(workflowId === undefined ? {} : { runId: `${workflowId}/${runId}` }),
    ...(typeof link === 'string' ? { link } : {}),
    ...(typeof collection === 'string' ? { collection } : {}),
    ...(typeof message === 'string' ? { messageId: message } : {}),
  };
}
