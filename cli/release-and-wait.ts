import type { StartedRelease } from '../scheduler/release-run.ts';
import type { TidegateClient } from '../scheduler/tidegate-client.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidegateError } from '../exchange/errors.ts';
import { runUrl } from '../scheduler/ids.ts';
import type { Context } from './context.ts';
import { print } from './output.ts';

/** What people read of each outcome. */
const OUTCOMES = {
  applied: 'It is in the CRM.',
  unchanged: 'The CRM had it already.',
  conflicted: 'It is in the CRM, but for what the CRM’s own users changed meanwhile: see tidegate conflicts list.',
} as const;

/** Waits until a decision was carried out, and says what became of it, and what it left alone. Throws what it was refused with; `run-failed` after the time. */
export async function releaseAndWait(
  context: Context,
  tidegate: TidegateClient,
  { releaseId, workflowId }: StartedRelease,
  seconds: number,
  readRefused: () => Promise<readonly { readonly collection: string; readonly key: readonly string[]; readonly code: string }[]> = async () => [],
): Promise<void> {
  const ui = context.settings.TIDEGATE_TEMPORAL_UI;
  const url = ui === undefined ? null : runUrl(ui, context.settings.TIDEGATE_TEMPORAL_NAMESPACE, workflowId);
  const stop = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: stop.signal }).then(() => {
    throw new TidegateError('run-failed', `The release is not applied after ${seconds} s; it goes on.`, { releaseId });
  });
  late.catch(() => undefined);
  const { outcome } = await Promise.race([tidegate.awaitRelease(releaseId), late]).finally(() => stop.abort());
  const refused = await readRefused();
  const left = refused.map(({ collection, key, code }) => `Left alone: ${collection} ${key.join(', ')} (${code})`);
  const told = { releaseId, workflowId, outcome, url, ...(refused.length === 0 ? {} : { refused }) };
  print(context.output, told, () => [OUTCOMES[outcome], ...left, `Release ${releaseId}`, ...(url === null ? [] : [url])].join('\n'));
}
