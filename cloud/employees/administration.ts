import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Account, GivenPassword } from '../../web/sign-in/account.ts';
import { hashPassword, makePassword } from '../../web/sign-in/password.ts';
import type { EmployeeRole } from './roles.ts';

/* What an administrator of a tenant does with its employees; pools are those of the role `cloud_page`. Nobody reaches into another tenant. */

/** An employee as administrators see it. */
export type EmployeeAccount = Account<EmployeeRole>;

const ACCOUNTS = `
  select e.id, e.email, e.name, e.role, e.disabled_at as "disabledAt", c.password_hash is not null as "hasPassword", c.issuer as "identityProvider",
         (select count(*) from cloud.sessions s where s.tenant = e.tenant and s.employee_id = e.id and s.expires_at > now()) as sessions, e.created_at as "createdAt"
    from cloud.employees e left join cloud.credentials c on c.tenant = e.tenant and c.employee_id = e.id
   where e.tenant = $1`;

/** All employees of a tenant, by name. */
export async function listEmployees(pool: Pool, tenant: string): Promise<readonly EmployeeAccount[]> {
  return controlRows<EmployeeAccount>(pool, `${ACCOUNTS} order by lower(e.name), e.email`, [tenant]);
}

/** Adds an employee with a password made by chance. Throws `user-exists`. */
export async function addEmployee(
  pool: Pool,
  tenant: string,
  { email, name, role }: { readonly email: string; readonly name: string; readonly role: EmployeeRole },
): Promise<EmployeeAccount & GivenPassword> {
  const password = makePassword();
  const hash = await hashPassword(password);
  return inTransaction(pool, async (client) => {
    const made = await controlRow<{ id: string }>(
      client,
      'insert into cloud.employees (tenant, email, name, role) values ($1, $2, $3, $4) on conflict do nothing returning id',
      [tenant, email, name, role],
    );
    if (made === undefined) throw new TidegateError('user-exists');
    await client.query(GIVE, [tenant, made.id, hash]);
    return { ...(await requireEmployeeAccount(client, tenant, made.id)), password };
  });
}

/** Gives an employee another role. Throws `last-administrator`, `record-not-found`. */
export async function changeEmployeeRole(pool: Pool, tenant: string, id: string, role: EmployeeRole): Promise<EmployeeAccount> {
  return change(pool, tenant, id, async (client, account) => {
    if (role !== 'administrator') await keepOneAdministrator(client, tenant, account);
    await client.query('update cloud.employees set role = $3 where tenant = $1 and id = $2', [tenant, id, role]);
  });
}

/** Shuts an employee out: all sessions end now, and nothing signs in. Throws `last-administrator`, `record-not-found`. */
export async function disableEmployee(pool: Pool, tenant: string, id: string): Promise<EmployeeAccount> {
  return change(pool, tenant, id, async (client, account) => {
    await keepOneAdministrator(client, tenant, account);
    await client.query('update cloud.employees set disabled_at = coalesce(disabled_at, now()) where tenant = $1 and id = $2', [tenant, id]);
    await client.query(END_SESSIONS, [tenant, id]);
  });
}

/** Lets a disabled employee sign in again. Throws `record-not-found`. */
export async function enableEmployee(pool: Pool, tenant: string, id: string): Promise<EmployeeAccount> {
  return change(pool, tenant, id, async (client) => {
    await client.query('update cloud.employees set disabled_at = null where tenant = $1 and id = $2', [tenant, id]);
  });
}

/** Ends all sessions of an employee, who may sign in again. Throws `record-not-found`. */
export async function endEmployeeSessions(pool: Pool, tenant: string, id: string): Promise<EmployeeAccount> {
  return change(pool, tenant, id, async (client) => void (await client.query(END_SESSIONS, [tenant, id])));
}

/** Gives an employee another password made by chance, and ends all sessions. Throws `record-not-found`. */
export async function resetEmployeePassword(pool: Pool, tenant: string, id: string): Promise<EmployeeAccount & GivenPassword> {
  const password = makePassword();
  const hash = await hashPassword(password);
  const account = await change(pool, tenant, id, async (client) => {
    await client.query(GIVE, [tenant, id, hash]);
    await client.query(END_SESSIONS, [tenant, id]);
  });
  return { ...account, password };
}

const END_SESSIONS = 'delete from cloud.sessions where tenant = $1 and employee_id = $2';

const GIVE = `
  insert into cloud.credentials (tenant, employee_id, password_hash, must_change) values ($1, $2, $3, true)
  on conflict (tenant, employee_id) do update set password_hash = excluded.password_hash, must_change = true`;

/** Key of the advisory lock under which it is looked whether another administrator is left. */
const ADMINISTRATORS_LOCK_KEY = 7_447_462;

/** One employee's row, changed under the lock, and read again. */
async function change(pool: Pool, tenant: string, id: string, act: (client: PoolClient, account: EmployeeAccount) => Promise<void>): Promise<EmployeeAccount> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK_KEY]);
    await act(client, await requireEmployeeAccount(client, tenant, id));
    return requireEmployeeAccount(client, tenant, id);
  });
}

async function requireEmployeeAccount(client: PoolClient, tenant: string, id: string): Promise<EmployeeAccount> {
  const account = await controlRow<EmployeeAccount>(client, `${ACCOUNTS} and e.id = $2::uuid`, [tenant, id]);
  if (account === undefined) throw new TidegateError('record-not-found', 'There is no such employee.');
  return account;
}

async function keepOneAdministrator(client: PoolClient, tenant: string, account: EmployeeAccount): Promise<void> {
  if (account.role !== 'administrator' || account.disabledAt !== null) return;
  const { rowCount } = await client.query(
    `select from cloud.employees where tenant = $1 and role = 'administrator' and disabled_at is null and id <> $2 limit 1`,
    [tenant, account.id],
  );
  if (rowCount === 0) throw new TidegateError('last-administrator');
}
