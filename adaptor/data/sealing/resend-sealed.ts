import { type CollectionDefinition, sealedFields } from '../../../exchange/collection.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import { membership, tableSql, wireKeyOf } from '../extraction/collection-sql.ts';
import { queueResends } from '../extraction/queue-resends.ts';
import { type CollectionPlan, columnOf, keyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident, literal, textArray } from '../quoting.ts';
import { confirmedSql } from './sealed-values.ts';

/**
 * Queues every record with a sealed value to be sent again with these fields (`R` rows of the change log): what is under another
 * key than the current one is sealed anew on its way, and the rest goes as it went. Gives the number of records.
 * Throws `configuration-invalid` where the table is not captured.
 */
export async function resendSealed(client: Queryable, plan: CollectionPlan, fields = sealedFields(plan.definition)): Promise<number> {
  const columns = fields.flatMap((field) => columnOf(plan, field)?.column ?? []);
  if (columns.length === 0) return 0;
  const { schema, table } = plan.binding;
  const source = await controlRow<{ id: number }>(client, 'SELECT id FROM tidegate.source WHERE schema_name = $1 AND table_name = $2', [schema, table]);
  if (source === undefined) throw new TidegateError('configuration-invalid', `The table ${schema}.${table} is not attached.`, { schema, table });
  await client.query(forgottenSql(plan));
  const held = columns.map((column) => `${ident(column)} IS NOT NULL`).join(' OR ');
  return queueResends(client, plan, {
    source: source.id,
    condition: `(${held})${inside(plan)}`,
    old: `jsonb_object(${textArray(columns)}, array_fill(NULL::text, ARRAY[${columns.length}]))`,
  });
}

/**
 * Queues what a new registration seals, or no longer seals, to be sent again: until then the cloud has it as it was. What is
 * remembered of fields that are sealed no more is forgotten.
 */
export async function resendResealed(client: Queryable, plan: CollectionPlan, before: CollectionDefinition): Promise<void> {
  const [then, now] = [sealedFields(before), sealedFields(plan.definition)];
  const known = new Set(before.fields.map(({ name }) => name));
  const opened = then.filter((field) => !now.includes(field));
  if (opened.length > 0)
    await client.query('DELETE FROM tidegate.sealed_value WHERE link = $1 AND collection = $2 AND field = ANY ($3)', [plan.linkName, before.name, opened]);
  await resendSealed(client, plan, [...now.filter((field) => known.has(field) && !then.includes(field)), ...opened]);
}

/** How many records are queued with their sealed fields and were not sent yet. */
export async function waitingResends(client: Queryable, { binding, linkName, definition }: CollectionPlan): Promise<number> {
  const row = await controlRow<{ waiting: number }>(
    client,
    `SELECT count(*) AS waiting FROM tidegate.change_log l JOIN tidegate.source s ON s.id = l.source
       JOIN tidegate.channel c ON c.link = $3 AND c.collection = $4 AND c.direction = 'forward'
      WHERE s.schema_name = $1 AND s.table_name = $2 AND l.op = 'R' AND l.origin = $3 AND NOT coalesce(pg_visible_in_snapshot(l.xid, c.cursor), false)`,
    [binding.schema, binding.table, linkName, definition.name],
  );
  return row?.waiting ?? 0;
}

/** Records that a new load left out have no tombstone of their own: what was sealed of them is gone from the cloud as well. */
function forgottenSql(plan: CollectionPlan): string {
  const local = localKey(plan);
  const wire = plan.binding.identity.kind === 'linked' ? `ARRAY[${wireKeyOf(plan, plan.definition.name, local)}]` : local;
  return `
    UPDATE tidegate.sealed_value s SET gone = true
     WHERE s.link = ${literal(plan.linkName)} AND s.collection = ${literal(plan.definition.name)} AND NOT s.gone AND ${confirmedSql()}
       AND s.key NOT IN (SELECT ${wire} FROM ${tableSql(plan)} t WHERE true${inside(plan)})`;
}

const localKey = (plan: CollectionPlan): string =>
  `ARRAY[${keyColumns(plan)
    .map((column) => `t.${ident(column)}::text`)
    .join(', ')}]`;

function inside(plan: CollectionPlan): string {
  const condition = membership(plan);
  return condition === undefined ? '' : ` AND ${condition}`;
}
