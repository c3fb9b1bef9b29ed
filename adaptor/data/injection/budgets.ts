import type { PoolClient } from 'pg';
import type { ManifestClaims, ReverseOrder } from '../../../exchange/claims.ts';
import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

/**
 * Counts records and tombstones of all windows under a message: those before, this one, and what its manifest says will follow from
 * the same snapshot, before anything of that snapshot is written. Throws `delete-budget-exceeded`, `change-budget-exceeded`, each
 * with both counts; `truncate-needs-approval` where the cloud's table was truncated and the order does not say that this is approved.
 */
export async function checkBudgets(client: PoolClient, plan: CollectionPlan, claims: ManifestClaims, order: ReverseOrder): Promise<void> {
  const { deleteBudget, changeBudget = Number.MAX_SAFE_INTEGER } = order;
  const { rows: later = 0, tombstones: laterDeletes = 0 } = claims.following ?? {};
  const isTruncated = claims.truncated === true && order.truncated !== true;
  if (claims.tombstones + laterDeletes === 0 && order.changeBudget === undefined && !isTruncated) return;
  const before = await controlRow<{ deletes: number; changes: number }>(
    client,
    `select coalesce(sum(tombstones), 0) as deletes, coalesce(sum(offered - filtered), 0) as changes from tidegate."window"
     where message_id = $1::uuid and link = $2 and collection = $3 and direction = 'reverse' and state = 'applied'`,
    [claims.messageId, plan.linkName, plan.definition.name],
  );
  const deletes = (before?.deletes ?? 0) + claims.tombstones + laterDeletes;
  const changes = (before?.changes ?? 0) + claims.rows + later;
  const facts = { collection: claims.collection, deletes, changes, deleteBudget, changeBudget: order.changeBudget ?? null };
  if (isTruncated) throw new TidegateError('truncate-needs-approval', `${deletes} deletes.`, facts);
  if (claims.tombstones + laterDeletes > 0 && deletes > deleteBudget)
    throw new TidegateError('delete-budget-exceeded', `${deletes} deletes, ${deleteBudget} allowed.`, facts);
  if (changes > changeBudget) throw new TidegateError('change-budget-exceeded', `${changes} records, ${changeBudget} allowed.`, facts);
}

const BREACHES: ReadonlySet<ErrorCode> = new Set(['delete-budget-exceeded', 'change-budget-exceeded', 'truncate-needs-approval']);

/** Whether an error tells of more than a message allows: the window waits for a user then. */
export function isBreach(error: unknown): error is TidegateError {
  return error instanceof TidegateError && BREACHES.has(error.code);
}
