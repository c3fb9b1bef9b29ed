import { z } from 'zod';

/**
 * What an employee may do at the tenant: an `editor` works with its records, a `reader` looks at them, an `administrator` works with them
 * and says who else may.
 */
export const employeeRoleSchema = z.enum(['administrator', 'editor', 'reader']);

/** `administrator`, `editor` or `reader`. */
export type EmployeeRole = z.infer<typeof employeeRoleSchema>;

/** How an employee works with records, for rules of access: an administrator as an editor does. */
export const employeeKindSchema = z.enum(['editor', 'reader']);

/** `editor` or `reader`. */
export type EmployeeKind = z.infer<typeof employeeKindSchema>;

/** The kind of an employee of a role. */
export const kindOfRole = (role: EmployeeRole): EmployeeKind => (role === 'reader' ? 'reader' : 'editor');

/** An employee who is signed in at the cloud's page. */
export interface SignedInEmployee {
  readonly tenant: string;
  readonly id: string;
  /** Names the employee in the change log, and so in the CRM's ledger. */
  readonly email: string;
  readonly name: string;
  readonly role: EmployeeRole;
  /** The password was given by an administrator: nothing else is allowed before it is changed. */
  readonly mustChangePassword: boolean;
}

/** What a request may need of its employee. */
export const EMPLOYEE_RIGHTS = {
  read: ['administrator', 'editor', 'reader'],
  edit: ['administrator', 'editor'],
  administer: ['administrator'],
} as const satisfies Record<string, readonly EmployeeRole[]>;

/** `read` or `edit` records, or `administer` employees. */
export type EmployeeRight = keyof typeof EMPLOYEE_RIGHTS;

/** Whether a role has a right. */
export function employeeMay(role: EmployeeRole, right: EmployeeRight): boolean {
  return (EMPLOYEE_RIGHTS[right] as readonly EmployeeRole[]).includes(role);
}
