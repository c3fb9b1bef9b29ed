import { Client } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { type OnMigration, migrate } from './migrate.ts';

/**
 * Says which store this is, once: the row of `tidegate.store`, whose id is part of the store's incarnation. The control
 * plane must be migrated. A store that is named already stays what it is; resolves to its side.
 */
export async function nameStore(adminUrl: string, side: Side): Promise<Side> {
  const client = new Client({ connectionString: adminUrl, application_name: 'tidegate name store' });
  await client.connect();
  try {
    await client.query('insert into tidegate.store (side) values ($1) on conflict ("only") do nothing', [side]);
    const { rows } = await client.query<{ side: Side }>('select side from tidegate.store');
    return rows[0]?.side ?? side;
  } finally {
    await client.end();
  }
}

/** Brings a store with the sample application up to date: control plane, application, and its row in `tidegate.store`. */
export async function migrateStore(adminUrl: string, side: Side, onProgress?: OnMigration): Promise<readonly string[]> {
  const control = await migrate(adminUrl, 'control', onProgress);
  const application = await migrate(adminUrl, side, onProgress);
  await nameStore(adminUrl, side);
  return [...control, ...application];
}
