import { retryDependents } from '../../adaptor/data/quarantine/retry-dependents.ts';
import { beating } from '../heartbeat.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planCollections } from '../plans.ts';
import { acceptedOrders } from './accepted-order.ts';

/** Under which accepted message records are tried again. */
export interface RetryWaitingInput {
  readonly link: string;
  readonly runId: string;
  readonly messageId: string;
}

/**
 * Tries records again that wait at the CRM for a parent which has come in meanwhile, parents first. The message orders them as it
 * orders the windows. Throws `message-not-accepted`, `message-expired`, `link-stopped`, or as the injector does.
 */
export async function retryWaiting(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'reverse'>,
  { link, runId, messageId }: RetryWaitingInput,
): Promise<{ readonly resolved: number }> {
  const setup = linkOf(context, link);
  const { claims } = await acceptedOrders(context, setup, messageId);
  const planned = await planCollections(context.consumer, setup);
  const plans = planned.flatMap(({ plan }) => plan ?? []);
  let resolved = 0;
  await beating(
    () => ({ resolved }),
    async (signal) => {
      for (const plan of plans) {
        signal.throwIfAborted();
        const order = claims.orders.find(({ collection }) => collection === plan.definition.name);
        if (order !== undefined) resolved += await retryDependents(context.reverse, { plan, parents: plans, order, messageId, runId });
      }
    },
  );
  return { resolved };
}
