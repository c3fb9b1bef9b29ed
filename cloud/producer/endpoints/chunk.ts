import type { FastifyInstance } from 'fastify';
import { injectWindow } from '../../../adaptor/data/injection/inject-window.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { authorityOf } from '../authority.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { receiveWindow } from '../incoming-window.ts';
import { WINDOW_PATH, chunkPlaceOf } from '../paths.ts';

/** A chunk of an initial load: in any order and in parallel, each with a receipt and a transaction of its own. */
export function chunkEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.put(`${WINDOW_PATH}/chunks/:chunk`, { config: { operation: 'forward' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const place = chunkPlaceOf(request);
    const window = await receiveWindow(deps, authority, request, { ...place, kinds: ['chunk'] });
    const { receiptJws, books, repeated } = await injectWindow(deps.pool, { ...window, kind: 'chunk', chunk: place.chunk });
    if (!repeated) deps.observer?.applied({ link: authority.linkName, collection: place.collection }, books);
    return reply.type(JWS_MEDIA_TYPE).send(receiptJws);
  });
}
