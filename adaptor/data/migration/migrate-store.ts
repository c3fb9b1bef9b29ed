import { Client } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { type OnMigration, migrate } from './migrate.ts';
import { nameStore } from './name-store.ts';

/**
 * Brings a store with the sample application up to date: control plane, its row in `tidegate.store`, application.
 * Resolves to the names of the migrations that were applied. Throws as `migrate` and `nameStore` do.
 */
export async function migrateStore(adminUrl: string, side: Side, onProgress?: OnMigration): Promise<readonly string[]> {
  const control = await migrate(adminUrl, 'control', onProgress);
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate name store' });
  await client.connect();
  await nameStore(client, side).finally(() => client.end());
  const application = await migrate(adminUrl, side, onProgress);
  return [...control, ...application];
}
