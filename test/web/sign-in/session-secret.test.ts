import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newSession, SESSION_MS, sessionId } from '../../../web/sign-in/session-secret.ts';

describe('a new session', () => {
  it('is opened by a secret that nobody guesses, and no two by the same', () => {
    const secrets = Array.from({ length: 50 }, () => newSession().secret);
    expect(new Set(secrets).size).toBe(50);
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  });

  it('lasts a working day, and no longer', () => {
    const before = Date.now();
    const { expiresAt } = newSession();
    expect(SESSION_MS).toBe(12 * 3_600_000);
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(before + SESSION_MS);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + SESSION_MS);
  });

  it('is kept under a name that does not open it', () => {
    const { secret } = newSession();
    expect(sessionId(secret)).toBe(createHash('sha256').update(secret).digest('hex'));
    expect(sessionId(secret)).not.toContain(secret);
    expect(sessionId(secret)).not.toBe(sessionId(sessionId(secret)));
  });
});
