import { type RunEnd, type RunTotals, closeRun as writeEnd } from '../../adaptor/data/control/runs.ts';
import type { ActivityContext } from '../link-setup.ts';
import { signHead } from './sign-head.ts';

/** How a run ended. */
export type CloseRunInput = RunEnd & { readonly link: string; readonly runId: string };

/** Ends the run's row with the books of its windows, and signs where the ledger's chain stands then. */
export async function closeRun(
  context: Pick<ActivityContext, 'consumer' | 'links'>,
  { link, runId, state, errorCode, errorDetail }: CloseRunInput,
): Promise<RunTotals> {
  const totals = await writeEnd(context.consumer, runId, { state, errorCode, errorDetail });
  // A run of a link that this worker is not configured for ends as well.
  const key = context.links.get(link)?.signingKey;
  if (key !== undefined) await signHead(context.consumer, key);
  return totals;
}
