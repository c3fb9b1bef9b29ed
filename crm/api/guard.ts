import type { FastifyInstance } from 'fastify';
import { refuseCrossSiteWrites } from '../../web/http/refuse-cross-site.ts';
import { findSession } from '../users/session.ts';
import type { ApiContext } from './context.ts';
import { sessionCookie } from './session-cookie.ts';

/**
 * Stands before every endpoint of the API: refuses writes that another site caused, and finds out who is signed in.
 * Whether somebody has to be is each endpoint's own matter (`requireUser`). Pages of the `others`, by origin, are no other site.
 */
export function guardApi(app: FastifyInstance, { database, origin }: Pick<ApiContext, 'database' | 'origin'>, others: readonly string[] = []): void {
  refuseCrossSiteWrites(app, origin, others);
  const cookie = sessionCookie(origin);
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => {
    const secret = cookie.read(request);
    if (secret !== undefined) request.signedIn = (await findSession(database.crm, secret)) ?? null;
  });
}
