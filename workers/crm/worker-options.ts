import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';
import { createAuthActivities } from '../../activities/create-auth-activities.ts';
import { createDataActivities } from '../../activities/create-data-activities.ts';
import { createLedgerActivities } from '../../activities/create-ledger-activities.ts';
import { type RequestContext, createRequestActivities } from '../../activities/create-request-activities.ts';
import { createTransportActivities } from '../../activities/create-transport-activities.ts';
import { FailureInterceptor, type OnFailure } from '../../activities/failure-interceptor.ts';

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

/** Options of a worker that hosts all workflows and activities. */
export function workerOptions(
  context: RequestContext,
  onFailure?: OnFailure,
): Pick<
  WorkerOptions,
  'workflowsPath' | 'activities' | 'taskQueue' | 'interceptors' | 'maxHeartbeatThrottleInterval' | 'defaultHeartbeatThrottleInterval' | 'shutdownGraceTime'
> {
  return {
    taskQueue: context.taskQueue,
    workflowsPath: fileURLToPath(new URL('../../workflows/all-workflows.ts', import.meta.url)),
    activities: createActivities(context),
    interceptors: { activity: [(activity) => ({ inbound: new FailureInterceptor(activity, onFailure) })] },
    // A pause reaches the pump with the answer to a heartbeat: within a second.
    maxHeartbeatThrottleInterval: '500 ms',
    defaultHeartbeatThrottleInterval: '500 ms',
    // Time for the window in hand.
    shutdownGraceTime: '8 s',
  };
}
