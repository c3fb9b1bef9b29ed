import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';
import { toProblem } from '../../exchange/problem.ts';
import { pageCookie } from '../http/page-cookies.ts';
import { type OpenIdAttempt, type OpenIdIdentity, type OpenIdProvider, openIdAttemptSchema } from './openid-provider.ts';

/** An attempt to sign in at the provider may take so long. */
const ATTEMPT_MS = 10 * 60_000;

/** Where the provider sends users back to, below a page's origin. */
export const OPENID_CALLBACK_PATH = '/api/session/openid/callback';

/** What the endpoints need of their application. */
export interface OpenIdDoor {
  readonly provider: OpenIdProvider | undefined;
  /** Begin of the cookies' names, unlike that of other pages on the host. */
  readonly cookieName: string;
  readonly secure: boolean;
  /** Lets in whom the provider vouches for: makes the session and sets its cookie. */
  enter(identity: OpenIdIdentity, request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** Notes that somebody was not let in. */
  refused(code: string): Promise<void>;
}

/**
 * GET /session/openid: sends a user to the provider. GET /session/openid/callback: takes the user back, and into the page;
 * whoever is not let in is told so by the page (`/?refused=CODE`). `path-unknown` where no provider is configured.
 */
export function addOpenIdEndpoints(app: FastifyInstance, { provider, cookieName, secure, enter, refused }: OpenIdDoor): void {
  // Lax: the user comes back from the provider's site.
  const cookie = pageCookie(`${cookieName}-openid`, secure, 'lax');
  const turnAway = async (reply: FastifyReply, error: unknown): Promise<FastifyReply> => {
    if (!(error instanceof TidegateError)) throw error;
    const { code } = toProblem(error);
    await refused(code);
    return reply.redirect(`/?refused=${code}`, 303);
  };

  app.get('/session/openid', async (_request, reply) => {
    if (provider === undefined) throw new TidegateError('path-unknown');
    try {
      const { url, attempt } = await provider.begin();
      cookie.set(reply, Buffer.from(JSON.stringify(attempt)).toString('base64url'), new Date(Date.now() + ATTEMPT_MS));
      return await reply.redirect(url.href, 303);
    } catch (error) {
      return turnAway(reply, error);
    }
  });

  app.get('/session/openid/callback', async (request, reply) => {
    if (provider === undefined) throw new TidegateError('path-unknown');
    try {
      const attempt = readAttempt(cookie.read(request));
      cookie.clear(reply);
      await enter(await provider.finish(new URLSearchParams(request.url.split('?')[1] ?? ''), attempt), request, reply);
      return await reply.redirect('/', 303);
    } catch (error) {
      return turnAway(reply, error);
    }
  });
}

/** Throws `identity-provider-failed` where the browser did not leave from here, or too long ago. */
function readAttempt(text: string | undefined): OpenIdAttempt {
  try {
    return openIdAttemptSchema.parse(JSON.parse(Buffer.from(text ?? '', 'base64url').toString()));
  } catch {
    throw new TidegateError('identity-provider-failed', 'This sign-in was not begun here, or too long ago.', { reason: 'no-attempt' });
  }
}
