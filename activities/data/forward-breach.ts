import type { Allowance, Breach } from '../../adaptor/data/control/approvals.ts';

/** What a collection sends from one snapshot. */
export interface Sent {
  readonly changes: number;
  readonly deletes: number;
  /** Whether its table was truncated. */
  readonly truncated: boolean;
}

/** What a collection may send without a user's approval; a `changeBudget` of null is no limit. */
export interface ForwardBudget {
  readonly deleteBudget: number;
  readonly changeBudget: number | null;
}

/** Why what is sent has to be approved by a user (law 4); undefined where it is within its budgets. */
export function breachOf({ changes, deletes, truncated }: Sent, { deleteBudget, changeBudget }: ForwardBudget): Breach['code'] | undefined {
  if (truncated) return 'truncate-needs-approval';
  if (deletes > deleteBudget) return 'delete-budget-exceeded';
  return changeBudget !== null && changes > changeBudget ? 'change-budget-exceeded' : undefined;
}

/** Whether an approval lets it through: no more of either than was shown, and a truncated table only where that was approved. */
export function isAllowed({ changes, deletes, truncated }: Sent, allowance: Allowance): boolean {
  return deletes <= allowance.deletes && changes <= allowance.changes && truncated === (allowance.kind === 'truncate');
}
