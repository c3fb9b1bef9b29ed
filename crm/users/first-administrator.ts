import { openCrmDatabase } from '../database.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import { hashPassword, makePassword } from '../../web/sign-in/password.ts';
import { ADMINISTRATORS_LOCK_KEY } from './administration.ts';

/** Who the first administrator is, and where. */
export interface FirstAdministratorOptions {
  /** The CRM's database, as `crm_page`. */
  readonly databaseUrl: string;
  readonly email?: string;
  readonly name?: string;
}

/** A new user's credentials: shown once, kept nowhere. */
export interface FirstAdministrator {
  readonly email: string;
  readonly password: string;
}

/** Makes a user with the role integration-admin and a random password, unless there is one; then undefined. */
export async function createFirstAdministrator({
  databaseUrl,
  email = 'admin@crm.example',
  name = 'Administrator',
}: FirstAdministratorOptions): Promise<FirstAdministrator | undefined> {
  await using database = openCrmDatabase(databaseUrl, 1);
  const password = makePassword();
  const passwordHash = await hashPassword(password);
  const created = await database.crm.$transaction(async (transaction) => {
    await transaction.$queryRaw`select pg_advisory_xact_lock(${ADMINISTRATORS_LOCK_KEY})::text`;
    const existing = await transaction.user.count({ where: { role: 'integration-admin', disabledAt: null } });
    if (existing > 0) return false;
    // A user of that address who is no administrator becomes one, by the choice of whoever runs the installation.
    await transaction.user.upsert({
      where: { email },
      create: { email, name, role: 'integration-admin', passwordHash },
      update: { role: 'integration-admin', passwordHash, disabledAt: null },
    });
    return true;
  });
  if (!created) return undefined;
  await recordAudit(database.pool, { event: 'user-added', subject: email, facts: { role: 'integration-admin', by: 'first start' } });
  return { email, password };
}
