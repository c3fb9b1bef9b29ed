import type { Pool } from 'pg';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { checkNewPassword } from '../../web/sign-in/password-rules.ts';
import { checkPassword, hashPassword } from '../../web/sign-in/password.ts';
import { sessionId } from '../../web/sign-in/session-secret.ts';
import type { SignedInUser } from './roles.ts';

/** A user's wish for another password; `secret` is that of the session, which stays. */
export interface PasswordChange {
  readonly current: string;
  readonly next: string;
  readonly secret: string;
}

/** Changes a user's own password and ends the user's other sessions. Throws `sign-in-failed` for a wrong current one, `password-refused`. */
export async function changeOwnPassword(pool: Pool, user: SignedInUser, { current, next, secret }: PasswordChange): Promise<void> {
  const { rows } = await pool.query<{ password_hash: string | null }>('select password_hash from crm.users where id = $1', [user.id]);
  const before = rows[0]?.password_hash;
  if (!(await checkPassword(before, current))) throw new TidegateError('sign-in-failed', 'The current password is wrong.');
  if (next === current) throw new TidegateError('password-refused', 'It is the one that there is.', { rule: 'same' });
  await checkNewPassword(next, [user.email, user.name]);
  const passwordHash = await hashPassword(next);
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query('update crm.users set password_hash = $2, must_change_password = false where id = $1 and password_hash = $3', [
      user.id,
      passwordHash,
      before,
    ]);
    if (rowCount === 0) throw new TidegateError('version-conflict');
    await client.query('delete from crm.sessions where user_id = $1 and id <> $2', [user.id, sessionId(secret)]);
    await recordAudit(client, { event: 'user-password-changed', subject: user.email });
  });
}
