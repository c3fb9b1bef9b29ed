import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Account, GivenPassword } from '../../web/sign-in/account.ts';
import { hashPassword, makePassword } from '../../web/sign-in/password.ts';
import type { Role } from './roles.ts';

/*
 * What an administrator does with users of the CRM's page, from the page or the command line. Each act and its entry in
 * the audit log are one transaction. `by` is who acts; pools are those of the role `crm_page`.
 */

/** A user as administrators see it. */
export type UserAccount = Account<Role>;

/** Key of the advisory lock under which it is looked whether another administrator is left. */
export const ADMINISTRATORS_LOCK_KEY = 7_447_460;

const ACCOUNTS = `
  select u.id, u.email, u.name, u.role, u.disabled_at as "disabledAt", u.password_hash is not null as "hasPassword", u.issuer as "identityProvider",
         (select count(*) from crm.sessions s where s.user_id = u.id and s.expires_at > now()) as sessions, u.created_at as "createdAt"
    from crm.users u`;

/** All users, by name. */
export async function listUsers(pool: Pool): Promise<readonly UserAccount[]> {
  return controlRows<UserAccount>(pool, `${ACCOUNTS} order by lower(u.name), u.email`);
}

/** The user with this id or e-mail address. Throws `record-not-found`. */
export async function findUser(client: Pool | PoolClient, idOrEmail: string): Promise<UserAccount> {
  const account = await controlRow<UserAccount>(client, `${ACCOUNTS} where u.id::text = $1 or lower(u.email) = lower($1)`, [idOrEmail]);
  if (account === undefined) throw new TidegateError('record-not-found', 'There is no such user.');
  return account;
}

/** Adds a user with a password made by chance. Throws `user-exists`. */
export async function addUser(
  pool: Pool,
  { email, name, role, by }: { readonly email: string; readonly name: string; readonly role: Role; readonly by: string },
): Promise<UserAccount & GivenPassword> {
  const password = makePassword();
  const passwordHash = await hashPassword(password);
  return inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `insert into crm.users (email, name, role, password_hash, must_change_password) values ($1, $2, $3, $4, true) on conflict do nothing`,
      [email, name, role, passwordHash],
    );
    if (rowCount === 0) throw new TidegateError('user-exists');
    await note(client, 'user-added', email, by, { role });
    return { ...(await findUser(client, email)), password };
  });
}

/** Gives a user another role. Throws `last-administrator`. */
export async function changeRole(pool: Pool, idOrEmail: string, { role, by }: { readonly role: Role; readonly by: string }): Promise<UserAccount> {
  return change(pool, idOrEmail, async (client, user) => {
    if (user.role === role) return;
    if (role !== 'integration-admin') await keepOneAdministrator(client, user);
    await client.query('update crm.users set role = $2 where id = $1', [user.id, role]);
    await note(client, 'user-role-changed', user.email, by, { from: user.role, to: role });
  });
}

/** Shuts a user out: all sessions end now, and nothing signs in. Throws `last-administrator`. */
export async function disableUser(pool: Pool, idOrEmail: string, by: string): Promise<UserAccount> {
  return change(pool, idOrEmail, async (client, user) => {
    if (user.disabledAt !== null) return;
    await keepOneAdministrator(client, user);
    await client.query('update crm.users set disabled_at = now() where id = $1', [user.id]);
    await client.query('delete from crm.sessions where user_id = $1', [user.id]);
    await note(client, 'user-disabled', user.email, by);
  });
}

/** Lets a disabled user sign in again. */
export async function enableUser(pool: Pool, idOrEmail: string, by: string): Promise<UserAccount> {
  return change(pool, idOrEmail, async (client, user) => {
    const { rowCount } = await client.query('update crm.users set disabled_at = null where id = $1 and disabled_at is not null', [user.id]);
    if (rowCount === 1) await note(client, 'user-enabled', user.email, by);
  });
}

/** Ends all sessions of a user, who may sign in again. */
export async function endSessions(pool: Pool, idOrEmail: string, by: string): Promise<UserAccount> {
  return change(pool, idOrEmail, async (client, user) => {
    await client.query('delete from crm.sessions where user_id = $1', [user.id]);
    await note(client, 'user-signed-out', user.email, by, { sessions: user.sessions });
  });
}

/** Gives a user another password made by chance, and ends all sessions. */
export async function resetPassword(pool: Pool, idOrEmail: string, by: string): Promise<UserAccount & GivenPassword> {
  const password = makePassword();
  const passwordHash = await hashPassword(password);
  const account = await change(pool, idOrEmail, async (client, user) => {
    await client.query('update crm.users set password_hash = $2, must_change_password = true where id = $1', [user.id, passwordHash]);
    await client.query('delete from crm.sessions where user_id = $1', [user.id]);
    await note(client, 'user-password-reset', user.email, by);
  });
  return { ...account, password };
}

/** One user's row, locked, changed, and read again. */
async function change(pool: Pool, idOrEmail: string, act: (client: PoolClient, user: UserAccount) => Promise<void>): Promise<UserAccount> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK_KEY]);
    const user = await findUser(client, idOrEmail);
    await act(client, user);
    return findUser(client, user.id);
  });
}

async function keepOneAdministrator(client: PoolClient, user: UserAccount): Promise<void> {
  if (user.role !== 'integration-admin' || user.disabledAt !== null) return;
  const { rowCount } = await client.query(`select from crm.users where role = 'integration-admin' and disabled_at is null and id <> $1 limit 1`, [user.id]);
  if (rowCount === 0) throw new TidegateError('last-administrator');
}

async function note(client: PoolClient, event: string, email: string, by: string, facts: Readonly<Record<string, unknown>> = {}): Promise<void> {
  await recordAudit(client, { event, subject: email, facts: { ...facts, by } });
}
