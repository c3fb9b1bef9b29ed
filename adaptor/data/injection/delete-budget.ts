import type { PoolClient } from 'pg';
import type { ManifestClaims, ReverseOrder } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';

/** Counts the tombstones of all windows under a message, this one's with them. Throws `delete-budget-exceeded`. */
export async function checkDeleteBudget(client: PoolClient, plan: CollectionPlan, claims: ManifestClaims, order: ReverseOrder): Promise<void> {
  if (claims.tombstones === 0) return;
  const row = await controlRow<{ before: number }>(
    client,
    `select coalesce(sum(tombstones), 0) as before from tidegate."window"
     where message_id = $1::uuid and link = $2 and collection = $3 and direction = 'reverse' and state = 'applied'`,
    [claims.messageId, plan.linkName, plan.definition.name],
  );
  const deletes = (row?.before ?? 0) + claims.tombstones;
  if (deletes > order.deleteBudget)
    throw new TidegateError('delete-budget-exceeded', `${deletes} deletes, ${order.deleteBudget} allowed.`, {
      collection: claims.collection,
      deletes,
      budget: order.deleteBudget,
    });
}
