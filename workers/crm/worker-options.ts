import { existsSync } from 'node:fs';
import type { Context } from '@temporalio/activity';
import type { WorkerOptions } from '@temporalio/worker';
import { createApprovalActivities } from '../../activities/create-approval-activities.ts';
import { createAuthActivities } from '../../activities/create-auth-activities.ts';
import { createDataActivities } from '../../activities/create-data-activities.ts';
import { createErasureActivities } from '../../activities/create-erasure-activities.ts';
import { createLedgerActivities } from '../../activities/create-ledger-activities.ts';
import { createReconciliationActivities } from '../../activities/create-reconciliation-activities.ts';
import { type MaintenanceContext, createMaintenanceActivities } from '../../activities/create-maintenance-activities.ts';
import { createPlanningActivities } from '../../activities/create-planning-activities.ts';
import { createReleaseActivities } from '../../activities/create-release-activities.ts';
import { type RequestContext, createRequestActivities } from '../../activities/create-request-activities.ts';
import { createTransportActivities } from '../../activities/create-transport-activities.ts';
import { ActivityInterceptor, type OnFailure } from '../../activities/activity-interceptor.ts';
import type { TemporalCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { ownProgram } from '../../embedded/own-program.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';
import type { Tracing } from '../../observability/tracing/tracing.ts';
import { dataConverterOf } from './encode-payloads.ts';
import { observeActivity } from './observe-activities.ts';
import { activitySpans, runSpans } from './trace-workflows.ts';

/** What all activities need. */
export type WorkerContext = RequestContext & MaintenanceContext;

/** Every activity that the workflows ask for. */
export function createActivities(context: WorkerContext) {
  return {
    ...createTransportActivities(context),
    ...createApprovalActivities(context),
    ...createAuthActivities(context),
    ...createDataActivities(context),
    ...createErasureActivities(context),
    ...createLedgerActivities(context),
    ...createReconciliationActivities(context),
    ...createMaintenanceActivities(context),
    ...createPlanningActivities(context),
    ...createReleaseActivities(context),
    ...createRequestActivities(context),
  };
}

/** What a composition root leaves to `workerOptions`. */
type HostedOptions = Pick<
  WorkerOptions,
  | 'workflowsPath'
  | 'workflowBundle'
  | 'dataConverter'
  | 'activities'
  | 'taskQueue'
  | 'interceptors'
  | 'sinks'
  | 'maxHeartbeatThrottleInterval'
  | 'defaultHeartbeatThrottleInterval'
  | 'stickyQueueScheduleToStartTimeout'
  | 'shutdownGraceTime'
>;

/** How the worker encodes payloads, and who is told of what it does. */
export interface Hosting {
  /** The codec of this process; absent: payloads are plain. */
  readonly codec?: TemporalCodec;
  readonly onFailure?: OnFailure;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
}

/** Workflow code that is bundled beside the workflows: it hands on traces, recorded or not. */
export const WORKFLOW_INTERCEPTORS: readonly string[] = [ownProgram(import.meta.url, '../../workflows/trace-context')];

/** Options of a worker that hosts all workflows and activities. */
export function workerOptions(context: WorkerContext, { codec, onFailure, metrics, tracing }: Hosting = {}): HostedOptions {
  const code = workflowCode(codec?.encodes === true);
  return {
    ...code,
    ...(codec === undefined ? {} : { dataConverter: dataConverterOf(codec, onFailure) }),
    taskQueue: context.taskQueue,
    activities: createActivities(context),
    interceptors: {
      // A bundle has them in it.
      workflowModules: code.workflowBundle === undefined ? [...WORKFLOW_INTERCEPTORS] : [],
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

/** The workflows as the package holds them, bundled when it was built; a checkout's are bundled when they have changed (workflow-bundle.ts). */
function workflowCode(encodesFailures: boolean): Pick<WorkerOptions, 'workflowsPath' | 'workflowBundle'> {
  const codePath = ownProgram(import.meta.url, `../../workflows/workflow-bundle${encodesFailures ? '-encoding' : ''}`);
  return existsSync(codePath) ? { workflowBundle: { codePath } } : { workflowsPath: ownProgram(import.meta.url, '../../workflows/all-workflows') };
}
