import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import { requireTableShape } from '../introspection.ts';
import { type CollectionPlan, keyColumns, logKeyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal, qualified } from '../quoting.ts';

/** Condition on a table `t` that finds one record: its columns compared with the parameters from $`first` on, as its key has them. */
export async function keyCondition(client: Queryable, plan: CollectionPlan, first = 1): Promise<string> {
  const shape = await requireTableShape(client, plan.binding.schema, plan.binding.table);
  const types = keyColumns(plan).map((column) => shape.columns.find(({ name }) => name === column)?.type ?? 'text');
  const parts = keyColumns(plan).map((column, i) => `t.${ident(column)} = ($${first + i}::text)::${types[i] ?? 'text'}`);
  const { tenantColumn } = plan.binding;
  return [...(tenantColumn === undefined ? [] : [`t.${ident(tenantColumn)} = ${literal(plan.link.tenant)}`]), ...parts].join(' AND ');
}

/** A key as the table's types write it. Throws `key-invalid`. */
export async function canonicalKey(client: Queryable, plan: CollectionPlan, key: readonly string[]): Promise<readonly string[]> {
  const columns = keyColumns(plan);
  const shape = await requireTableShape(client, plan.binding.schema, plan.binding.table);
  const types = columns.map((column) => shape.columns.find(({ name }) => name === column)?.type ?? 'text');
  const invalid = new TidegateError('key-invalid', undefined, { collection: plan.definition.name });
  if (key.length !== columns.length) throw invalid;
  const valid = types.map((type, i) => `pg_input_is_valid($${i + 1}, ${literal(type)})`).join(' AND ');
  if ((await controlRow<{ valid: boolean }>(client, `SELECT ${valid} AS valid`, [...key]))?.valid !== true) throw invalid;
  const text = types.map((type, i) => `($${i + 1}::text)::${type}::text`).join(', ');
  return (await controlRow<{ key: string[] }>(client, `SELECT ARRAY[${text}]::text[] AS key`, [...key]))?.key ?? key;
}

/** The key by which a record of the CRM goes on the wire; undefined where it has none yet. */
export async function wireKeyOf(client: Queryable, plan: CollectionPlan, local: readonly string[]): Promise<readonly string[] | undefined> {
  if (plan.binding.identity.kind !== 'linked') return local;
  const sql = 'SELECT wire_key AS key FROM tidegate.record_link WHERE link = $1 AND collection = $2 AND local_key = $3';
  return (await controlRow<{ key: string[] }>(client, sql, [plan.linkName, plan.definition.name, local]))?.key;
}

/** The key as the change log has it. */
export function logKey(plan: CollectionPlan, local: readonly string[]): readonly string[] {
  return logKeyColumns(plan).length === local.length ? local : [plan.link.tenant, ...local];
}

/** Whether the table has the record. */
export async function hasRecord(client: Queryable, plan: CollectionPlan, local: readonly string[]): Promise<boolean> {
  const sql = `SELECT FROM ${qualified(plan.binding.schema, plan.binding.table)} t WHERE ${await keyCondition(client, plan)} LIMIT 1`;
  return (await controlRow(client, sql, [...local])) !== undefined;
}
