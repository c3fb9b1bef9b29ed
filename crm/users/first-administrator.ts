import { randomBytes } from 'node:crypto';
import { openCrmDatabase } from '../database.ts';
import { hashPassword } from './password.ts';

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

/** Key of the advisory lock under which it is looked whether an administrator exists. */
const LOCK_KEY = 7_447_460;

/** Makes a user with the role integration-admin and a random password, unless there is one; then undefined. */
export async function createFirstAdministrator({
  databaseUrl,
  email = 'admin@crm.example',
  name = 'Administrator',
}: FirstAdministratorOptions): Promise<FirstAdministrator | undefined> {
  await using database = openCrmDatabase(databaseUrl, 1);
  const password = randomBytes(12).toString('base64url');
  const passwordHash = await hashPassword(password);
  const created = await database.crm.$transaction(async (transaction) => {
    await transaction.$queryRaw`select pg_advisory_xact_lock(${LOCK_KEY})::text`;
    const existing = await transaction.user.count({ where: { role: 'integration-admin' } });
    if (existing > 0) return false;
    // A user of that address who is no administrator becomes one, by the choice of whoever runs the installation.
    await transaction.user.upsert({
      where: { email },
      create: { email, name, role: 'integration-admin', passwordHash },
      update: { role: 'integration-admin', passwordHash },
    });
    return true;
  });
  return created ? { email, password } : undefined;
}
