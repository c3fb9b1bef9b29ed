import { type NewRun, openRun as writeRun } from '../../adaptor/data/control/runs.ts';
import type { ActivityContext } from '../link-setup.ts';

/** A run as it begins. */
export type OpenRunInput = Omit<NewRun, 'id'> & { readonly runId: string };

/** Writes the run's row in the CRM's own log. */
export async function openRun({ consumer }: Pick<ActivityContext, 'consumer'>, { runId, ...run }: OpenRunInput): Promise<void> {
  await writeRun(consumer, { id: runId, ...run });
}
