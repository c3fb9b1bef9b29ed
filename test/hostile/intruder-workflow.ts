import { proxyActivities } from '@temporalio/workflow';

/** One activity of the company's worker, asked for by name. */
export interface Intrusion {
  readonly taskQueue: string;
  readonly activity: string;
  readonly input: unknown;
}

/** Workflow code of somebody who reaches an open Temporal server: it gives the company's worker activities of its own choice. */
export async function intrude({ taskQueue, activity, input }: Intrusion): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '20 s',
    retry: { maximumAttempts: 1 },
  });
  return activities[activity]?.(input);
}
