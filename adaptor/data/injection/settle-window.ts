import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { EMPTY_BOOKS } from '../../../exchange/books.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { checkFence, lockPlace } from './channel-order.ts';
import type { SignReceipt } from './incoming-window.ts';

/** A sender's question for a forward window that it got no answer for. */
export interface Settlement {
  readonly plan: CollectionPlan;
  readonly ordinal: number;
  readonly epoch: number;
  readonly signReceipt: SignReceipt;
}

/**
 * Answers with the receipt of a window that was applied; makes the ordinal void where it was not, so that it never can be.
 * What is under way is waited for. Returns the receipt's JWS. Throws `ordinal-out-of-order` (it is neither known nor the next),
 * `epoch-stale`, `link-stopped`, `collection-unknown`.
 */
export async function settleWindow(pool: Pool, { plan, ordinal, epoch, signReceipt }: Settlement): Promise<string> {
  return inTransaction(pool, async (client) => {
    const place = await lockPlace(client, plan, 'forward', ordinal, 'update');
    checkFence(place, { epoch });
    if ((place.state === 'applied' || place.state === 'void') && place.receipt !== null) return place.receipt;
    if (ordinal !== place.last + 1) throw new TidegateError('ordinal-out-of-order', undefined, { ordinal, last: place.last });
    const receipt = await signReceipt({ ...plan.link, collection: plan.definition.name, direction: 'forward', ordinal, outcome: 'void', books: EMPTY_BOOKS });
    const channel = [plan.linkName, plan.definition.name, ordinal];
    await client.query(
      `insert into tidegate."window" (link, collection, direction, ordinal, generation, kind, batch_id, state, receipt, finished_at)
       values ($1, $2, 'forward', $3, $4, 'delta', $5, 'void', $6, now())
       on conflict (link, collection, direction, ordinal) do update set state = 'void', receipt = excluded.receipt, finished_at = excluded.finished_at`,
      [...channel, place.generation, randomUUID(), receipt],
    );
    await client.query(`update tidegate.channel set ordinal = $3 where link = $1 and collection = $2 and direction = 'forward'`, channel);
    return receipt;
  });
}
