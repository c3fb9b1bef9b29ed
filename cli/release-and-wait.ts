import type { StartedRelease } from '../scheduler/release-run.ts';
import type { TidegateClient } from '../scheduler/tidegate-client.ts';
import { runUrl } from '../scheduler/ids.ts';
import type { Context } from './context.ts';
import { print } from './output.ts';
import { within } from './within.ts';

/** What people read of each outcome. */
const OUTCOMES = {
  applied: 'It is in the CRM.',
  unchanged: 'The CRM had it already.',
  conflicted: 'It is in the CRM, but for what the CRM’s own users changed meanwhile: see npx tidegate conflicts list.',
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
  const { outcome } = await within(seconds, 'The release', tidegate.awaitRelease(releaseId));
  const refused = await readRefused();
  const left = refused.map(({ collection, key, code }) => `Left alone: ${collection} ${key.join(', ')} (${code})`);
  const told = { releaseId, workflowId, outcome, url, ...(refused.length === 0 ? {} : { refused }) };
  print(context.output, told, () => [OUTCOMES[outcome], ...left, `Release ${releaseId}`, ...(url === null ? [] : [url])].join('\n'));
}
