import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parsePart } from '../http/parse-part.ts';
import type { Account } from './account.ts';
import type { AccountAdministration } from './administration.ts';

/** `{ id }` in a path: an account's. */
export const accountParamSchema = z.object({ id: z.uuid() });

/** An account to be added, with a role of the page's. */
export const newAccountSchema = <S extends z.ZodType>(role: S) =>
  z.strictObject({ email: z.string().trim().toLowerCase().pipe(z.email().max(320)), name: z.string().trim().min(1).max(200), role });

/** Another role of the page's. */
export const roleChangeSchema = <S extends z.ZodType>(role: S) => z.strictObject({ role });

/** What is done with one account, by the last part of the path. */
const ACTS = { disable: 'disable', enable: 'enable', 'sign-out': 'endSessions', 'reset-password': 'resetPassword' } as const;

/** A page's accounts, for who may read them and who may administer them: both look at the request, and throw where it may not. */
export interface AdministeredAccounts<Role extends string> {
  readonly path: `/${string}`;
  readonly roles: z.ZodType<Role>;
  readonly list: (request: FastifyRequest) => Promise<readonly Account<Role>[]>;
  readonly administration: (request: FastifyRequest) => AccountAdministration<Role>;
}

/**
 * GET path: all accounts, by name. POST path {email, name, role}: adds one (201), with a password that is shown once. PATCH
 * path/:id {role}. POST path/:id/disable, /enable, /sign-out (all sessions end), /reset-password (shown once). Errors:
 * `user-exists`, `last-administrator`, `record-not-found`.
 */
export function addAccountEndpoints<Role extends string>(app: FastifyInstance, { path, roles, list, administration }: AdministeredAccounts<Role>): void {
  app.get(path, async (request) => ({ rows: await list(request) }));

  app.post(path, async (request, reply) => {
    const accounts = administration(request);
    return reply.code(201).send(await accounts.add(parsePart(newAccountSchema(roles), request.body)));
  });

  app.patch(`${path}/:id`, async (request) => {
    const accounts = administration(request);
    const { id } = parsePart(accountParamSchema, request.params);
    return accounts.changeRole(id, parsePart(roleChangeSchema(roles), request.body).role);
  });

  for (const [name, act] of Object.entries(ACTS)) {
    app.post(`${path}/:id/${name}`, async (request) => {
      const accounts = administration(request);
      return accounts[act](parsePart(accountParamSchema, request.params).id);
    });
  }
}
