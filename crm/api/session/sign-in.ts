import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import type { PrismaClient } from '../../../prisma/generated/crm/client.ts';
import { checkPassword } from '../../users/password.ts';
import { beginSession } from '../../users/session.ts';
import type { Endpoint } from '../context.ts';
import { parsePart } from '../parse.ts';
import { isSecure, setSessionCookie } from '../session-cookie.ts';

const bodySchema = z.strictObject({ email: z.string().trim().toLowerCase().min(1).max(320), password: z.string().min(1).max(1000) });

/** POST /api/session: signs a user in. Errors: `sign-in-failed`, `too-many-attempts`. */
export const signIn: Endpoint = (app, { database, signInLimit, origin }) => {
  app.post('/session', async (request, reply) => {
    const { email, password } = parsePart(bodySchema, request.body);
    const attempt = { user: email, host: request.ip };
    signInLimit.check(attempt);
    const user = await findUser(database.crm, email);
    if (!(await checkPassword(user?.passwordHash, password)) || user === undefined) {
      signInLimit.refused(attempt);
      throw new TidegateError('sign-in-failed');
    }
    setSessionCookie(reply, await beginSession(database.crm, user.id), isSecure(origin));
    return { user: { email: user.email, name: user.name, role: user.role } };
  });
};

interface KnownUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly passwordHash: string;
}

/** In SQL, because Prisma's comparison without case is ILIKE, in which `%` would stand for every user. */
async function findUser(crm: PrismaClient, email: string): Promise<KnownUser | undefined> {
  const [user] = await crm.$queryRaw<KnownUser[]>`
    select id, email, name, role, password_hash as "passwordHash" from crm.users where lower(email) = ${email} limit 1`;
  return user;
}
