import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A cookie of one application's page, out of reach for scripts. */
export interface PageCookie {
  /** What a request carries. */
  read(request: FastifyRequest): string | undefined;
  /** Sets it until then. */
  set(reply: FastifyReply, value: string, expiresAt: Date): void;
  /** Takes it back. */
  clear(reply: FastifyReply): void;
}

/**
 * A cookie under a name of its own: hosts share cookies between their ports, so two pages on one host must not meet. Over
 * https the name's prefix makes browsers insist on Secure, path and host (RFC 6265bis, 4.1.3.2), and shuts out sister sites.
 * `strict` is never sent along from another site; `lax` is sent where a user comes back from another site by a link.
 */
export function pageCookie(name: string, secure: boolean, sameSite: 'strict' | 'lax' = 'strict'): PageCookie {
  const fullName = secure ? `__Host-${name}` : name;
  const options: CookieSerializeOptions = { httpOnly: true, sameSite, path: '/', secure };
  return {
    read: (request) => request.cookies[fullName],
    set: (reply, value, expiresAt) => void reply.setCookie(fullName, value, { ...options, expires: expiresAt }),
    clear: (reply) => void reply.clearCookie(fullName, options),
  };
}

/** Whether browsers reach a page over https, by the origin that they see. */
export function isSecure(origin: string | undefined): boolean {
  return origin?.startsWith('https:') === true;
}
