import { TidegateError } from '../../../exchange/errors.ts';
import type { MigrationFile, MigrationProject } from './migration-files.ts';

/** A row of `_prisma_migrations` that was not rolled back. */
export interface RecordedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/**
 * The migrations of the folder that the store does not have yet, oldest first.
 * Throws `migration-failed` where history and folder disagree: a migration that was edited after it was applied, one that
 * failed half way (left by another tool), one that this version does not know, or a new one older than the last applied.
 */
export function pendingMigrations(
  project: MigrationProject,
  files: readonly MigrationFile[],
  recorded: readonly RecordedMigration[],
): readonly MigrationFile[] {
  const refuse = (migration: string, why: string): never => {
    throw new TidegateError('migration-failed', `${project}/${migration}: ${why}`, { project, migration });
  };
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const row of recorded) {
    const file = byName.get(row.name);
    if (!row.finished) refuse(row.name, 'an earlier attempt failed and was not cleared.');
    if (file === undefined) refuse(row.name, 'the store has it, but this version of Tidegate does not.');
    else if (!file.sameChecksums.includes(row.checksum)) refuse(row.name, 'it was edited after it had been applied.');
  }
  const applied = new Set(recorded.map((row) => row.name));
  const pending = files.filter((file) => !applied.has(file.name));
  const last = recorded
    .map((row) => row.name)
    .toSorted()
    .at(-1);
  const late = pending.find((file) => last !== undefined && file.name < last);
  if (late !== undefined) refuse(late.name, 'it is older than the last one that was applied.');
  return pending;
}
