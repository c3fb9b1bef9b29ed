import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import type { AccountAct } from '../../web/sign-in/administration.ts';
import type { EmployeeRole } from './roles.ts';

/*
 * Who did what with a tenant's employees, in a table that only grows: no role of the cloud has a right to change or delete what stands
 * there, and the row rule keeps each tenant to its own. Pools are those of the role `cloud_page`.
 */

/** What is done with employees; beside what administrators do, an employee chooses an own password. */
export type EmployeeAct = AccountAct<EmployeeRole> | { readonly act: 'password-changed' };

/** An act that was kept. */
export interface KeptAct {
  readonly id: string;
  readonly at: Date;
  readonly act: EmployeeAct['act'];
  /** E-mail address of the employee whom it was done to. */
  readonly employee: string;
  /** Who did it: an employee's e-mail address, an identity provider's address, or who runs the installation. */
  readonly by: string;
  /** Of an act that gives a role. */
  readonly role: EmployeeRole | null;
  /** The role before. */
  readonly fromRole: EmployeeRole | null;
}

/** Names the tenant for the rest of the transaction: the row rule lets no other's rows be written or seen. */
const FOR_TENANT = `select set_config('tidegate.tenant', $1, true)`;

/** Keeps an act, in the transaction of the act itself. */
export async function noteAct(
  client: PoolClient,
  { tenant, email, by }: { readonly tenant: string; readonly email: string; readonly by: string },
  done: EmployeeAct,
): Promise<void> {
  const [role, fromRole] = done.act === 'added' ? [done.role, null] : done.act === 'role-changed' ? [done.to, done.from] : [null, null];
  await client.query(FOR_TENANT, [tenant]);
  await client.query('insert into cloud.employee_acts (tenant, act, employee, acted_by, role, from_role) values ($1, $2, $3, $4, $5, $6)', [
    tenant,
    done.act,
    email,
    by,
    role,
    fromRole,
  ]);
}

/** A page of a tenant's acts, the latest first, and how many there are. */
export async function listActs(
  pool: Pool,
  tenant: string,
  { page, size }: { readonly page: number; readonly size: number },
): Promise<{ readonly rows: readonly KeptAct[]; readonly total: number }> {
  return inTransaction(pool, async (client) => {
    await client.query(FOR_TENANT, [tenant]);
    const counted = await controlRow<{ total: number }>(client, 'select count(*) as total from cloud.employee_acts where tenant = $1', [tenant]);
    const rows = await controlRows<KeptAct>(
      client,
      `select id, created_at as at, act, employee, acted_by as by, role, from_role as "fromRole" from cloud.employee_acts
        where tenant = $1 order by created_at desc, id limit $2 offset $3`,
      [tenant, size, (page - 1) * size],
    );
    return { rows, total: counted?.total ?? 0 };
  });
}
