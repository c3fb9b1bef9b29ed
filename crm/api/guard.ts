import type { FastifyInstance } from 'fastify';
import { limitRequests } from '../../web/http/limit-requests.ts';
import { refuseCrossSiteWrites } from '../../web/http/refuse-cross-site.ts';
import { findSession } from '../users/session.ts';
import type { ApiContext } from './context.ts';
import { sessionCookie } from './session-cookie.ts';

/**
 * Stands before every endpoint of the API: refuses writes that another site caused, finds out who is signed in, and bounds how
 * much anybody asks.
 * Whether somebody has to be is each endpoint's own matter (`requireUser`). Pages of the `others`, by origin, are no other site.
 */
export function guardApi(
  app: FastifyInstance,
  { database, origin, rateBound }: Pick<ApiContext, 'database' | 'origin' | 'rateBound'>,
  others: readonly string[] = [],
): void {
  refuseCrossSiteWrites(app, origin, others);
  const cookie = sessionCookie(origin);
  app.decorateRequest('signedIn', null);
  app.addHook('onRequest', async (request) => {
    const secret = cookie.read(request);
    if (secret !== undefined) request.signedIn = (await findSession(database.crm, secret)) ?? null;
  });
  limitRequests(app, ({ signedIn }) => signedIn?.id, rateBound);
}
