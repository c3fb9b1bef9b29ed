import { type RunEnd, type RunTotals, closeRun as writeEnd } from '../../adaptor/data/control/runs.ts';
import type { ActivityContext } from '../link-setup.ts';

/** How a run ended. */
export type CloseRunInput = RunEnd & { readonly link: string; readonly runId: string };

/** Ends the run's row with the books of its windows. */
export async function closeRun({ consumer }: Pick<ActivityContext, 'consumer'>, { runId, state, errorCode, errorDetail }: CloseRunInput): Promise<RunTotals> {
  return writeEnd(consumer, runId, { state, errorCode, errorDetail });
}
