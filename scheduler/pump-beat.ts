import { type WorkflowExecutionDescription, defaultPayloadConverter } from '@temporalio/client';

/** What a pump says with every heartbeat. */
export interface PumpBeat {
  /** Windows receipted in this run. */
  readonly windows: number;
  /** Records offered in this run. */
  readonly rows: number;
  /** Milliseconds between the last snapshot that is wholly receipted and now. */
  readonly lagMs: number;
}

/** The last heartbeat of the pump in a run's description; null while no pump runs. */
export function readPumpBeat(description: WorkflowExecutionDescription): PumpBeat | null {
  const pump = description.raw.pendingActivities?.find((activity) => activity.activityType?.name === 'pumpWindows');
  const [payload] = pump?.heartbeatDetails?.payloads ?? [];
  return payload == null ? null : defaultPayloadConverter.fromPayload<PumpBeat>(payload);
}
