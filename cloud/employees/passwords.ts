import type { Pool } from 'pg';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { checkNewPassword } from '../../web/sign-in/password-rules.ts';
import { checkPassword, hashPassword, makePassword } from '../../web/sign-in/password.ts';
import { sessionId } from '../../web/sign-in/session-secret.ts';
import { noteAct } from './acts.ts';
import { type EmployeeRole, employeeRoleSchema, type SignedInEmployee } from './roles.ts';

/* How employees sign in with a password; pools are those of the role `cloud_page`. */

interface Known extends Record<'tenant' | 'id' | 'email' | 'name' | 'role' | 'must', string> {
  readonly password_hash: string | null;
}

/** An address can be an employee's of several tenants: the password says of which. */
const CANDIDATES = `
  select e.tenant, e.id, e.email, e.name, e.role, c.must_change::text as must, c.password_hash
    from cloud.employees e join cloud.credentials c on c.tenant = e.tenant and c.employee_id = e.id
   where lower(e.email) = lower($1) and e.disabled_at is null
   order by e.tenant limit 10`;

/** The employee whom e-mail address and password belong to. Throws `sign-in-failed`. */
export async function employeeOf(pool: Pool, email: string, password: string): Promise<SignedInEmployee> {
  const { rows } = await pool.query<Known>(CANDIDATES, [email]);
  for (const { password_hash: hash, must, ...row } of rows)
    if (await checkPassword(hash, password)) return { ...row, role: employeeRoleSchema.parse(row.role), mustChangePassword: must === 'true' };
  // An address that nobody has costs the same time.
  if (rows.length === 0) await checkPassword(undefined, password);
  throw new TidegateError('sign-in-failed');
}

const GIVE = `
  insert into cloud.credentials (tenant, employee_id, password_hash) values ($1, $2, $3)
  on conflict (tenant, employee_id) do update set password_hash = excluded.password_hash, must_change = false`;

/** Gives an employee a password made by chance, shown once, and ends the employee's sessions, by who runs the installation. Throws `record-not-found`. */
export async function givePassword(
  pool: Pool,
  { tenant, email, by }: { readonly tenant: string; readonly email: string; readonly by: string },
): Promise<{ readonly email: string; readonly password: string }> {
  const password = makePassword();
  const hash = await hashPassword(password);
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string; email: string }>(
      'select id, email from cloud.employees where tenant = $1 and lower(email) = lower($2) and disabled_at is null',
      [tenant, email],
    );
    const [employee] = rows;
    if (employee === undefined) throw new TidegateError('record-not-found', 'There is no such employee.');
    await client.query(GIVE, [tenant, employee.id, hash]);
    await client.query('delete from cloud.sessions where tenant = $1 and employee_id = $2', [tenant, employee.id]);
    await noteAct(client, { tenant, email: employee.email, by }, { act: 'password-reset' });
    return { email: employee.email, password };
  });
}

/** Key of the advisory lock under which it is looked whether an employee can sign in. */
const FIRST_LOCK_KEY = 7_447_461;

/** A tenant that has no employee gets one, who is called so. */
const FIRST_EMPLOYEE = `insert into cloud.employees (tenant, email, name) values ($1, 'employee@' || $1 || '.example', 'Employee') returning email, role`;

/** Who acts at the first start of an installation. */
const FIRST_START = 'first start';

/** Somebody has to say who else may. */
const ADMINISTRATOR = `
  update cloud.employees e set role = 'administrator'
   where e.tenant = $1 and e.email = $2 and not exists (select from cloud.employees o where o.tenant = e.tenant and o.role = 'administrator' and o.disabled_at is null)`;

/**
 * Gives the tenant's first employee (who is made where there is none, and is its administrator unless there is one) a password, unless
 * some employee of the tenant can sign in already; then undefined.
 */
export async function giveFirstPassword(pool: Pool, tenant: string): Promise<{ readonly email: string; readonly password: string } | undefined> {
  const email = await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [FIRST_LOCK_KEY]);
    const entered = await client.query('select from cloud.credentials where tenant = $1 limit 1', [tenant]);
    if (entered.rowCount === 1) return undefined;
    const { rows } = await client.query<{ email: string; role: EmployeeRole }>(
      'select email, role from cloud.employees where tenant = $1 and disabled_at is null order by email limit 1',
      [tenant],
    );
    const [known] = rows;
    const first = known ?? (await client.query<{ email: string; role: EmployeeRole }>(FIRST_EMPLOYEE, [tenant])).rows[0];
    if (first === undefined) return undefined;
    const about = { tenant, email: first.email, by: FIRST_START };
    if (known === undefined) await noteAct(client, about, { act: 'added', role: first.role });
    const raised = await client.query(ADMINISTRATOR, [tenant, first.email]);
    if (raised.rowCount === 1 && first.role !== 'administrator') await noteAct(client, about, { act: 'role-changed', from: first.role, to: 'administrator' });
    return first.email;
  });
  return email === undefined ? undefined : givePassword(pool, { tenant, email, by: FIRST_START });
}

const CHANGE = `
  update cloud.credentials set password_hash = $3, must_change = false where tenant = $1 and employee_id = $2 and password_hash = $4`;

/**
 * Changes an employee's own password and ends the employee's other sessions. Throws `sign-in-failed`, `password-refused`, and
 * `version-conflict` where it was changed meanwhile: of two at once, one holds, and the other is told.
 */
export async function changeOwnPassword(
  pool: Pool,
  { tenant, id, email, name }: SignedInEmployee,
  { current, next, secret }: { readonly current: string; readonly next: string; readonly secret: string },
): Promise<void> {
  const { rows } = await pool.query<{ password_hash: string | null }>('select password_hash from cloud.credentials where tenant = $1 and employee_id = $2', [
    tenant,
    id,
  ]);
  const before = rows[0]?.password_hash;
  if (!(await checkPassword(before, current))) throw new TidegateError('sign-in-failed', 'The current password is wrong.');
  if (next === current) throw new TidegateError('password-refused', 'It is the one that there is.', { rule: 'same' });
  await checkNewPassword(next, [email, name]);
  const hash = await hashPassword(next);
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(CHANGE, [tenant, id, hash, before]);
    if (rowCount === 0) throw new TidegateError('version-conflict');
    await client.query('delete from cloud.sessions where tenant = $1 and employee_id = $2 and id <> $3', [tenant, id, sessionId(secret)]);
    await noteAct(client, { tenant, email, by: email }, { act: 'password-changed' });
  });
}
