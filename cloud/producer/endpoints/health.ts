import type { FastifyInstance } from 'fastify';
import { readIncarnation } from '../../../adaptor/data/incarnation.ts';
import { ACCEPTED_PROTOCOL_VERSIONS, PATHS } from '../../../exchange/protocol.ts';
import type { ProducerDependencies } from '../dependencies.ts';

/** Whether the producer and its store are up, and which versions of the protocol it speaks. Needs a certificate, but no token. */
export function healthEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  const accepts = deps.protocolVersions ?? ACCEPTED_PROTOCOL_VERSIONS;
  app.get(PATHS.health, { config: { operation: 'none' } }, async (_request, reply) => {
    await readIncarnation(deps.pool);
    return reply.header('cache-control', 'no-store').send({ status: 'up', protocol: accepts[0], accepts });
  });
}
