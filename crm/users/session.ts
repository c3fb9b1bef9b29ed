import type { PrismaClient } from '../../prisma/generated/crm/client.ts';
import { type NewSession, newSession, sessionId } from '../../web/sign-in/session-secret.ts';
import { roleSchema, type SignedInUser } from './roles.ts';

/** Begins a session of a user, and forgets sessions that are over. */
export async function beginSession(crm: PrismaClient, userId: string): Promise<NewSession> {
  const session = newSession();
  await crm.session.deleteMany({ where: { expiresAt: { lt: new Date() } } });
  await crm.session.create({ data: { id: sessionId(session.secret), userId, expiresAt: session.expiresAt } });
  return session;
}

/** The user of a session that is not over; undefined otherwise, and for a user who was disabled. */
export async function findSession(crm: PrismaClient, secret: string): Promise<SignedInUser | undefined> {
  const session = await crm.session.findUnique({ where: { id: sessionId(secret) }, include: { user: true } });
  if (session === null || session.expiresAt.getTime() <= Date.now() || session.user.disabledAt !== null) return undefined;
  const { id, email, name, role, mustChangePassword } = session.user;
  return { id, email, name, role: roleSchema.parse(role), mustChangePassword };
}

/** Ends a session; one that is over already needs nothing. */
export async function endSession(crm: PrismaClient, secret: string): Promise<void> {
  await crm.session.deleteMany({ where: { id: sessionId(secret) } });
}
