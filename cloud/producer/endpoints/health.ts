import type { FastifyInstance } from 'fastify';
import { controlRow } from '../../../adaptor/data/control-rows.ts';
import { readIncarnation } from '../../../adaptor/data/incarnation.ts';
import type { Health } from '../../../exchange/health.ts';
import { ACCEPTED_PROTOCOL_VERSIONS, PATHS, PROTOCOL_VERSION } from '../../../exchange/protocol.ts';
import type { ProducerDependencies } from '../dependencies.ts';

const STORE = `select current_setting('server_version') as version, (extract(epoch from clock_timestamp()) * 1000)::float8 as "timeMs"`;

/**
 * Whether the producer and its store are up, which versions of the protocol it speaks, and what the other side's operator
 * needs to tell whose fault it is: clocks and versions. Needs a certificate, but no token.
 */
export function healthEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  const accepts = deps.protocolVersions ?? ACCEPTED_PROTOCOL_VERSIONS;
  app.get(PATHS.health, { config: { operation: 'none' } }, async (_request, reply) => {
    await readIncarnation(deps.pool);
    const store = await controlRow<{ version: string; timeMs: number }>(deps.pool, STORE);
    const health: Health = {
      status: 'up',
      protocol: accepts[0] ?? PROTOCOL_VERSION,
      accepts: [...accepts],
      timeMs: Date.now(),
      storeTimeMs: store?.timeMs,
      versions: { node: process.versions.node, postgres: store?.version },
    };
    return reply.header('cache-control', 'no-store').send(health);
  });
}
