import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { OpenIdIdentity } from '../../web/sign-in/openid-provider.ts';
import { noteAct } from './acts.ts';
import { type EmployeeRole, employeeRoleSchema, type SignedInEmployee } from './roles.ts';

const FIND = `
  select e.id, e.email, e.role, (e.disabled_at is not null)::text as disabled, (c.subject is not null)::text as bound,
         coalesce(c.issuer = $2 and c.subject = $3, false)::text as same
    from cloud.employees e left join cloud.credentials c on c.tenant = e.tenant and c.employee_id = e.id
   where e.tenant = $1 and ((c.issuer = $2 and c.subject = $3) or lower(e.email) = $4)
   order by same desc limit 1`;

/** A password that only an administrator chose is no way in any more, and need not be changed. */
const BIND = `
  insert into cloud.credentials as known (tenant, employee_id, issuer, subject) values ($1, $2, $3, $4)
  on conflict (tenant, employee_id) do update set issuer = excluded.issuer, subject = excluded.subject, must_change = false,
     password_hash = case when not known.must_change then known.password_hash end`;

/**
 * The employee of an identity of the tenant's provider: known by issuer and subject, else by the e-mail address that the
 * provider vouches for, else made. The provider says what the employee may do, at every sign-in. Throws `identity-refused`.
 */
export async function employeeOfIdentity(pool: Pool, tenant: string, identity: OpenIdIdentity): Promise<Pick<SignedInEmployee, 'tenant' | 'id'>> {
  const { issuer, subject, email, name } = identity;
  const role = employeeRoleSchema.parse(identity.role);
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<Record<'id' | 'email' | 'disabled' | 'bound' | 'same', string> & { readonly role: EmployeeRole }>(FIND, [
      tenant,
      issuer,
      subject,
      email,
    ]);
    const [known] = rows;
    if (known?.disabled === 'true') throw new TidegateError('identity-refused', 'This employee is disabled.');
    if (known?.bound === 'true' && known.same !== 'true') throw new TidegateError('identity-refused', 'The e-mail address belongs to another employee.');
    const id = known?.id ?? (await add(client, [tenant, email, name, role]));
    const about = { tenant, email: known?.email ?? email, by: issuer };
    if (known === undefined) await noteAct(client, about, { act: 'added', role });
    else if (known.role !== role) {
      await client.query('update cloud.employees set role = $3 where tenant = $1 and id = $2', [tenant, id, role]);
      await noteAct(client, about, { act: 'role-changed', from: known.role, to: role });
    }
    await client.query(BIND, [tenant, id, issuer, subject]);
    return { tenant, id };
  });
}

async function add(client: PoolClient, values: readonly [tenant: string, email: string, name: string, role: EmployeeRole]): Promise<string> {
  const { rows } = await client.query<{ id: string }>('insert into cloud.employees (tenant, email, name, role) values ($1, $2, $3, $4) returning id', [
    ...values,
  ]);
  return rows[0]?.id ?? '';
}
