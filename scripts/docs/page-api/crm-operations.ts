import { recordOperations } from './crm-record-operations.ts';
import { CRM_SYNCHRONISATION_OPERATIONS } from './crm-synchronisation-operations.ts';
import { CRM_DECISION_OPERATIONS } from './crm-decision-operations.ts';
import type { PageOperations } from './operation.ts';
import { sessionOperations } from './session-operations.ts';
import { bodySchema as signInSchema } from '../../../crm/api/session/sign-in.ts';
import { bodySchema as passwordChangeSchema } from '../../../crm/api/session/change-password.ts';
import { idParamSchema } from '../../../crm/api/parse.ts';
import { roleSchema } from '../../../crm/users/roles.ts';
import { newAccountSchema, roleChangeSchema } from '../../../web/sign-in/account-endpoints.ts';

const user = { permission: 'administer-users', params: idParamSchema } as const;

/** Every operation of the CRM's API. A route that is missing here, or is here alone, fails the generation. */
export const CRM_OPERATIONS: PageOperations = {
  ...sessionOperations({ who: 'a user', signIn: signInSchema, passwordChange: passwordChangeSchema }),
  'get /api/users': { id: 'listUsers', summary: 'All users, by name.', permission: 'read-users' },
  'post /api/users': {
    id: 'addUser',
    summary: 'Adds a user, with a password that is shown once.',
    permission: 'administer-users',
    body: newAccountSchema(roleSchema),
    status: 201,
    codes: ['user-exists'],
  },
  'patch /api/users/{id}': {
    id: 'changeRole',
    summary: 'Gives a user another role.',
    ...user,
    body: roleChangeSchema(roleSchema),
    codes: ['record-not-found', 'last-administrator'],
  },
  'post /api/users/{id}/disable': { id: 'disableUser', summary: 'Shuts a user out.', ...user, codes: ['record-not-found', 'last-administrator'] },
  'post /api/users/{id}/enable': { id: 'enableUser', summary: 'Lets a user in again.', ...user, codes: ['record-not-found'] },
  'post /api/users/{id}/sign-out': { id: 'endSessions', summary: 'Ends all sessions of a user.', ...user, codes: ['record-not-found'] },
  'post /api/users/{id}/reset-password': {
    id: 'resetPassword',
    summary: 'Gives a user a new password, shown once.',
    ...user,
    codes: ['record-not-found'],
  },
  ...recordOperations(),
  ...CRM_SYNCHRONISATION_OPERATIONS,
  ...CRM_DECISION_OPERATIONS,
};
