import { TidegateError } from '../../../exchange/errors.ts';
import type { Endpoint } from '../context.ts';

/** GET /api/session: who is signed in. Errors: `not-signed-in`. */
export const whoIsSignedIn: Endpoint = (app) => {
  app.get('/session', async (request) => {
    if (request.signedIn === null) throw new TidegateError('not-signed-in');
    const { email, name, role, mustChangePassword } = request.signedIn;
    return { user: { email, name, role, mustChangePassword } };
  });
};
