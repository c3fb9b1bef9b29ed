import type { z } from 'zod';
import type { PageOperations } from './operation.ts';

/** How one signs in at a page, which is the same at both. `who`: one of its users, in words. */
export function sessionOperations({
  who,
  signIn,
  passwordChange,
}: {
  readonly who: string;
  readonly signIn: z.ZodType;
  readonly passwordChange: z.ZodType;
}): PageOperations {
  return {
    'get /api/session/ways': { id: 'readSignInWays', summary: 'How one can sign in.' },
    'post /api/session': {
      id: 'signIn',
      summary: `Signs ${who} in; the session is a cookie.`,
      body: signIn,
      codes: ['sign-in-failed', 'too-many-attempts', 'not-allowed'],
    },
    'get /api/session': { id: 'readSession', summary: 'Who is signed in.', codes: ['not-signed-in'] },
    'delete /api/session': { id: 'signOut', summary: 'Ends the session.' },
    'put /api/session/password': {
      id: 'changePassword',
      summary: "Changes one's own password; one's other sessions end.",
      body: passwordChange,
      codes: ['not-signed-in', 'sign-in-failed', 'too-many-attempts', 'password-refused', 'version-conflict'],
    },
    'get /api/session/openid': { id: 'beginOpenId', summary: `Sends ${who} to the identity provider.`, status: 303, codes: ['path-unknown'] },
    'get /api/session/openid/callback': {
      id: 'finishOpenId',
      summary: `Takes ${who} back from the identity provider, into the page or to its door with the code of a refusal.`,
      status: 303,
      codes: ['path-unknown'],
    },
  };
}
