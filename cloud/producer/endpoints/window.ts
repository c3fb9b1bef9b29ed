import type { FastifyInstance } from 'fastify';
import { injectWindow } from '../../../adaptor/data/injection/inject-window.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { authorityOf } from '../authority.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { receiveWindow } from '../incoming-window.ts';
import { WINDOW_PATH, windowPlaceOf } from '../paths.ts';

/** A forward window: applied as a whole or not at all, in one transaction with its receipt; sent again, it is answered with the same receipt. */
export function windowEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.put(WINDOW_PATH, { config: { operation: 'forward' } }, async (request, reply) => {
    const window = await receiveWindow(deps, authorityOf(request), request, { ...windowPlaceOf(request), kinds: ['delta', 'part'] });
    const { receiptJws } = await injectWindow(deps.pool, { ...window, kind: 'delta' });
    return reply.type(JWS_MEDIA_TYPE).send(receiptJws);
  });
}
