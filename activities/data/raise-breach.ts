import { type Asking, type Breach, raiseBreach } from '../../adaptor/data/control/approvals.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import type { TidegateError } from '../../exchange/errors.ts';
import type { ActivityContext } from '../link-setup.ts';

/**
 * Writes down what waits for a user, stops its collection, and starts the workflow that waits for the decision. Gives the error to be
 * thrown, with the number of the approval among its facts.
 */
export async function raiseAndAnnounce(
  { consumer, announceApproval }: Pick<ActivityContext, 'consumer' | 'announceApproval'>,
  breach: Breach,
  asking: Asking,
): Promise<TidegateError> {
  const raised = await inTransaction(consumer, (client) => raiseBreach(client, breach, asking));
  // Where Temporal cannot be asked just now, whoever decides starts it.
  if (asking.ask || breach.batchId !== null) await announceApproval?.(breach.link, Number(raised.facts['approval'])).catch(() => undefined);
  return raised;
}
