import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Accounts } from '../../../../web/page/people/accounts.tsx';
import { type EmployeeRole, employeeRoleSchema } from '../../../employees/roles.ts';
import { errorText } from '../app/say-error.ts';
import { texts } from '../texts/texts.ts';
import { EmployeeActs } from './employee-acts.tsx';

const ROLES = employeeRoleSchema.options.map((role) => ({ value: role, label: texts.session.roles[role] }));
const WORDS = { ...texts.employees, ...texts.common, failed: texts.errors.title };

/** Employees of the tenant and what was done with them, for its administrators. */
export function Employees(): ReactNode {
  return (
    <Stack gap="xl">
      <Accounts<EmployeeRole> path="employees" roles={ROLES} usual="editor" mayChange words={WORDS} errorText={errorText} />
      <EmployeeActs />
    </Stack>
  );
}
