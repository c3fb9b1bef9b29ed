import type { PageUserRole } from '../adaptor/data/roles/role-names.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { Prisma, PrismaClient } from '../prisma/generated/crm/client.ts';
import type { SearchableTable } from './records/search-tables.ts';
import { type ColumnRights, rightsOn, rightsSql, type TableRights } from './records/table-rights.ts';
import { isDenied } from './database-error.ts';
import type { Role, SignedInUser } from './users/roles.ts';

/** Database role that the page takes on for a kind of user; rules of access name it (docs/access.md). */
export const ROLE_OF_USER = { user: 'crm_user', 'integration-admin': 'crm_admin', auditor: 'crm_auditor' } as const satisfies Record<Role, PageUserRole>;

/** In whose name records are read and written. */
export type ActingUser = Pick<SignedInUser, 'email' | 'role'>;

/** A search in a large table may take longer than Prisma's five seconds. */
const TIMEOUT_MS = 60_000;
const MAX_WAIT_MS = 10_000;

/**
 * Runs a body in a transaction in the name of a user: PostgreSQL applies the rules of access of the user's role (`SET LOCAL
 * ROLE`) and identity (`tidegate.user`), and changes are captured as the user's (rule 19). All three end with the
 * transaction. What PostgreSQL refuses by them is `record-denied`. The body is told the role's rights on the tables that are named.
 */
export async function asUser<T>(
  crm: PrismaClient,
  { email, role }: ActingUser,
  body: (transaction: Prisma.TransactionClient, rights: (table: SearchableTable) => TableRights) => Promise<T>,
  tables: readonly SearchableTable[] = [],
): Promise<T> {
  try {
    return await crm.$transaction(
      async (transaction) => {
        const [taken] = await transaction.$queryRaw<{ rights: readonly ColumnRights[] }[]>`
          select set_config('tidegate.actor', ${email}, true), set_config('tidegate.user', ${email}, true), set_config('role', ${ROLE_OF_USER[role]}, true),
                 ${rightsSql(ROLE_OF_USER[role], tables)} as rights`;
        return body(transaction, (table) => rightsOn(taken?.rights ?? [], table));
      },
      { timeout: TIMEOUT_MS, maxWait: MAX_WAIT_MS },
    );
  } catch (error) {
    throw isDenied(error) ? new TidegateError('record-denied', undefined, {}, { cause: error }) : error;
  }
}
