import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type RateBound, RequestLimit, addressKey } from './request-limit.ts';

/** Bound of an API's requests where nothing else is told. */
export const DEFAULT_API_BOUND: RateBound = { requests: 2000, windowMs: 10_000 };

/**
 * Bounds the requests of every signed-in user, and of every address from which nobody is signed in; add it behind what finds out who
 * is (`userOf`: an id, or undefined for nobody). Answers `too-many-requests` with `Retry-After`.
 */
export function limitRequests(app: FastifyInstance, userOf: (request: FastifyRequest) => string | undefined, bound: RateBound = DEFAULT_API_BOUND): void {
  const limit = new RequestLimit(bound);
  app.addHook('onRequest', async (request) => {
    const user = userOf(request);
    await limit.take(user === undefined ? `address ${addressKey(request.ip)}` : `user ${user}`);
  });
}
