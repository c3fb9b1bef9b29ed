import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import type { Account } from '../../web/sign-in/account.ts';
import { type AccountAdministration, accountAdministration, type AccountStore } from '../../web/sign-in/administration.ts';
import { noteAct } from './acts.ts';
import type { EmployeeRole, SignedInEmployee } from './roles.ts';

/* The employees of a tenant as its administrator sees and changes them; pools are those of the role `cloud_page`. Nobody reaches into another tenant. */

/** An employee as administrators see it. */
export type EmployeeAccount = Account<EmployeeRole>;

const ACCOUNTS = `
  select e.id, e.email, e.name, e.role, e.disabled_at as "disabledAt", c.password_hash is not null as "hasPassword", c.issuer as "identityProvider",
         (select count(*) from cloud.sessions s where s.tenant = e.tenant and s.employee_id = e.id and s.expires_at > now()) as sessions, e.created_at as "createdAt"
    from cloud.employees e left join cloud.credentials c on c.tenant = e.tenant and c.employee_id = e.id
   where e.tenant = $1`;

/** Key of the advisory lock under which it is looked whether another administrator is left. */
const ADMINISTRATORS_LOCK_KEY = 7_447_462;

/** All employees of a tenant, by name. */
export async function listEmployees(pool: Pool, tenant: string): Promise<readonly EmployeeAccount[]> {
  return controlRows<EmployeeAccount>(pool, `${ACCOUNTS} order by lower(e.name), e.email`, [tenant]);
}

/** What an administrator does with the employees of the own tenant; each act is kept. */
export function employeeAdministration(pool: Pool, { tenant, email: by }: Pick<SignedInEmployee, 'tenant' | 'email'>): AccountAdministration<EmployeeRole> {
  return accountAdministration<EmployeeRole>('administrator', (body) => inTransaction(pool, (client) => body(employeeStore(client, tenant, by))));
}

function employeeStore(client: PoolClient, tenant: string, by: string): AccountStore<EmployeeRole> {
  const givePassword: AccountStore<EmployeeRole>['givePassword'] = (id, hash) =>
    client.query(
      `insert into cloud.credentials (tenant, employee_id, password_hash, must_change) values ($1, $2, $3, true)
       on conflict (tenant, employee_id) do update set password_hash = excluded.password_hash, must_change = true`,
      [tenant, id, hash],
    );
  return {
    lock: () => client.query('select pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK_KEY]),
    find: (idOrEmail) => controlRow<EmployeeAccount>(client, `${ACCOUNTS} and (e.id::text = $2 or lower(e.email) = lower($2))`, [tenant, idOrEmail]),
    insert: async ({ email, name, role }, passwordHash) => {
      const made = await controlRow<{ id: string }>(
        client,
        'insert into cloud.employees (tenant, email, name, role) values ($1, $2, $3, $4) on conflict do nothing returning id',
        [tenant, email, name, role],
      );
      if (made !== undefined) await givePassword(made.id, passwordHash);
      return made !== undefined;
    },
    setRole: (id, role) => client.query('update cloud.employees set role = $3 where tenant = $1 and id = $2', [tenant, id, role]),
    setDisabled: (id, isDisabled) =>
      client.query('update cloud.employees set disabled_at = case when $3 then now() end where tenant = $1 and id = $2', [tenant, id, isDisabled]),
    givePassword,
    endSessions: (id) => client.query('delete from cloud.sessions where tenant = $1 and employee_id = $2', [tenant, id]),
    hasOtherAdministrator: async (id) => {
      const others = await client.query(
        `select from cloud.employees where tenant = $1 and role = 'administrator' and disabled_at is null and id <> $2 limit 1`,
        [tenant, id],
      );
      return others.rowCount === 1;
    },
    note: (email, done) => noteAct(client, { tenant, email, by }, done),
  };
}
