import type { FastifyInstance } from 'fastify';
import { inTransaction } from '../../../adaptor/data/pool.ts';
import { confirmReceipt } from '../../../adaptor/data/state/receipts.ts';
import { readWindow } from '../../../adaptor/data/state/window.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import { spendOrder } from '../bound-message.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { COLLECTION_PATH, windowPlaceOf } from '../paths.ts';

/** The CRM's signed receipt of a reverse window: moves this cloud's position, and spends the order with its last window. */
export function reverseReceiptEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${COLLECTION_PATH}/reverse/:ordinal/receipt`, { config: { operation: 'reverse' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection, ordinal } = windowPlaceOf(request);
    const { claims, jws } = await verifyFor(authority, jwsOf(request), 'receipt');
    const fits = claims.direction === 'reverse' && claims.collection === collection && claims.ordinal === ordinal && claims.outcome === 'applied';
    if (!fits) throw new TidegateError('bad-request', 'The receipt is of another window.');
    const name = { link: authority.linkName, collection, direction: 'reverse' } as const;
    await confirmReceipt(deps.pool, { ...name, ordinal, receipt: claims, receiptJws: jws });
    const window = await readWindow(deps.pool, name, ordinal);
    const { messageId, last } = window ?? {};
    if (last === true && messageId != null) await inTransaction(deps.pool, (client) => spendOrder(client, messageId, collection));
    return reply.code(204).send();
  });
}
