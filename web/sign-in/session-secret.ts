import { createHash, randomBytes } from 'node:crypto';

/** How long a session lasts, in milliseconds: a working day. */
export const SESSION_MS = 12 * 60 * 60_000;

/** A session that was just begun. The secret goes into the cookie and is kept nowhere. */
export interface NewSession {
  readonly secret: string;
  readonly expiresAt: Date;
}

/** A fresh secret and the end of the session that it opens. */
export function newSession(): NewSession {
  return { secret: randomBytes(32).toString('base64url'), expiresAt: new Date(Date.now() + SESSION_MS) };
}

/** Who reads the table learns no cookie: the row is named by the secret's SHA-256. */
export function sessionId(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
