import { z } from 'zod';

/** What an employee may do with the tenant's records: an `editor` works with them, a `reader` looks at them. */
export const employeeRoleSchema = z.enum(['editor', 'reader']);

/** `editor` or `reader`. */
export type EmployeeRole = z.infer<typeof employeeRoleSchema>;

/** An employee who is signed in at the cloud's page. */
export interface SignedInEmployee {
  readonly tenant: string;
  readonly id: string;
  /** Names the employee in the change log, and so in the CRM's ledger. */
  readonly email: string;
  readonly name: string;
  readonly role: EmployeeRole;
}
