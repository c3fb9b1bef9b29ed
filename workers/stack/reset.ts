import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { removePostgresCluster } from '../../embedded/postgres-cluster.ts';
import type { Side } from '../../exchange/names.ts';
import { ADMIN_URL_VARIABLE } from './store.ts';

/** Schemas that Tidegate and its samples make in each store. */
const SCHEMAS: Readonly<Record<Side, readonly string[]>> = { crm: ['tidegate', 'crm'], cloud: ['records', 'cloud', 'tidegate'] };

/**
 * Removes all data, keys and certificates of the embedded parts. In a real store (which the caller has made sure is meant)
 * it drops the schemas that Tidegate and its samples made, and nothing else.
 */
export async function resetStack(home: string, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const side of ['crm', 'cloud'] as const) {
    const real = environment[ADMIN_URL_VARIABLE[side]];
    if (real === undefined) removePostgresCluster(join(home, side, 'postgres'));
    else await dropSchemas(real, SCHEMAS[side]);
    rmSync(join(home, side), { recursive: true, force: true });
  }
  for (const name of ['authority', 'temporal.db', 'temporal.db-shm', 'temporal.db-wal']) rmSync(join(home, name), { recursive: true, force: true });
}

async function dropSchemas(url: string, schemas: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`drop schema if exists ${schemas.join(', ')} cascade`);
  } finally {
    await client.end();
  }
}
