import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { controlRows } from '../../../adaptor/data/control-rows.ts';
import { createPool } from '../../../adaptor/data/pool.ts';
import { type ExportResult, importExport } from '../../../crm/exports/import-export.ts';
import type { ExportOptions } from '../../../crm/exports/stage-entries.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';

/** A sample CRM into which exports are imported; `await using` drops it. */
export interface ImportStore extends AsyncDisposable {
  readonly pool: Pool;
  /** Imports a file that lies somewhere. */
  importFile(path: string, options?: ExportOptions): Promise<ExportResult>;
  /** Writes a file; returns its path. */
  write(text: string | Uint8Array): Promise<string>;
  /** Imports a text or bytes as a file. */
  importText(text: string | Uint8Array, options?: ExportOptions): Promise<ExportResult>;
  /** Rows as the database writes them in JSON. */
  rows(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Empties the three tables. */
  clear(): Promise<void>;
}

/** Makes a store for imports. */
export async function createImportStore(): Promise<ImportStore> {
  const database = await createMigratedDatabase('crm');
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-exports-'));
  const pool = createPool(database.adminUrl, { applicationName: 'test', maxConnections: 4 });
  const importFile = async (path: string, options: ExportOptions = {}): Promise<ExportResult> => {
    const client = await pool.connect();
    try {
      return await importExport(client, path, { actor: 'import:test', ...options });
    } finally {
      client.release();
    }
  };
  let files = 0;
  const write = async (text: string | Uint8Array): Promise<string> => {
    const path = join(folder, `${(files += 1)}.ics`);
    await writeFile(path, text);
    return path;
  };
  return {
    pool,
    importFile,
    write,
    importText: async (text, options) => importFile(await write(text), options),
    rows: async (sql, values = []) =>
      controlRows<{ row: Record<string, unknown> }>(pool, `select to_jsonb(r) as row from (${sql}) r`, values).then((found) => found.map(({ row }) => row)),
    clear: async () => void (await pool.query('delete from crm.appointments; delete from crm.tasks; delete from crm.contacts')),
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
