import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses writes that another site caused, before every endpoint, and lets no answer be stored. The defence against forged
 * requests beside the cookie's SameSite=Strict: browsers say where a write comes from in Sec-Fetch-Site, older ones in
 * Origin. A client that sends neither is no browser and carries nobody's cookie unasked. `origin` is what browsers see;
 * undefined: what the request's Host says. Pages of the `others` may write as well. Answers `cross-site`.
 */
export function refuseCrossSiteWrites(app: FastifyInstance, origin: string | undefined, others: readonly string[] = []): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const isOthers = request.headers.origin !== undefined && others.includes(request.headers.origin);
    if (!SAFE_METHODS.has(request.method) && !isOthers) refuseCrossSite(request, origin);
  });
}

function refuseCrossSite(request: FastifyRequest, origin: string | undefined): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw new TidegateError('cross-site');
  const claimed = request.headers.origin;
  if (claimed === undefined) return;
  const own = origin === undefined ? `${request.protocol}://${request.host}` : new URL(origin).origin;
  if (claimed !== own) throw new TidegateError('cross-site');
}
