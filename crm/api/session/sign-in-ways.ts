import type { Endpoint } from '../context.ts';

/** GET /api/session/ways: how one can sign in, for the page's door. */
export const signInWays: Endpoint = (app, { signIn: { passwords, openId } }) => {
  app.get('/session/ways', async () => ({ passwords, openId: openId === undefined ? null : { name: openId.name } }));
};
