import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import { requireTableShape } from '../introspection.ts';
import { type CollectionPlan, columnOf, keyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';

const RESEND = `
  INSERT INTO tidegate.change_log (source, key, op, origin)
  SELECT s.id, ARRAY(SELECT jsonb_array_elements_text(k)), 'R', $3
    FROM tidegate.source s, jsonb_array_elements($4::jsonb) k
   WHERE s.schema_name = $1 AND s.table_name = $2`;

const ARE_VALID = `
  SELECT coalesce(bool_and(pg_input_is_valid(v.value, t.type)), true) AS valid
    FROM jsonb_array_elements($1::jsonb) k, jsonb_array_elements_text(k) WITH ORDINALITY v (value, n) JOIN unnest($2::text[]) WITH ORDINALITY t (type, n) USING (n)`;

const RESEND_FIELDS = `
  INSERT INTO tidegate.change_log (source, key, op, old, origin)
  SELECT s.id, r.key, 'R', r.old, $3
    FROM tidegate.source s, jsonb_to_recordset($4::jsonb) r (key text[], old jsonb)
   WHERE s.schema_name = $1 AND s.table_name = $2`;

/** Queues single fields of records, as a refused edit of them does: the rest of each record stays as it is at the cloud. Throws as `resendRecords`. */
export async function resendFields(
  client: Queryable,
  plan: CollectionPlan,
  records: readonly { readonly key: readonly string[]; readonly fields: readonly string[] }[],
): Promise<void> {
  if (records.length === 0) return;
  const { schema, table } = plan.binding;
  const rows = records.map(({ key, fields }) => ({
    key,
    old: Object.fromEntries(fields.flatMap((name) => columnOf(plan, name)?.column ?? []).map((column) => [column, null])),
  }));
  const { rowCount } = await client.query(RESEND_FIELDS, [schema, table, plan.linkName, JSON.stringify(rows)]);
  if (rowCount !== records.length) throw new TidegateError('configuration-invalid', `The table ${schema}.${table} is not attached.`, { schema, table });
}

/**
 * Queues records of a collection to be sent whole with the next window of this link (`R` rows of the change log); a record
 * that is no longer there goes as a tombstone. Keys are values as text, in the order of the definition's key.
 * Throws `key-invalid` for a key of another length, or that is none of the table's types: in the log it would stop every window;
 * `configuration-invalid` where the table is not captured.
 */
export async function resendRecords(client: Queryable, plan: CollectionPlan, keys: readonly (readonly string[])[]): Promise<void> {
  if (keys.length === 0) return;
  const { schema, table } = plan.binding;
  await assertKeys(client, plan, keys);
  const { rowCount } = await client.query(RESEND, [schema, table, plan.linkName, JSON.stringify(keys)]);
  if (rowCount !== keys.length) throw new TidegateError('configuration-invalid', `The table ${schema}.${table} is not attached.`, { schema, table });
}

async function assertKeys(client: Queryable, plan: CollectionPlan, keys: readonly (readonly string[])[]): Promise<void> {
  const columns = keyColumns(plan);
  const shape = await requireTableShape(client, plan.binding.schema, plan.binding.table);
  const types = columns.map((column) => shape.columns.find(({ name }) => name === column)?.type ?? 'text');
  const areWhole = keys.every((key) => key.length === columns.length);
  if (!areWhole || (await controlRow<{ valid: boolean }>(client, ARE_VALID, [JSON.stringify(keys), types]))?.valid !== true)
    throw new TidegateError('key-invalid', undefined, { collection: plan.definition.name });
}
