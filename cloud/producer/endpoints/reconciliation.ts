import type { FastifyInstance } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { answerQuestion } from '../../../adaptor/data/reconciliation/answer-question.ts';
import { assertOpen } from '../../../adaptor/data/state/epoch.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { JWS_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { COLLECTION_PATH, placeOf } from '../paths.ts';

/**
 * A question of the CRM about how this cloud's records compare, signed, answered with a signed answer: hashes and keys, never a
 * value. An offer only writes into this cloud's own log: what is offered leaves under a reverse synchronisation message alone.
 */
export function reconciliationEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${COLLECTION_PATH}/reconciliation`, { config: { operation: 'reconcile' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection } = placeOf(request);
    const { claims } = await verifyFor(authority, jwsOf(request), 'reconciliation');
    deps.observer?.ids({ link: authority.linkName, collection });
    if (claims.collection !== collection) throw new TidegateError('bad-request', 'The question is about another collection.');
    const fence = { link: authority.linkName, generation: claims.generation };
    await assertOpen(deps.pool, fence);
    const plan = await registeredPlan(deps.pool, authority.link, collection);
    if (plan.schemaHash !== claims.schemaHash) throw new TidegateError('schema-drifted', 'Another definition is registered.', { collection });
    const answer = await answerQuestion(deps.pool, fence, plan, claims.ask);
    return reply.type(JWS_MEDIA_TYPE).send(await issue(authority.key, 'reconciliationAnswer', { ...authority.link, collection, request: claims.jti, answer }));
  });
}
