import type { FastifyInstance } from 'fastify';
import { settleWindow } from '../../../adaptor/data/injection/settle-window.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { receiptSigner } from '../incoming-window.ts';
import { WINDOW_PATH, windowPlaceOf } from '../paths.ts';

/** What became of a window that got no answer: its receipt if it was applied, else the ordinal is void from now on. */
export function settleEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${WINDOW_PATH}/settle`, { config: { operation: 'forward' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection, ordinal } = windowPlaceOf(request);
    const { claims } = await verifyFor(authority, jwsOf(request), 'settlement');
    if (claims.collection !== collection || claims.ordinal !== ordinal) throw new TidegateError('bad-request', 'The settlement is of another window.');
    const plan = await registeredPlan(deps.pool, authority.link, collection);
    const receipt = await settleWindow(deps.pool, { plan, ordinal, epoch: claims.epoch, signReceipt: receiptSigner(authority) });
    return reply.type(JWS_MEDIA_TYPE).send(receipt);
  });
}
