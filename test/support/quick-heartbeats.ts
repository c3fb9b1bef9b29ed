import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/**
 * Workflow code that is bundled for workers which are killed: each death costs the time of a heartbeat, and 14 of them the
 * product's ten seconds each. Four are still four beats of an activity.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [{ scheduleActivity: (input, next) => next({ ...input, options: { ...input.options, heartbeatTimeout: '4 s' } }) }],
});
