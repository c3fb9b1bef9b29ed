import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A Prisma project: the control plane (both stores), the sample CRM, the sample cloud. */
export type MigrationProject = 'control' | 'crm' | 'cloud';

/** Schema of each project, which also holds its `_prisma_migrations`: two projects in one database do not see each other. */
export const PROJECT_SCHEMA: Readonly<Record<MigrationProject, string>> = { control: 'tidegate', crm: 'crm', cloud: 'cloud' };

/** One migration as it stands in the project's folder. */
export interface MigrationFile {
  /** Name of its folder: `<timestamp>_<name>`. */
  readonly name: string;
  readonly sql: string;
  /** Checksum as Prisma keeps it: SHA-256 of the file in hex. */
  readonly checksum: string;
  /** Checksums of the same text with LF and with CRLF: Prisma takes a file for unedited in either form. */
  readonly sameChecksums: readonly string[];
}

/** Folder of a project's migrations in this package. */
export function migrationsFolder(project: MigrationProject): string {
  return fileURLToPath(new URL(`../../../prisma/${project}/migrations`, import.meta.url));
}

/** Reads the migrations of a folder, oldest first. */
export async function readMigrations(folder: string): Promise<readonly MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.toSorted().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<MigrationFile> {
  const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
  const lf = sql.replaceAll('\r\n', '\n');
  return { name, sql, checksum: sha256(sql), sameChecksums: [sha256(lf), sha256(lf.replaceAll('\n', '\r\n'))] };
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
