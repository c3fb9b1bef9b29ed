import { randomUUID } from 'node:crypto';
import { Client, DatabaseError, escapeIdentifier } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type MigrationFile, type MigrationProject, PROJECT_SCHEMA, migrationsFolder, readMigrations } from './migration-files.ts';
import { type RecordedMigration, pendingMigrations } from './migration-history.ts';

/*
 * Applies Prisma's migrations without Prisma's engine, leaving the same rows in the same table, so that
 * `prisma migrate status` and `deploy` agree afterwards (tested against the engine itself). Why not the engine:
 * it applies a migration outside a transaction and leaves a failed one half done, it needs a native binary (a download)
 * or the WebAssembly build with a repaired driver adapter, and it would have to be trusted with the administrator's URL.
 */

/** Key of the advisory lock that Prisma's own tool takes: two starts, or a start and Prisma, never migrate at once. */
const PRISMA_LOCK_KEY = 72_707_369;

/** Longest wait for a lock on a table of the store, in milliseconds: a migration does not queue up in front of its users. */
const LOCK_TIMEOUT_MS = 30_000;

/** What happened to one migration. */
export interface MigrationProgress {
  readonly project: MigrationProject;
  readonly migration: string;
  /** Position of this one among those that are applied now, from 1. */
  readonly number: number;
  readonly of: number;
}

/** Called before each migration that is applied. */
export type OnMigration = (progress: MigrationProgress) => void;

/**
 * Brings one project's schema in a store up to date. All migrations that are due are applied in one transaction with
 * their rows in `_prisma_migrations`: a failing one leaves the store as it was. Resolves to the names that were applied.
 * `folder` is another folder of migrations than the package's own.
 * Throws `migration-failed` (facts: project, migration, sqlstate), `database-unavailable`.
 */
export async function migrate(
  adminUrl: string,
  project: MigrationProject,
  onProgress?: OnMigration,
  folder = migrationsFolder(project),
): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  const client = new Client({ connectionString: adminUrl, application_name: `tidegate migrate ${project}` });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    throw new TidegateError('database-unavailable', undefined, { project }, { cause });
  }
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [PRISMA_LOCK_KEY]);
    await client.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const pending = pendingMigrations(project, files, await readHistory(client, project));
    for (const [index, file] of pending.entries()) {
      onProgress?.({ project, migration: file.name, number: index + 1, of: pending.length });
      await apply(client, project, file);
    }
    await client.query('commit');
    return pending.map((file) => file.name);
  } finally {
    // Ends the transaction too, where it was not committed.
    await client.end().catch(() => {});
  }
}

/** Creates the schema and the table of migrations where they are missing (DDL as Prisma's engine writes it), and reads it. */
async function readHistory(client: Client, project: MigrationProject): Promise<readonly RecordedMigration[]> {
  const schema = escapeIdentifier(PROJECT_SCHEMA[project]);
  const { rows: found } = await client.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [`${schema}._prisma_migrations`]);
  if (found[0]?.there !== true) {
    await client.query(`create schema if not exists ${schema}`);
    await client.query(`
      create table ${schema}._prisma_migrations (
        id                  varchar(36) primary key not null,
        checksum            varchar(64) not null,
        finished_at         timestamptz,
        migration_name      varchar(255) not null,
        logs                text,
        rolled_back_at      timestamptz,
        started_at          timestamptz not null default now(),
        applied_steps_count integer not null default 0
      )`);
    return [];
  }
  const { rows } = await client.query<RecordedMigration>(`
    select migration_name as name, checksum, finished_at is not null as finished
    from ${schema}._prisma_migrations
    where rolled_back_at is null
    order by started_at`);
  return rows;
}

async function apply(client: Client, project: MigrationProject, file: MigrationFile): Promise<void> {
  const schema = escapeIdentifier(PROJECT_SCHEMA[project]);
  try {
    // As under Prisma, unqualified names are names of the project's schema.
    await client.query(`set local search_path = ${schema}`);
    await client.query(file.sql);
    await client.query(
      `insert into ${schema}._prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, statement_timestamp(), clock_timestamp(), 1)`,
      [randomUUID(), file.checksum, file.name],
    );
  } catch (cause) {
    const sqlstate = cause instanceof DatabaseError ? (cause.code ?? null) : null;
    const why = sqlstate === null ? 'the connection was lost.' : `PostgreSQL refused it (${sqlstate}).`;
    throw new TidegateError('migration-failed', `${project}/${file.name}: ${why}`, { project, migration: file.name, sqlstate }, { cause });
  }
}
