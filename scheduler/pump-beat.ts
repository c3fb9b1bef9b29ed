import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalSinglePayload } from '@temporalio/common/lib/internal-non-workflow/index.js';

/** What a pump says with every heartbeat. */
export interface PumpBeat {
  /** Windows receipted in this run. */
  readonly windows: number;
  /** Records offered in this run. */
  readonly rows: number;
  /** Milliseconds between the last snapshot that is wholly receipted and now. */
  readonly lagMs: number;
}

/** The last heartbeat of the pump in a run's description, decoded as the client decodes; null while no pump runs. */
export async function readPumpBeat({ options }: Client, description: WorkflowExecutionDescription): Promise<PumpBeat | null> {
  const pump = description.raw.pendingActivities?.find((activity) => activity.activityType?.name === 'pumpWindows');
  const [payload] = pump?.heartbeatDetails?.payloads ?? [];
  return (await decodeOptionalSinglePayload<PumpBeat>(options.loadedDataConverter, payload)) ?? null;
}
