import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';
import { findSession } from '../users/session.ts';
import type { ApiContext } from './context.ts';
import { readSessionCookie } from './session-cookie.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Stands before every endpoint of the API: refuses writes that another site caused, and finds out who is signed in.
 * Whether somebody has to be is each endpoint's own matter (`requireUser`).
 */
export function guardApi(app: FastifyInstance, { database, origin }: Pick<ApiContext, 'database' | 'origin'>): void {
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if (!SAFE_METHODS.has(request.method)) refuseCrossSite(request, origin);
    const secret = readSessionCookie(request);
    if (secret !== undefined) request.signedIn = (await findSession(database.crm, secret)) ?? null;
  });
}

/**
 * Defence against forged requests beside the cookie's SameSite=Strict: browsers say where a write comes from in
 * Sec-Fetch-Site, older ones in Origin. A client that sends neither is no browser and carries nobody's cookie unasked.
 */
function refuseCrossSite(request: FastifyRequest, origin: string | undefined): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw new TidegateError('cross-site');
  const claimed = request.headers.origin;
  if (claimed === undefined) return;
  const own = origin === undefined ? `${request.protocol}://${request.host}` : new URL(origin).origin;
  if (claimed !== own) throw new TidegateError('cross-site');
}
