import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { writeWindowBody } from '../../../adaptor/communication/window-body-writer.ts';
import { withSnapshot } from '../../../adaptor/data/extraction/snapshot.ts';
import { assertOpen } from '../../../adaptor/data/state/epoch.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { WINDOW_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { authorityOf, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { orderedPlan } from '../ordered-plan.ts';
import { COLLECTION_PATH, placeOf } from '../paths.ts';

/**
 * What an order would bring, shown to the CRM that signed the question: nothing is bound, no window is written down, no position
 * moves. Its manifest says that it is a preview, which no consumer applies.
 */
export function previewEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${COLLECTION_PATH}/preview`, { config: { operation: 'reverse' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection } = placeOf(request);
    const { claims: asked } = await verifyFor(authority, jwsOf(request), 'preview');
    const order = asked.orders.find((candidate) => candidate.collection === collection);
    if (order === undefined) throw new TidegateError('scope-denied', 'It does not ask for this collection.', { collection, id: asked.jti });
    const plan = orderedPlan(await registeredPlan(deps.pool, authority.link, collection), order);
    const fence = { link: authority.linkName, generation: asked.generation };
    const { epoch } = await assertOpen(deps.pool, fence);
    const isShown = await withSnapshot(deps.pool, fence, async (snapshot) => {
      const window = await snapshot.previewReverseWindow({ plan, order });
      if (window === undefined) return false;
      const { stream, truncated, ...told } = window;
      const claims = {
        ...authority.link,
        collection,
        direction: 'reverse',
        kind: 'preview',
        batchId: randomUUID(),
        epoch,
        schemaHash: plan.schemaHash,
      } as const;
      const manifest = (digest: string): Promise<string> =>
        issue(authority.key, 'manifest', { ...claims, ...told, digest, messageId: asked.jti, last: true, ...(truncated ? { truncated } : {}) });
      void reply
        .type(WINDOW_MEDIA_TYPE)
        .header('cache-control', 'no-store')
        .send(Readable.from(writeWindowBody(stream(), manifest), { objectMode: false }));
      await finished(reply.raw).catch(() => undefined);
      return true;
    });
    return isShown ? reply : reply.code(204).send();
  });
}
