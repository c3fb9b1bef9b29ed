import type { Allowance, Breach } from '../../adaptor/data/control/approvals.ts';
import type { ManifestClaims, ReverseOrder } from '../../exchange/claims.ts';
import { type ForwardBudget, type Sent, breachOf, isAllowed } from '../data/forward-breach.ts';
import type { CollectionSetup } from '../link-setup.ts';

/* Whether a run would wait for a user, for its plan: by the rules of the runs themselves, and with what was approved already. */

/** Why a load would wait, of a link that is opened for the `generation`th time; null where it would not. */
export function whyLoadWaits(
  generation: number,
  approval: Pick<CollectionSetup['approval'], 'firstLoad' | 'reconnect'>,
  allowance: Allowance | undefined,
): Breach['code'] | null {
  const kind = generation > 1 ? 'reconnect' : 'first-load';
  const isAsked = kind === 'reconnect' ? approval.reconnect : approval.firstLoad;
  return isAsked && allowance?.kind !== kind ? 'load-needs-approval' : null;
}

/** Why what has changed would wait; null where it would be sent. */
export function whyWindowWaits(sent: Sent, budget: ForwardBudget, allowance: Allowance | undefined): Breach['code'] | null {
  return allowance !== undefined && isAllowed(sent, allowance) ? null : (breachOf(sent, budget) ?? null);
}

/** Why what an order brings would wait, by the manifest of what the cloud showed; null where it would come in. The order has in it what was approved. */
export function whyOrderWaits(
  { deleteBudget, changeBudget = Number.MAX_SAFE_INTEGER, truncated: mayBeTruncated }: Pick<ReverseOrder, 'deleteBudget' | 'changeBudget' | 'truncated'>,
  { rows, tombstones, truncated, following }: Pick<ManifestClaims, 'rows' | 'tombstones' | 'truncated' | 'following'>,
): Breach['code'] | null {
  if (truncated === true && mayBeTruncated !== true) return 'truncate-needs-approval';
  if (tombstones + (following?.tombstones ?? 0) > deleteBudget) return 'delete-budget-exceeded';
  return rows + (following?.rows ?? 0) > changeBudget ? 'change-budget-exceeded' : null;
}
