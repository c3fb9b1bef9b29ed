import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { isSecure } from '../../web/http/page-cookies.ts';
import { parsePart } from '../../web/http/parse-part.ts';
import { addOpenIdEndpoints } from '../../web/sign-in/openid-endpoints.ts';
import { employeeOfIdentity } from '../employees/openid-employee.ts';
import { changeOwnPassword, employeeOf } from '../employees/passwords.ts';
import type { SignedInEmployee } from '../employees/roles.ts';
import { beginSession, endSession } from '../employees/sessions.ts';
import { type CloudEndpoint, employeeCookie } from './context.ts';

/** What signs an employee in. */
export const signInSchema = z.strictObject({ email: z.string().trim().toLowerCase().min(1).max(320), password: z.string().min(1).max(1000) });
/** The current password and the next one. */
export const passwordChangeSchema = z.strictObject({ current: z.string().min(1).max(1000), next: z.string().min(1).max(1000) });

const shown = ({ tenant, email, name, role, mustChangePassword }: SignedInEmployee) => ({ user: { tenant, email, name, role, mustChangePassword } });

/**
 * GET /api/session: who is signed in. GET /api/session/ways: how one can. POST /api/session {email, password}, DELETE
 * /api/session, PUT /api/session/password {current, next}. Errors: `not-signed-in`, `sign-in-failed`, `too-many-attempts`,
 * `password-refused`, `version-conflict`; `not-allowed` where passwords are off.
 */
export const employeeSession: CloudEndpoint = (app, { door, signIn, signInLimit, origin }) => {
  const cookie = employeeCookie(origin);

  app.get('/session', async ({ employee }) => {
    if (employee === null) throw new TidegateError('not-signed-in');
    return shown(employee);
  });
  app.get('/session/ways', async () => ({ passwords: signIn.passwords, openId: signIn.openId === undefined ? null : { name: signIn.openId.provider.name } }));

  app.post('/session', async (request, reply) => {
    if (!signIn.passwords) throw new TidegateError('not-allowed', 'Sign in with the identity provider.');
    const { email, password } = parsePart(signInSchema, request.body);
    const employee = await signInLimit.attempt({ user: email, host: request.ip }, () => employeeOf(door, email, password));
    const { secret, expiresAt } = await beginSession(door, employee);
    request.log.info({ tenant: employee.tenant, employee: employee.id }, 'employee signed in');
    cookie.set(reply, secret, expiresAt);
    return shown(employee);
  });

  app.delete('/session', async (request, reply) => {
    const secret = cookie.read(request);
    if (secret !== undefined) await endSession(door, secret);
    cookie.clear(reply);
    return reply.code(204).send();
  });

  app.put('/session/password', async (request, reply) => {
    const { employee } = request;
    if (employee === null) throw new TidegateError('not-signed-in');
    const change = { ...parsePart(passwordChangeSchema, request.body), secret: cookie.read(request) ?? '' };
    await signInLimit.attempt({ user: employee.email, host: request.ip }, () => changeOwnPassword(door, employee, change));
    return reply.code(204).send();
  });

  addOpenIdEndpoints(app, {
    provider: signIn.openId?.provider,
    cookieName: 'tidegate-cloud',
    secure: isSecure(origin),
    enter: async (identity, request, reply) => {
      const employee = await employeeOfIdentity(door, signIn.openId?.tenant ?? '', identity);
      const { secret, expiresAt } = await beginSession(door, employee);
      request.log.info({ tenant: employee.tenant, employee: employee.id }, 'employee signed in');
      cookie.set(reply, secret, expiresAt);
    },
    refused: async (code) => app.log.info({ code }, 'employee not let in'),
  });
};
