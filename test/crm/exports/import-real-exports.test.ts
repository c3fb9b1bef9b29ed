import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { createPool } from '../../../adaptor/data/pool.ts';
import { importExport } from '../../../crm/exports/import-export.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';

const data = new URL('../../../../shared/data/', import.meta.url).pathname;
const here = existsSync(data);
let database: Awaited<ReturnType<typeof createMigratedDatabase>>;
let pool: Pool;
beforeAll(async () => {
  database = await createMigratedDatabase('crm');
  pool = createPool(database.adminUrl, { applicationName: 'test', maxConnections: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
describe('x', () => {
  it.skipIf(!here)('all', async () => {
    for (const round of [1, 2]) {
      const totals: Record<string, number> = {};
      for (const folder of ['vcards', 'icalendars'])
        for (const file of await readdir(join(data, folder))) {
          const client = await pool.connect();
          try {
            const r = await importExport(client, join(data, folder, file), { actor: 'x' });
            console.log(round, file, r.entries, r.added, r.updated, r.present, r.superseded, r.refused.length);
            for (const x of r.refused) console.log('    ', JSON.stringify(x));
            expect(r.added + r.updated + r.present + r.superseded + r.refused.length).toBe(r.entries);
            for (const [k, v] of Object.entries({ ...r, refused: r.refused.length })) totals[k] = (totals[k] ?? 0) + (v as number);
          } catch (error) {
            console.log(round, file, 'FAULT', (error as Error).message, (error as Error).cause, (error as any).where);
          } finally {
            client.release();
          }
        }
      console.log(totals);
    }
  }, 120_000);
});
