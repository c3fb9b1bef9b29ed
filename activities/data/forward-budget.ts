import { type Breach, bindAllowance, raiseBreach, readAllowance } from '../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../adaptor/data/control/count-records.ts';
import type { PreparedWindow } from '../../adaptor/data/extraction/prepared-window.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { type ActivityContext, type LinkSetup, collectionOf } from '../link-setup.ts';

/**
 * Holds a forward window to the budgets of its collection (law 4): how many it may delete, and which share of the records it may
 * change. A breach is written down with its counts, stops the collection, and the window is never sent: its number becomes void. A
 * user's approval lets one window through that is not greater than what was shown. Throws `delete-budget-exceeded`,
 * `change-budget-exceeded`.
 */
export async function checkForwardBudget(
  { consumer }: Pick<ActivityContext, 'consumer'>,
  { setup, plan, window, runId }: { readonly setup: LinkSetup; readonly plan: CollectionPlan; readonly window: PreparedWindow; readonly runId: string },
): Promise<void> {
  const collection = plan.definition.name;
  const { deleteBudget, changeShare } = collectionOf(setup, collection);
  const { budget: changeBudget, records } = await shareOfRecords(consumer, plan, changeShare.forward);
  const { rows: changes, tombstones: deletes } = window;
  const isTooMany = changeBudget !== null && changes > changeBudget;
  if (deletes <= deleteBudget.forward && !isTooMany) return;
  const allowance = await readAllowance(consumer, setup.name, collection, 'forward');
  if (allowance !== undefined && deletes <= allowance.deletes && changes <= allowance.changes) return bindAllowance(consumer, allowance.id, window.batchId);
  const code: Breach['code'] = deletes > deleteBudget.forward ? 'delete-budget-exceeded' : 'change-budget-exceeded';
  const counts = { changes, deletes, changeBudget, deleteBudget: deleteBudget.forward, records };
  throw await inTransaction(consumer, (client) => raiseBreach(client, { link: setup.name, collection, direction: 'forward', runId, code, ...counts }));
}
