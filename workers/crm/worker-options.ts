import { fileURLToPath } from 'node:url';
import type { Context } from '@temporalio/activity';
import type { WorkerOptions } from '@temporalio/worker';
import { createAuthActivities } from '../../activities/create-auth-activities.ts';
import { createDataActivities } from '../../activities/create-data-activities.ts';
import { createLedgerActivities } from '../../activities/create-ledger-activities.ts';
import { type RequestContext, createRequestActivities } from '../../activities/create-request-activities.ts';
import { createTransportActivities } from '../../activities/create-transport-activities.ts';
import { ActivityInterceptor, type OnFailure } from '../../activities/activity-interceptor.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';
import type { Tracing } from '../../observability/tracing/tracing.ts';
import { observeActivity } from './observe-activities.ts';
import { activitySpans, runSpans } from './trace-workflows.ts';

/** Every activity that the workflows ask for. */
export function createActivities(context: RequestContext) {
  return {
    ...createTransportActivities(context),
    ...createAuthActivities(context),
    ...createDataActivities(context),
    ...createLedgerActivities(context),
    ...createRequestActivities(context),
  };
}

/** What a composition root leaves to `workerOptions`. */
type HostedOptions = Pick<
  WorkerOptions,
  | 'workflowsPath'
  | 'activities'
  | 'taskQueue'
  | 'interceptors'
  | 'sinks'
  | 'maxHeartbeatThrottleInterval'
  | 'defaultHeartbeatThrottleInterval'
  | 'stickyQueueScheduleToStartTimeout'
  | 'shutdownGraceTime'
>;

/** Who is told of what the worker does. */
export interface Observers {
  readonly onFailure?: OnFailure;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/** Workflow code that is bundled beside the workflows: it hands on traces, recorded or not. */
export const WORKFLOW_INTERCEPTORS: readonly string[] = [fileURLToPath(new URL('../../workflows/trace-context.ts', import.meta.url))];

/** Options of a worker that hosts all workflows and activities. */
export function workerOptions(context: RequestContext, { onFailure, metrics, tracing }: Observers = {}): HostedOptions {
  return {
    taskQueue: context.taskQueue,
    workflowsPath: fileURLToPath(new URL('../../workflows/all-workflows.ts', import.meta.url)),
    activities: createActivities(context),
    interceptors: {
      workflowModules: [...WORKFLOW_INTERCEPTORS],
      // From outside in: what is counted and traced is already in the words of the catalogue.
      activity: [
        ...(tracing === undefined ? [] : [(activity: Context) => ({ inbound: activitySpans(activity, tracing) })]),
        (activity) => ({ inbound: observeActivity(activity, metrics) }),
        (activity) => ({ inbound: new ActivityInterceptor(activity, onFailure) }),
      ],
    },
    sinks: runSpans(tracing),
    // A pause reaches the pump with the answer to a heartbeat: within a second.
    maxHeartbeatThrottleInterval: '500 ms',
    defaultHeartbeatThrottleInterval: '500 ms',
    // After a worker was killed, the next one takes its workflows over this soon.
    stickyQueueScheduleToStartTimeout: '3 s',
    // Time for the window in hand.
    shutdownGraceTime: '8 s',
  };
}
