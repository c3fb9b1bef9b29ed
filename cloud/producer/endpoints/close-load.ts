import type { FastifyInstance } from 'fastify';
import { closeLoad } from '../../../adaptor/data/injection/close-load.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { authorityOf } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { receiptSigner, verifyManifestOf } from '../incoming-window.ts';
import { WINDOW_PATH, windowPlaceOf } from '../paths.ts';

/** The end of an initial load: a manifest over all its chunks. Answered with the load's receipt. */
export function closeLoadEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${WINDOW_PATH}/close`, { config: { operation: 'forward' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const place = windowPlaceOf(request);
    const plan = await registeredPlan(deps.pool, authority.link, place.collection);
    const { claims, jws } = await verifyManifestOf(deps, authority, plan, { ...place, kinds: ['load'] }, jwsOf(request));
    const receipt = await closeLoad(deps.pool, { plan, ordinal: place.ordinal, manifest: claims, jws, signReceipt: receiptSigner(authority) });
    return reply.type(JWS_MEDIA_TYPE).send(receipt.receiptJws);
  });
}
