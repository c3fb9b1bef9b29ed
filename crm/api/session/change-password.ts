import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import { changeOwnPassword } from '../../users/own-password.ts';
import type { Endpoint } from '../context.ts';
import { parsePart } from '../parse.ts';
import { sessionCookie } from '../session-cookie.ts';

/** The current password and the next one. */
export const bodySchema = z.strictObject({ current: z.string().min(1).max(1000), next: z.string().min(1).max(1000) });

/**
 * PUT /api/session/password {current, next}: changes one's own password; one's other sessions end. Errors:
 * `sign-in-failed` for a wrong current one (counted as an attempt to sign in), `too-many-attempts`, `password-refused`.
 */
export const changePassword: Endpoint = (app, { database, signInLimit, origin }) => {
  const cookie = sessionCookie(origin);
  app.put('/session/password', async (request, reply) => {
    const user = request.signedIn;
    if (user === null) throw new TidegateError('not-signed-in');
    const { current, next } = parsePart(bodySchema, request.body);
    const change = { current, next, secret: cookie.read(request) ?? '' };
    await signInLimit.attempt({ user: user.email, host: request.ip }, () => changeOwnPassword(database.pool, user, change));
    return reply.code(204).send();
  });
};
