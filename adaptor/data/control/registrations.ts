import { type CollectionDefinition, sealedFields } from '../../../exchange/collection.ts';
import type { RowForm } from '../../../exchange/wire-row.ts';
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
  INSERT INTO tidegate.registration (link, collection, hash, definition, jws, answer, row_forms) VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7)
  ON CONFLICT (link, collection, hash) DO UPDATE SET jws = excluded.jws, answer = excluded.answer, row_forms = excluded.row_forms, registered_at = now()`;

/** The cloud's answer to a registration: as it was signed, and what it says of forms of rows. */
export interface RegistrationAnswer {
  readonly jws: string;
  readonly rowForms: readonly RowForm[];
}

/** Keeps a registration with the cloud's signed answer. */
export async function storeRegistration(client: Queryable, plan: CollectionPlan, jws: string, answer: RegistrationAnswer): Promise<void> {
  const { linkName, definition, schemaHash } = plan;
  await client.query(STORE, [linkName, definition.name, schemaHash, JSON.stringify(definition), jws, answer.jws, [...answer.rowForms]]);
}

/** The form in which chunks of a load go: CSV where the cloud takes no other, and where values are sealed on their way. */
export async function chunkForm(client: Queryable, { linkName, definition, schemaHash }: CollectionPlan): Promise<RowForm> {
  if (sealedFields(definition).length > 0) return 'csv';
  const row = await controlRow<{ forms: RowForm[] }>(
    client,
    'SELECT row_forms AS forms FROM tidegate.registration WHERE link = $1 AND collection = $2 AND hash = $3',
    [linkName, definition.name, schemaHash],
  );
  return row?.forms.includes('binary') === true ? 'binary' : 'csv';
}

/** Columns that the plan needs captured and are not: all of them where the table is not attached. */
export async function uncapturedColumns(client: Queryable, plan: CollectionPlan): Promise<readonly string[]> {
  const row = await controlRow<{ columns: string[] }>(client, 'SELECT columns FROM tidegate.source WHERE schema_name = $1 AND table_name = $2', [
    plan.binding.schema,
    plan.binding.table,
  ]);
  return capturedColumns(plan).filter((column) => row?.columns.includes(column) !== true);
}
