import { Client } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { Side } from '../../../exchange/names.ts';
import { type OnMigration, migrate } from './migrate.ts';

/**
 * Says which store this is, once: the row of `tidegate.store`, whose id is part of the store's incarnation. The control
 * plane must be migrated. Throws `configuration-invalid` if it is the other side's store: the two never share a database.
 */
export async function nameStore(adminUrl: string, side: Side): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate name store' });
  await client.connect();
  try {
    await client.query('insert into tidegate.store (side) values ($1) on conflict ("only") do nothing', [side]);
    const { rowCount } = await client.query('select from tidegate.store where side = $1', [side]);
    if (rowCount !== 1) throw new TidegateError('configuration-invalid', `The database for the ${side} is the store of the other side.`, { side });
  } finally {
    await client.end();
  }
}

/**
 * Brings a store with the sample application up to date: control plane, its row in `tidegate.store`, application.
 * Resolves to the names of the migrations that were applied. Throws as `migrate` and `nameStore` do.
 */
export async function migrateStore(adminUrl: string, side: Side, onProgress?: OnMigration): Promise<readonly string[]> {
  const control = await migrate(adminUrl, 'control', onProgress);
  await nameStore(adminUrl, side);
  const application = await migrate(adminUrl, side, onProgress);
  return [...control, ...application];
}
