import { waitingDependents } from '../../adaptor/data/quarantine/waiting-dependents.ts';
import { writeRequest } from '../../adaptor/data/control/sync-requests.ts';
import type { ActivityContext } from '../link-setup.ts';

/** Which collection got a record that others may have waited for. */
export interface OrderDependentsInput {
  readonly link: string;
  readonly collection: string;
}

/** Fires the reverse Schedule of a link now (scheduler/schedules.ts). */
export type TriggerReverse = (link: string) => Promise<void>;

/**
 * Orders a reverse run where records wait at the CRM for a parent of this collection: they come in under its message, not under
 * the release, which names one record.
 */
export async function orderDependents(
  { consumer, triggerReverse }: Pick<ActivityContext, 'consumer'> & { readonly triggerReverse: TriggerReverse },
  { link, collection }: OrderDependentsInput,
): Promise<{ readonly waiting: number }> {
  const waiting = await waitingDependents(consumer, link, collection, 'reverse');
  if (waiting.length === 0) return { waiting: 0 };
  const collections = [...new Set(waiting.map((record) => record.collection))];
  await writeRequest(consumer, {
    link,
    direction: 'reverse',
    cause: 'repair',
    collections,
    records: null,
    requestedBy: null,
    reason: `A record of ${collection} came in that others waited for.`,
  });
  // Where only the firing fails, the next one serves the row.
  await triggerReverse(link).catch(() => undefined);
  return { waiting: waiting.length };
}
