import type { FastifyInstance } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { eraseAtCloud } from '../../../adaptor/data/erasure/erase-at-cloud.ts';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { COLLECTION_PATH, placeOf } from '../paths.ts';

/** The CRM's signed order to destroy the values of one record, the record with them. The answer says what there was, in numbers. */
export function erasuresEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${COLLECTION_PATH}/erasures`, { config: { operation: 'forward' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection } = placeOf(request);
    const { claims } = await verifyFor(authority, jwsOf(request), 'erasure');
    if (claims.collection !== collection) throw new TidegateError('bad-request', 'The erasure is of another collection.');
    const { erasure, key } = claims;
    const destroyed = await eraseAtCloud(deps.pool, await registeredPlan(deps.pool, authority.link, collection), key);
    await recordAudit(deps.pool, { link: authority.linkName, event: 'record-erased', subject: String(erasure), facts: { collection, ...destroyed } });
    return reply.type(JWS_MEDIA_TYPE).send(await issue(authority.key, 'erasureReceipt', { ...authority.link, collection, erasure, destroyed }));
  });
}
