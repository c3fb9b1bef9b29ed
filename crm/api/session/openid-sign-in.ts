import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { isErrorCode } from '../../../exchange/errors.ts';
import { isSecure } from '../../../web/http/page-cookies.ts';
import { addOpenIdEndpoints } from '../../../web/sign-in/openid-endpoints.ts';
import { userOfIdentity } from '../../users/openid-user.ts';
import { beginSession } from '../../users/session.ts';
import type { Endpoint } from '../context.ts';
import { sessionCookie } from '../session-cookie.ts';

/** GET /api/session/openid and its callback: signs a user in whom the company's identity provider vouches for. */
export const openIdSignIn: Endpoint = (app, { database, signIn, origin }) => {
  addOpenIdEndpoints(app, {
    provider: signIn.openId,
    cookieName: 'tidegate',
    secure: isSecure(origin),
    enter: async (identity, _request, reply) => {
      const userId = await userOfIdentity(database.pool, identity);
      const { secret, expiresAt } = await beginSession(database.crm, userId);
      await recordAudit(database.pool, { event: 'user-signed-in', subject: identity.email, facts: { way: 'openid', issuer: identity.issuer } });
      sessionCookie(origin).set(reply, secret, expiresAt);
    },
    refused: (code) => recordAudit(database.pool, { event: 'sign-in-refused', ...(isErrorCode(code) ? { code } : {}), facts: { way: 'openid' } }),
  });
};
