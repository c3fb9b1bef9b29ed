import type { Pool } from 'pg';
import { controlRow } from '../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { OpenIdIdentity } from '../../web/sign-in/openid-provider.ts';
import { roleSchema } from './roles.ts';

interface KnownUser {
  readonly id: string;
  readonly disabled: boolean;
  readonly role: string;
  readonly bound: boolean;
  readonly same: boolean;
}

const FIND = `
  select id, disabled_at is not null as disabled, role, subject is not null as bound, coalesce(issuer = $1 and subject = $2, false) as same
    from crm.users
   where (issuer = $1 and subject = $2) or lower(email) = $3
   order by same desc limit 1 for update`;

/** A password that only an administrator chose is no way in any more. */
const BIND = `
  update crm.users set issuer = $2, subject = $3, role = $4, must_change_password = false,
                       password_hash = case when not must_change_password then password_hash end
   where id = $1`;

/**
 * The user of an identity: known by issuer and subject, else by the e-mail address that the provider vouches for, else
 * made. The provider says what the user may do, at every sign-in. Resolves to the id. Throws `identity-refused` for a
 * user who is disabled here, or whose address belongs to another identity.
 */
export async function userOfIdentity(pool: Pool, { issuer, subject, email, name, role }: OpenIdIdentity): Promise<string> {
  return inTransaction(pool, async (client) => {
    const known = await controlRow<KnownUser>(client, FIND, [issuer, subject, email]);
    if (known?.disabled === true) throw new TidegateError('identity-refused', 'This user is disabled.');
    if (known?.bound === true && !known.same) throw new TidegateError('identity-refused', 'The e-mail address belongs to another user.');
    if (known === undefined) {
      const made = await controlRow<{ id: string }>(
        client,
        `insert into crm.users (email, name, role, issuer, subject) values ($1, $2, $3, $4, $5) on conflict do nothing returning id`,
        [email, name, roleSchema.parse(role), issuer, subject],
      );
      if (made === undefined) throw new TidegateError('identity-provider-failed', 'The same user signs in elsewhere at this moment.');
      await recordAudit(client, { event: 'user-added', subject: email, facts: { role, by: issuer } });
      return made.id;
    }
    await client.query(BIND, [known.id, issuer, subject, roleSchema.parse(role)]);
    if (known.role !== role) await recordAudit(client, { event: 'user-role-changed', subject: email, facts: { from: known.role, to: role, by: issuer } });
    return known.id;
  });
}
