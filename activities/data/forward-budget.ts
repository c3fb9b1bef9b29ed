import { type Breach, bindAllowance, readAllowance } from '../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../adaptor/data/control/count-records.ts';
import type { PreparedWindow } from '../../adaptor/data/extraction/prepared-window.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { type ActivityContext, type LinkSetup, collectionOf } from '../link-setup.ts';
import { breachOf, isAllowed } from './forward-breach.ts';
import { raiseAndAnnounce } from './raise-breach.ts';

/**
 * Holds what a collection sends from one snapshot to its budgets (law 4), before its first window is sent: how many it may delete, and
 * which share of the records it may change; what a TRUNCATE took away always waits. A breach is written down with its counts, stops
 * the collection, and nothing of it is sent: the window's number becomes void. A user's approval lets through what is not greater than
 * what was shown, once. Throws `delete-budget-exceeded`, `change-budget-exceeded`, `truncate-needs-approval`.
 */
export async function checkForwardBudget(
  context: Pick<ActivityContext, 'consumer' | 'announceApproval'>,
  { setup, plan, window, runId }: { readonly setup: LinkSetup; readonly plan: CollectionPlan; readonly window: PreparedWindow; readonly runId: string },
): Promise<void> {
  const { consumer } = context;
  const collection = plan.definition.name;
  const { deleteBudget, changeShare, approval } = collectionOf(setup, collection);
  const { budget: changeBudget, records } = await shareOfRecords(consumer, plan, changeShare.forward);
  const { changes, deletes } = window.whole;
  const sent = { changes, deletes, truncated: window.truncated };
  const code = breachOf(sent, { deleteBudget: deleteBudget.forward, changeBudget });
  if (code === undefined) return;
  const allowance = await readAllowance(consumer, setup.name, collection, 'forward');
  if (allowance !== undefined && isAllowed(sent, allowance)) return bindAllowance(consumer, allowance.id, window.batchId);
  const kind = window.truncated ? 'truncate' : 'breach';
  const counts = { changes, deletes, changeBudget, deleteBudget: deleteBudget.forward, records, batchId: null };
  const breach: Breach = { link: setup.name, collection, direction: 'forward', runId, kind, code, ...counts };
  throw await raiseAndAnnounce(context, breach, { ask: window.truncated || approval.breach, validMs: setup.approvals.validMs });
}
