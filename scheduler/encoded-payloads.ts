import { type Client, type ScheduleHandle, ScheduleNotFoundError, isGrpcServiceError } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** Clocks differ, and a machine with a key file of its own takes a key up later: so long a run may still begin under the key of before. */
const OVERLAP_MS = 10 * 60_000;

/** gRPC's NOT_FOUND. */
const NOT_FOUND = 5;

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

/** The Schedules whose runs go to the task queue. The namespace may be others' too: one that they delete meanwhile is passed over. */
export async function schedulePayloads({ client, taskQueue }: EncodedPlace): Promise<readonly ScheduledPayloads[]> {
  const found: ScheduledPayloads[] = [];
  for await (const { scheduleId } of client.schedule.list()) {
    const described = await client.workflowService.describeSchedule({ namespace: client.options.namespace, scheduleId }).catch((error: unknown) => {
      if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return undefined;
      throw error;
    });
    const { startWorkflow: start } = described?.schedule?.action ?? {};
    if (start?.taskQueue?.name !== taskQueue) continue;
    const payloads = [...(start.input?.payloads ?? []), start.userMetadata?.summary, start.userMetadata?.details].filter((payload) => payload != null);
    found.push({ handle: client.schedule.getHandle(scheduleId), payloads });
  }
  return found;
}

/** Writes a Schedule as it is: its payloads are encoded anew. One that is deleted meanwhile has none. */
export async function encodeAnew(schedule: ScheduleHandle): Promise<void> {
  try {
    await schedule.update((previous) => previous);
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
