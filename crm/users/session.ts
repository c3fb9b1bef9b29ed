import { createHash, randomBytes } from 'node:crypto';
import type { PrismaClient } from '../../prisma/generated/crm/client.ts';
import { roleSchema, type SignedInUser } from './roles.ts';

/** How long a session lasts, in milliseconds: a working day. */
export const SESSION_MS = 12 * 60 * 60_000;

/** A session that was just begun. The secret goes into the cookie and is kept nowhere. */
export interface NewSession {
  readonly secret: string;
  readonly expiresAt: Date;
}

/** Begins a session of a user, and forgets sessions that are over. */
export async function beginSession(crm: PrismaClient, userId: string): Promise<NewSession> {
  const secret = randomBytes(32).toString('base64url');
  const now = Date.now();
  const expiresAt = new Date(now + SESSION_MS);
  await crm.session.deleteMany({ where: { expiresAt: { lt: new Date(now) } } });
  await crm.session.create({ data: { id: sessionId(secret), userId, expiresAt } });
  return { secret, expiresAt };
}

/** The user of a session that is not over; undefined otherwise. */
export async function findSession(crm: PrismaClient, secret: string): Promise<SignedInUser | undefined> {
  const session = await crm.session.findUnique({ where: { id: sessionId(secret) }, include: { user: true } });
  if (session === null || session.expiresAt.getTime() <= Date.now()) return undefined;
  const { id, email, name, role } = session.user;
  return { id, email, name, role: roleSchema.parse(role) };
}

/** Ends a session; one that is over already needs nothing. */
export async function endSession(crm: PrismaClient, secret: string): Promise<void> {
  await crm.session.deleteMany({ where: { id: sessionId(secret) } });
}

/** Who reads the table learns no cookie: the row is named by the secret's SHA-256. */
function sessionId(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
