import { Client } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { type OnMigration, migrate } from './migrate.ts';
import { writeStoreName } from './write-store-name.ts';

/** `writeStoreName` on a connection of its own. */
export async function nameStore(adminUrl: string, side: Side): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate name store' });
  await client.connect();
  await writeStoreName(client, side).finally(() => client.end());
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
