import type { Pool, PoolClient } from 'pg';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import type { Account } from '../../web/sign-in/account.ts';
import { type AccountAdministration, accountAdministration, type AccountStore } from '../../web/sign-in/administration.ts';
import type { Role } from './roles.ts';

/* The users of the CRM's page as an administrator sees and changes them, from the page or the command line. Pools are those of the role `crm_page`. */

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

/** What `by` does with users; each act stands in the audit log. */
export function userAdministration(pool: Pool, by: string): AccountAdministration<Role> {
  return accountAdministration<Role>('integration-admin', (body) => inTransaction(pool, (client) => body(userStore(client, by))));
}

function userStore(client: PoolClient, by: string): AccountStore<Role> {
  return {
    lock: () => client.query('select pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK_KEY]),
    find: (idOrEmail) => controlRow<UserAccount>(client, `${ACCOUNTS} where u.id::text = $1 or lower(u.email) = lower($1)`, [idOrEmail]),
    insert: async ({ email, name, role }, passwordHash) => {
      const { rowCount } = await client.query(
        `insert into crm.users (email, name, role, password_hash, must_change_password) values ($1, $2, $3, $4, true) on conflict do nothing`,
        [email, name, role, passwordHash],
      );
      return rowCount === 1;
    },
    setRole: (id, role) => client.query('update crm.users set role = $2 where id = $1', [id, role]),
    setDisabled: (id, isDisabled) => client.query('update crm.users set disabled_at = case when $2 then now() end where id = $1', [id, isDisabled]),
    givePassword: (id, hash) => client.query('update crm.users set password_hash = $2, must_change_password = true where id = $1', [id, hash]),
    endSessions: (id) => client.query('delete from crm.sessions where user_id = $1', [id]),
    hasOtherAdministrator: async (id) => {
      const others = await client.query(`select from crm.users where role = 'integration-admin' and disabled_at is null and id <> $1 limit 1`, [id]);
      return others.rowCount === 1;
    },
    note: (email, { act, ...facts }) => recordAudit(client, { event: `user-${act}`, subject: email, facts: { ...facts, by } }),
  };
}
