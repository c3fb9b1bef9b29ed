import { addAccountEndpoints } from '../../../web/sign-in/account-endpoints.ts';
import { listUsers, userAdministration } from '../../users/administration.ts';
import { roleSchema } from '../../users/roles.ts';
import { type Endpoint, requireUser } from '../context.ts';

/** Users of the page below /api/users (web/sign-in/account-endpoints.ts). Reading is an auditor's as well. */
export const users: Endpoint = (app, { database: { pool } }) =>
  addAccountEndpoints(app, {
    path: '/users',
    roles: roleSchema,
    list: async (request) => {
      requireUser(request, 'read-users');
      return listUsers(pool);
    },
    administration: (request) => userAdministration(pool, requireUser(request, 'administer-users').email),
  });
