import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NewSession } from '../users/session.ts';

/** Over https the name's prefix makes browsers insist on Secure, path and host (RFC 6265bis, 4.1.3.2). */
const NAMES = { secure: '__Host-tidegate-session', plain: 'tidegate-session' } as const;

/** The secret of the session that a request carries. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  return request.cookies[NAMES.secure] ?? request.cookies[NAMES.plain];
}

/** Sets the session's cookie: out of reach for scripts, and never sent along from another site. */
export function setSessionCookie(reply: FastifyReply, { secret, expiresAt }: NewSession, secure: boolean): void {
  void reply.setCookie(secure ? NAMES.secure : NAMES.plain, secret, { ...options(secure), expires: expiresAt });
}

/** Takes the session's cookie back. */
export function clearSessionCookie(reply: FastifyReply, secure: boolean): void {
  void reply.clearCookie(secure ? NAMES.secure : NAMES.plain, options(secure));
}

/** Whether browsers reach the page over https. */
export function isSecure(origin: string | undefined): boolean {
  return origin?.startsWith('https:') === true;
}

function options(secure: boolean): CookieSerializeOptions {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure };
}
