import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

/** Folder of the recordings, one folder a recording (scripts/record-histories.ts). */
export const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

/** A run as it was recorded. */
export interface RecordedHistory {
  /** `<recording>/<workflow type>-<number>`. */
  readonly name: string;
  /** Type of its workflow. */
  readonly type: string;
  readonly text: string;
  readonly history: ReturnType<typeof History.fromObject>;
}

/** Every recorded run, in the order of its name. */
export function recordedHistories(): readonly RecordedHistory[] {
  const files = readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  return files.toSorted().map((file) => {
    const text = readFileSync(join(HISTORIES, file), 'utf8');
    const history = History.fromObject(JSON.parse(text) as object);
    const type = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '';
    return { name: file.replaceAll('\\', '/').replace(/\.json$/, ''), type, text, history };
  });
}

/** Names of the activities that a run scheduled, in their order. */
export function activitiesOf({ history }: RecordedHistory): readonly string[] {
  return history.events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}
