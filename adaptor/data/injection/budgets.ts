import type { PoolClient } from 'pg';
import type { ManifestClaims, ReverseOrder } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

/**
 * Counts records and tombstones of all windows under a message, this one's with them, before anything of it is written. Throws
 * `delete-budget-exceeded`, `change-budget-exceeded`, each with both counts.
 */
export async function checkBudgets(client: PoolClient, plan: CollectionPlan, claims: ManifestClaims, order: ReverseOrder): Promise<void> {
  const { deleteBudget, changeBudget = Number.MAX_SAFE_INTEGER } = order;
  if (claims.tombstones === 0 && order.changeBudget === undefined) return;
  const before = await controlRow<{ deletes: number; changes: number }>(
    client,
    `select coalesce(sum(tombstones), 0) as deletes, coalesce(sum(offered - filtered), 0) as changes from tidegate."window"
     where message_id = $1::uuid and link = $2 and collection = $3 and direction = 'reverse' and state = 'applied'`,
    [claims.messageId, plan.linkName, plan.definition.name],
  );
  const deletes = (before?.deletes ?? 0) + claims.tombstones;
  const changes = (before?.changes ?? 0) + claims.rows;
  const facts = { collection: claims.collection, deletes, changes, deleteBudget, changeBudget: order.changeBudget ?? null };
  if (claims.tombstones > 0 && deletes > deleteBudget) throw new TidegateError('delete-budget-exceeded', `${deletes} deletes, ${deleteBudget} allowed.`, facts);
  if (changes > changeBudget) throw new TidegateError('change-budget-exceeded', `${changes} records, ${changeBudget} allowed.`, facts);
}
