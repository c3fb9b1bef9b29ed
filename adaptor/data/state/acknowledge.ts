import type { Pool, PoolClient } from 'pg';
import type { ReverseOrder } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { LinkName } from '../../../exchange/names.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { requireChannel } from './channel.ts';
import { type Fence, assertEpoch } from './epoch.ts';
import { moveChannel } from './receipts.ts';
import { readWindow } from './window.ts';

/**
 * At the cloud: the CRM says, in an order or a forward manifest, that it has applied all reverse windows up to an ordinal. One
 * whose own receipt was lost is closed so. Runs in the caller's transaction.
 * Throws `cursor-invalid` where the CRM knows of more windows than were sent, or of less than it accepted.
 */
export async function acknowledgeReverse(
  client: PoolClient,
  { link, collection, ordinal, exact = false }: { readonly link: LinkName; readonly collection: string; readonly ordinal: number; readonly exact?: boolean },
): Promise<void> {
  const name = { link, collection, direction: 'reverse' } as const;
  // What is acknowledged stays so: chunks of a load, several at a time, need not wait for each other to learn it.
  if (!exact && ordinal <= (await requireChannel(client, name)).ordinal) return;
  const channel = await requireChannel(client, name, 'FOR UPDATE');
  if (ordinal < channel.ordinal && exact)
    throw new TidegateError('cursor-invalid', `The CRM accepted ${channel.ordinal} windows, and remembers ${ordinal}.`, { collection });
  if (ordinal <= channel.ordinal) return;
  const window = await readWindow(client, name, ordinal);
  if (ordinal !== channel.ordinal + 1 || window === undefined)
    throw new TidegateError('cursor-invalid', `Window ${ordinal} was never sent.`, { collection, ordinal });
  await client.query(
    `UPDATE tidegate.window SET state = 'receipted', finished_at = now() WHERE link = $1 AND collection = $2 AND direction = 'reverse' AND ordinal = $3`,
    [link, collection, ordinal],
  );
  await moveChannel(client, window, 'applied');
}

/** Takes note of what an order says was accepted, in a transaction of its own. Call it before a message is bound. */
export async function acknowledgeOrder(pool: Pool, fence: Fence, plan: CollectionPlan, order: ReverseOrder): Promise<void> {
  await inTransaction(pool, async (client) => {
    await assertEpoch(client, fence);
    await acknowledgeReverse(client, { link: plan.linkName, collection: plan.definition.name, ordinal: order.afterOrdinal, exact: true });
  });
}
