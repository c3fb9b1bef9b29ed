import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { type EmployeeRole, kindOfRole } from '../employees/roles.ts';
import { employeeRoleName } from './employee-access.ts';

/** In whose name records are read and edited. */
export interface ActingEmployee {
  readonly tenant: string;
  /** Whom rules of access know as the owner of records, and the change log as who edited. */
  readonly email: string;
  readonly role: EmployeeRole;
}

/** Which database role it is, the store says: rules that were provisioned hold whatever a process was told of them. */
const TAKE_ON = `
  select set_config('tidegate.tenant', $1, true), set_config('tidegate.user', $2, true), set_config('tidegate.actor', $2, true),
         set_config('role', coalesce((select rolname::text from pg_roles where rolname = $3 and has_schema_privilege(oid, 'records', 'usage')), 'none'), true)`;

/**
 * Runs a body in a transaction in the name of an employee, with a pool of `cloud_user`: under the row rule of the tenant and,
 * where the tenant has rules of access, in the database role of this kind of its employees. All of it ends with the transaction.
 */
export function asEmployee<T>(pool: Pool, { tenant, email, role }: ActingEmployee, body: (client: PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(TAKE_ON, [tenant, email, employeeRoleName(tenant, kindOfRole(role))]);
    return body(client);
  });
}
