import type { TemporalClient } from '../scheduler/connection.ts';

/** A worker asks again at least once a minute. */
const SILENCE_MS = 120_000;

/** Temporal's number of the kind of task queue (temporal.api.enums.v1.TaskQueueType). */
const WORKFLOW_TASKS = 1;

/** Whether a worker of this host has asked the task queue for work lately. Workers call themselves `<process id>@<host>`. */
export async function pollsFrom({ client, namespace }: TemporalClient, taskQueue: string, host: string): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: WORKFLOW_TASKS });
  const since = Date.now() / 1000 - SILENCE_MS / 1000;
  return (pollers ?? []).some(({ identity, lastAccessTime }) => identity?.endsWith(`@${host}`) === true && Number(lastAccessTime?.seconds ?? 0) > since);
}
