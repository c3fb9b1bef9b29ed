import { endSession } from '../../users/session.ts';
import type { Endpoint } from '../context.ts';
import { sessionCookie } from '../session-cookie.ts';

/** DELETE /api/session: signs out; nobody signed in is no error. */
export const signOut: Endpoint = (app, { database, origin }) => {
  const cookie = sessionCookie(origin);
  app.delete('/session', async (request, reply) => {
    const secret = cookie.read(request);
    if (secret !== undefined) await endSession(database.crm, secret);
    cookie.clear(reply);
    return reply.code(204).send();
  });
};
