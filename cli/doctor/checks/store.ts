import { controlRow, controlRows } from '../../../adaptor/data/control-rows.ts';
import { translateDatabaseError } from '../../../adaptor/data/database-error.ts';
import { migrationsFolder, readMigrations } from '../../../adaptor/data/migration/migration-files.ts';
import { type RecordedMigration, pendingMigrations } from '../../../adaptor/data/migration/migration-history.ts';
import type { StoreRole } from '../../../adaptor/data/roles/role-names.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import { type Parts, ROLE_VARIABLES } from '../parts.ts';

const SIGNED_IN = `select session_user::text as role, current_database()::text as database, pg_is_in_recovery() as standby, to_regclass('tidegate.store') is not null as "installed"`;
const HISTORY = `select migration_name as name, checksum, finished_at is not null as finished from tidegate._prisma_migrations where rolled_back_at is null order by started_at`;

interface SignedIn {
  readonly role: string;
  readonly database: string;
  readonly standby: boolean;
  readonly installed: boolean;
}

/** Every role signs in to one and the same store, which is this side's, writable and up to date. */
export const store: Check<Parts> = {
  name: 'store',
  run: async (parts) => {
    const findings: Finding[] = [];
    const seen: SignedIn[] = [];
    for (const [role, variable] of Object.entries(ROLE_VARIABLES[parts.side])) {
      if (!parts.has(variable)) continue;
      const answer = await signIn(parts, role as StoreRole, variable);
      if ('severity' in answer) findings.push(answer);
      else {
        seen.push(answer);
        findings.push(judge(answer, role, variable, seen[0] ?? answer));
      }
    }
    return seen[0]?.installed === true ? [...findings, ...(await judgeControlPlane(parts))] : findings;
  },
};

async function signIn(parts: Parts, role: StoreRole, variable: string): Promise<SignedIn | Finding> {
  try {
    return (await controlRow<SignedIn>(parts.pool(role), SIGNED_IN)) as SignedIn;
  } catch (error) {
    const known = translateDatabaseError(error);
    const state = known instanceof TidegateError ? String(known.facts['sqlState'] ?? known.code) : 'unexpected';
    const refused = /^28|^42501/.test(state);
    return fault(
      role,
      refused ? `PostgreSQL does not let it in (SQLSTATE ${state})` : `its store cannot be reached (${state})`,
      refused
        ? `Compare the password in ${variable} with the one that was provisioned, and pg_hba.conf.`
        : `Start PostgreSQL, or correct ${variable}; check the network between here and there.`,
    );
  }
}

function judge({ role, database, standby, installed }: SignedIn, wanted: string, variable: string, first: SignedIn): Finding {
  if (role !== wanted) return fault(wanted, `${role} signs in in its place`, `Name the role ${wanted} in ${variable}: every process has one of its own.`);
  if (database !== first.database) return fault(wanted, `it works on ${database}, others on ${first.database}`, 'Let the URLs of all roles name one database.');
  if (standby) return fault(wanted, `${database} is a standby, which takes no writes`, 'Let the URLs name the primary.');
  if (!installed) return fault(wanted, `Tidegate's tables are not in ${database}`, 'Run the migrations and provision the roles (tidegate start does both).');
  return ok(wanted, `signs in to ${database}`);
}

async function judgeControlPlane(parts: Parts): Promise<readonly Finding[]> {
  const row = await controlRow<{ side: string }>(parts.store, 'select side from tidegate.store');
  const side =
    row?.side === parts.side
      ? ok('store', `it is the ${parts.side} store`)
      : fault('store', `it is the store of the other side (${row?.side ?? 'unnamed'})`, 'Exchange the URLs of both sides: their stores were mixed up.');
  return [side, await judgeMigrations(parts)];
}

async function judgeMigrations(parts: Parts): Promise<Finding> {
  const subject = 'migrations';
  const recorded = await controlRows<RecordedMigration>(parts.store, HISTORY);
  try {
    const pending = pendingMigrations('control', await readMigrations(migrationsFolder('control')), recorded);
    if (pending.length === 0) return ok(subject, `${recorded.length} applied`);
    return fault(subject, `not applied: ${pending.map(({ name }) => name).join(', ')}`, 'Migrate the store before its processes are started in this version.');
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    return fault(subject, error.message, 'Run the version of Tidegate that this store was migrated by, or newer.');
  }
}
