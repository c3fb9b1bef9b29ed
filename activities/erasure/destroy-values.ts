import { destroyAtCrm } from '../../adaptor/data/erasure/destroy-values.ts';
import { requireErasure } from '../../adaptor/data/erasure/erasures.ts';
import { hasRecord } from '../../adaptor/data/erasure/record-keys.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import { planOf } from '../plans.ts';
import type { ErasureInput } from './begin-erasure.ts';

/**
 * Destroys what the CRM keeps of a record beside its table, in one transaction. `present`: it has come back meanwhile (a user made it
 * anew, or an order brought it in), and has to be deleted again.
 */
export async function destroyValues(
  context: Pick<ActivityContext, 'links' | 'consumer'>,
  { link, erasure }: ErasureInput,
): Promise<{ readonly present: boolean }> {
  const setup = linkOf(context, link);
  return inTransaction(context.consumer, async (client) => {
    const { collection, key, wireKey, crmDestroyed, requestedBy } = await requireErasure(client, link, erasure);
    const plan = await planOf(client, setup, collection);
    if (await hasRecord(client, plan, key)) return { present: true };
    const now = await destroyAtCrm(client, { plan, local: key, wire: wireKey ?? undefined }, requestedBy);
    const destroyed = Object.fromEntries(Object.entries(now).map(([kind, rows]) => [kind, rows + (crmDestroyed?.[kind] ?? 0)]));
    await client.query('UPDATE tidegate.erasure SET crm_destroyed = $2::jsonb WHERE id = $1', [erasure, JSON.stringify(destroyed)]);
    return { present: false };
  });
}
