import type { ReactNode } from 'react';
import { Accounts } from '../../../../web/page/people/accounts.tsx';
import { type Role, roleSchema } from '../../../users/roles.ts';
import { errorText } from '../app/say-error.ts';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';

const ROLES = roleSchema.options.map((role) => ({ value: role, label: texts.signIn.roles[role] }));
const WORDS = { ...texts.people, ...texts.common, failed: texts.errors.title };

/** Users of this page: an administrator adds and changes them, an auditor sees them. */
export function Users(): ReactNode {
  return <Accounts<Role> path="users" roles={ROLES} usual="user" mayChange={useMay('administer-users')} words={WORDS} errorText={errorText} />;
}
