import { endSession } from '../../users/session.ts';
import type { Endpoint } from '../context.ts';
import { clearSessionCookie, isSecure, readSessionCookie } from '../session-cookie.ts';

/** DELETE /api/session: signs out; nobody signed in is no error. */
export const signOut: Endpoint = (app, { database, origin }) => {
  app.delete('/session', async (request, reply) => {
    const secret = readSessionCookie(request);
    if (secret !== undefined) await endSession(database.crm, secret);
    clearSessionCookie(reply, isSecure(origin));
    return reply.code(204).send();
  });
};
