import type { Pool } from 'pg';
import { type NewSession, newSession, sessionId } from '../../web/sign-in/session-secret.ts';
import { employeeRoleSchema, type SignedInEmployee } from './roles.ts';

/* Sessions at the cloud's page; pools are those of the role `cloud_page`. */

/** Begins a session of an employee, and forgets sessions that are over. */
export async function beginSession(pool: Pool, { tenant, id }: Pick<SignedInEmployee, 'tenant' | 'id'>): Promise<NewSession> {
  const session = newSession();
  await pool.query('delete from cloud.sessions where expires_at < now()');
  await pool.query('insert into cloud.sessions (id, tenant, employee_id, expires_at) values ($1, $2, $3, $4)', [
    sessionId(session.secret),
    tenant,
    id,
    session.expiresAt.toISOString(),
  ]);
  return session;
}

const FIND = `
  select e.tenant, e.id, e.email, e.name, e.role, coalesce(c.must_change, false)::text as must
    from cloud.sessions s join cloud.employees e on e.tenant = s.tenant and e.id = s.employee_id
    left join cloud.credentials c on c.tenant = e.tenant and c.employee_id = e.id
   where s.id = $1 and s.expires_at > now() and e.disabled_at is null`;

/** The employee of a session that is not over; undefined otherwise, and for an employee who was disabled. */
export async function findSession(pool: Pool, secret: string): Promise<SignedInEmployee | undefined> {
  const { rows } = await pool.query<Record<'tenant' | 'id' | 'email' | 'name' | 'role' | 'must', string>>(FIND, [sessionId(secret)]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { must, ...employee } = row;
  return { ...employee, role: employeeRoleSchema.parse(row.role), mustChangePassword: must === 'true' };
}

/** Ends a session; one that is over already needs nothing. */
export async function endSession(pool: Pool, secret: string): Promise<void> {
  await pool.query('delete from cloud.sessions where id = $1', [sessionId(secret)]);
}
