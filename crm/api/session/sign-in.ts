import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import type { PrismaClient } from '../../../prisma/generated/crm/client.ts';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { checkPassword } from '../../../web/sign-in/password.ts';
import { beginSession } from '../../users/session.ts';
import type { Endpoint } from '../context.ts';
import { parsePart } from '../parse.ts';
import { sessionCookie } from '../session-cookie.ts';

/** What signs a user in. */
export const bodySchema = z.strictObject({ email: z.string().trim().toLowerCase().min(1).max(320), password: z.string().min(1).max(1000) });

/** POST /api/session {email, password}: signs a user in. Errors: `sign-in-failed`, `too-many-attempts`; `not-allowed` where passwords are off. */
export const signIn: Endpoint = (app, { database, signInLimit, signIn: ways, origin }) => {
  app.post('/session', async (request, reply) => {
    if (!ways.passwords) throw new TidegateError('not-allowed', 'Sign in with the identity provider.');
    const { email, password } = parsePart(bodySchema, request.body);
    const user = await signInLimit.attempt({ user: email, host: request.ip }, async () => {
      const known = await findUser(database.crm, email);
      if ((await checkPassword(known?.passwordHash, password)) && known !== undefined && !known.disabled) return known;
      // What is typed where an address belongs can be a password: only a user's own address is noted.
      await recordAudit(database.pool, { event: 'sign-in-refused', code: 'sign-in-failed', ...(known === undefined ? {} : { subject: known.email }) });
      throw new TidegateError('sign-in-failed');
    });
    const { secret, expiresAt } = await beginSession(database.crm, user.id);
    await recordAudit(database.pool, { event: 'user-signed-in', subject: user.email, facts: { way: 'password' } });
    sessionCookie(origin).set(reply, secret, expiresAt);
    return { user: { email: user.email, name: user.name, role: user.role, mustChangePassword: user.mustChangePassword } };
  });
};

interface KnownUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly passwordHash: string | null;
  readonly mustChangePassword: boolean;
  readonly disabled: boolean;
}

/** In SQL, because Prisma's comparison without case is ILIKE, in which `%` would stand for every user. */
async function findUser(crm: PrismaClient, email: string): Promise<KnownUser | undefined> {
  const [user] = await crm.$queryRaw<KnownUser[]>`
    select id, email, name, role, password_hash as "passwordHash", must_change_password as "mustChangePassword", disabled_at is not null as disabled
      from crm.users where lower(email) = ${email} limit 1`;
  return user;
}
