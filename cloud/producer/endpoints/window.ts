import type { FastifyInstance } from 'fastify';
import type { InjectedWindow } from '../../../adaptor/data/injection/incoming-window.ts';
import { injectWindow } from '../../../adaptor/data/injection/inject-window.ts';
import { allInOrder } from '../../../adaptor/data/pipelined.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { authorityOf } from '../authority.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { receiveWindow } from '../incoming-window.ts';
import { WINDOW_PATH, windowPlaceOf } from '../paths.ts';

/** A forward window: applied as a whole or not at all, in one transaction with its receipt; sent again, it is answered with the same receipt. */
export function windowEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.put(WINDOW_PATH, { config: { operation: 'forward', spendsMeanwhile: true } }, async (request, reply) => {
    const authority = authorityOf(request);
    const place = windowPlaceOf(request);
    const inject = async (): Promise<InjectedWindow> => {
      const window = await receiveWindow(deps, authority, request, { ...place, kinds: ['delta', 'part'] });
      return injectWindow(deps.pool, { ...window, kind: 'delta', admitted: authority.spent });
    };
    const [, { receiptJws, books, repeated }] = await allInOrder([authority.spent, inject()]);
    if (!repeated) deps.observer?.applied({ link: authority.linkName, collection: place.collection }, books);
    return reply.type(JWS_MEDIA_TYPE).send(receiptJws);
  });
}
