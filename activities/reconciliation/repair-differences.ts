import { requireReconciliation } from '../../adaptor/data/control/reconciliations.ts';
import { queueRepairs } from '../../adaptor/data/reconciliation/queue-repairs.ts';
import { assertOpen } from '../../adaptor/data/state/epoch.ts';
import type { RequestContext } from '../create-request-activities.ts';
import { collectionOf, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';
import { questionsTo } from './ask-cloud.ts';
import type { ReconciliationInput } from './compare-collection.ts';

/**
 * Queues the repair of what a comparison found, and sees to it that ordinary runs carry it out: the forward chain is woken, the
 * reverse Schedule fires. May be repeated. Throws `delete-budget-exceeded`, `link-stopped`, and what the cloud refuses.
 */
export async function repairDifferences(context: RequestContext, { link, id }: ReconciliationInput): Promise<{ readonly repaired: number }> {
  const setup = linkOf(context, link);
  const reconciliation = await requireReconciliation(context.consumer, link, id);
  const { generation } = await assertOpen(context.consumer, { link: setup.name });
  const plan = await planOf(context.consumer, setup, reconciliation.collection);
  const { ask } = questionsTo(context, setup, plan, { generation });
  const { deleteBudget } = collectionOf(setup, reconciliation.collection);
  const { repaired, forwardRequest, reverseRequest } = await queueRepairs(context.consumer, plan, reconciliation, ask, deleteBudget.forward);
  // Where only the waking fails, the next period serves the rows.
  if (forwardRequest !== null) await context.ensureForwardChain(link).catch(() => undefined);
  if (reverseRequest !== null) await context.triggerReverse(link).catch(() => undefined);
  return { repaired };
}
