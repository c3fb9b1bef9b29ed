import type { CollectionDefinition } from '../../../exchange/collection.ts';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { capturedColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';

/** The definition that a collection is registered with under a hash; undefined where there is none. */
export async function readRegistration(client: Queryable, link: string, collection: string, hash: string): Promise<CollectionDefinition | undefined> {
  const row = await controlRow<{ definition: CollectionDefinition }>(
    client,
    'SELECT definition FROM tidegate.registration WHERE link = $1 AND collection = $2 AND hash = $3',
    [link, collection, hash],
  );
  return row?.definition;
}

const STORE = `
  INSERT INTO tidegate.registration (link, collection, hash, definition, jws, answer) VALUES ($1, $2, $3, $4::jsonb, $5, $6)
  ON CONFLICT (link, collection, hash) DO UPDATE SET jws = excluded.jws, answer = excluded.answer, registered_at = now()`;

/** Keeps a registration with the cloud's signed answer. */
export async function storeRegistration(client: Queryable, { linkName, definition, schemaHash }: CollectionPlan, jws: string, answer: string): Promise<void> {
  await client.query(STORE, [linkName, definition.name, schemaHash, JSON.stringify(definition), jws, answer]);
}

/** Columns that the plan needs captured and are not: all of them where the table is not attached. */
export async function uncapturedColumns(client: Queryable, plan: CollectionPlan): Promise<readonly string[]> {
  const row = await controlRow<{ columns: string[] }>(client, 'SELECT columns FROM tidegate.source WHERE schema_name = $1 AND table_name = $2', [
    plan.binding.schema,
    plan.binding.table,
  ]);
  return capturedColumns(plan).filter((column) => row?.columns.includes(column) !== true);
}
