import { Pool } from 'pg';
import { migrate } from '../../../adaptor/data/migration/migrate.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import type { TestDatabase } from '../../support/postgres.ts';

/** A database of the cloud's server with the control plane, and a pool on it. */
export interface ControlPlane extends AsyncDisposable {
  readonly pool: Pool;
  readonly database: TestDatabase;
}

/** Makes a database with the control plane; `await using` or `Symbol.asyncDispose` drops it. */
export async function createControlPlane(): Promise<ControlPlane> {
  const database = await createTestDatabase('cloud');
  await migrate(database.adminUrl, 'control');
  const pool = new Pool({ connectionString: database.adminUrl, max: 10 });
  // Sessions end when the database is dropped.
  pool.on('error', () => {});
  return {
    pool,
    database,
    [Symbol.asyncDispose]: async () => {
      await pool.end();
      await database.drop();
    },
  };
}
