import { z } from 'zod';
import { addUser, changeRole, disableUser, enableUser, endSessions, listUsers, resetPassword } from '../../users/administration.ts';
import { roleSchema } from '../../users/roles.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { idParamSchema, parsePart } from '../parse.ts';

/** A new user. */
export const newUserSchema = z.strictObject({
  email: z.string().trim().toLowerCase().pipe(z.email().max(320)),
  name: z.string().trim().min(1).max(200),
  role: roleSchema,
});
/** A user's next role. */
export const roleChangeSchema = z.strictObject({ role: roleSchema });

/** What an administrator can do with one user, by the last part of the path. */
const ACTS = { disable: disableUser, enable: enableUser, 'sign-out': endSessions, 'reset-password': resetPassword } as const;

/**
 * GET /api/users: all users, by name. POST /api/users {email, name, role}: adds one (201), with a password that is shown
 * once. PATCH /api/users/:id {role}. POST /api/users/:id/disable, /enable, /sign-out (all sessions end), /reset-password
 * (shown once). Reading is an auditor's as well. Errors: `user-exists`, `last-administrator`, `record-not-found`.
 */
export const users: Endpoint = (app, { database: { pool } }) => {
  app.get('/users', async (request) => {
    requireUser(request, 'read-users');
    return { rows: await listUsers(pool) };
  });

  app.post('/users', async (request, reply) => {
    const { email: by } = requireUser(request, 'administer-users');
    return reply.code(201).send(await addUser(pool, { ...parsePart(newUserSchema, request.body), by }));
  });

  app.patch('/users/:id', async (request) => {
    const { email: by } = requireUser(request, 'administer-users');
    const { id } = parsePart(idParamSchema, request.params);
    return changeRole(pool, id, { ...parsePart(roleChangeSchema, request.body), by });
  });

  for (const [name, act] of Object.entries(ACTS)) {
    app.post(`/users/:id/${name}`, async (request) => {
      const { email: by } = requireUser(request, 'administer-users');
      const { id } = parsePart(idParamSchema, request.params);
      return act(pool, id, by);
    });
  }
};
