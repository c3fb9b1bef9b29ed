import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
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

/** Schemas that exist, with their owners where the administrator is not of them: the cloud's tables belong to the role that makes them. */
const FOUND = `
  select nspname as schema, case when not pg_has_role(current_user, nspowner, 'usage') then pg_get_userbyid(nspowner) end as owner
    from pg_namespace where nspname = any ($1)`;

/** Drops schemas in one transaction. An administrator who is no superuser joins their owners for so long. */
async function dropSchemas(url: string, schemas: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ schema: string; owner: string | null }>(FOUND, [schemas]);
    const owners = [...new Set(rows.flatMap(({ owner }) => owner ?? []))].map(escapeIdentifier);
    for (const owner of owners) await client.query(`grant ${owner} to current_user with inherit true`);
    await client.query(`drop schema if exists ${schemas.join(', ')} cascade`);
    for (const owner of owners) await client.query(`revoke ${owner} from current_user`);
    await client.query('commit');
  } finally {
    await client.end();
  }
}
