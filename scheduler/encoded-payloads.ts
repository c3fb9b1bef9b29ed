import type { Client, ScheduleHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** Clocks differ, and a machine with a key file of its own takes a key up later: so long a run may still begin under the key of before. */
const OVERLAP_MS = 10 * 60_000;

/** Where to look: a namespace may be others' too, the task queue is ours. */
export interface EncodedPlace {
  readonly client: Client;
  readonly taskQueue: string;
}

/** How many runs that Temporal still has, going on or kept, began so early that they may hold payloads under a key that was replaced at `replacedAtMs`. */
export async function runsBefore({ client, taskQueue }: EncodedPlace, replacedAtMs: number): Promise<number> {
  const until = new Date(replacedAtMs + OVERLAP_MS).toISOString();
  return (await client.workflow.count(`TaskQueue = '${taskQueue.replaceAll("'", "''")}' AND StartTime < '${until}'`)).count;
}

/** A Schedule with the payloads that it starts runs with, as they stand in Temporal. */
export interface ScheduledPayloads {
  readonly handle: ScheduleHandle;
  readonly payloads: readonly Payload[];
}

/** The Schedules whose runs go to the task queue. */
export async function schedulePayloads({ client, taskQueue }: EncodedPlace): Promise<readonly ScheduledPayloads[]> {
  const found: ScheduledPayloads[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    const { schedule } = await client.workflowService.describeSchedule({ namespace: client.options.namespace, scheduleId });
    const { startWorkflow: start } = schedule?.action ?? {};
    if (start?.taskQueue?.name !== taskQueue) continue;
    const payloads = [...(start.input?.payloads ?? []), start.userMetadata?.summary, start.userMetadata?.details].filter((payload) => payload != null);
    found.push({ handle: client.schedule.getHandle(scheduleId), payloads });
  }
  return found;
}

/** Writes a Schedule as it is: its payloads are encoded anew. */
export async function encodeAnew(schedule: ScheduleHandle): Promise<void> {
  await schedule.update((previous) => previous);
}
