import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import { requireErasure } from '../../adaptor/data/erasure/erasures.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type ActivityContext, linkOf } from '../link-setup.ts';
import type { ErasureInput } from './begin-erasure.ts';

/**
 * Orders the cloud to destroy what it has of a record, by an order that is signed anew each time, and keeps the signed receipt.
 * A record that was never on the wire is not there. Throws as the producer does and as `verify` does, `batch-refused`.
 */
export async function orderErasure(
  context: Pick<ActivityContext, 'links' | 'consumer' | 'registry'>,
  { link, erasure }: ErasureInput,
): Promise<Readonly<Record<string, number>>> {
  const { identity, signingKey, producer } = linkOf(context, link);
  const { collection, wireKey, cloudDestroyed } = await requireErasure(context.consumer, link, erasure);
  if (wireKey === null) return {};
  const order = await issue(signingKey, 'erasure', { ...identity, collection, erasure, key: [...wireKey] });
  const { claims, jws } = await verify(await producer.erase({ collection, erasure: order }), 'erasureReceipt', {
    registry: context.registry,
    audience: partyId('crm', identity),
  });
  if (claims.collection !== collection || claims.erasure !== erasure)
    throw new TidegateError('batch-refused', 'The receipt is of another erasure.', { erasure });
  // Rounds before this one have destroyed something too.
  const destroyed = Object.fromEntries(Object.entries(claims.destroyed).map(([kind, rows]) => [kind, rows + (cloudDestroyed?.[kind] ?? 0)]));
  await context.consumer.query('UPDATE tidegate.erasure SET cloud_destroyed = $2::jsonb, receipt = $3 WHERE id = $1', [
    erasure,
    JSON.stringify(destroyed),
    jws,
  ]);
  return destroyed;
}
