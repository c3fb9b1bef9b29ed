import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';

const run = promisify(execFile);
const MAX_BYTES = 64 * 1024 * 1024;

/** A Temporal server and namespace. */
interface Place {
  readonly address: string;
  readonly namespace: string;
}

/**
 * Everything that Temporal's own command line tells of every run and Schedule of a namespace: histories with their payloads
 * decoded, descriptions, memos, search attributes. Payloads that it leaves encoded are decoded here. By run or Schedule.
 */
export async function readHistories({ address, namespace }: Place): Promise<Readonly<Record<string, string>>> {
  const binary = await findTemporalBinary();
  const temporal = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(binary, [...args, '--address', address, '--namespace', namespace, '--output', 'json'], { maxBuffer: MAX_BYTES });
    return stdout;
  };
  const runs = JSON.parse(await temporal('workflow', 'list')) as { execution: { workflowId: string; runId: string } }[];
  const schedules = JSON.parse(await temporal('schedule', 'list')) as { scheduleId: string }[];
  const told: Record<string, string> = {};
  for (const { workflowId, runId } of runs.map(({ execution }) => execution)) {
    const at = ['--workflow-id', workflowId, '--run-id', runId] as const;
    const texts = await Promise.all([temporal('workflow', 'show', ...at), temporal('workflow', 'describe', ...at)]);
    told[`run ${workflowId}/${runId}`] = decoded(texts.join('\n'));
  }
  for (const { scheduleId } of schedules) told[`schedule ${scheduleId}`] = decoded(await temporal('schedule', 'describe', '--schedule-id', scheduleId));
  return told;
}

/** A text with what is base64 in it beside. */
function decoded(text: string): string {
  const hidden = [...text.matchAll(/"([A-Za-z0-9+/]{12,}={0,2})"/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString('utf8'));
  return [text, ...hidden].join('\n');
}
