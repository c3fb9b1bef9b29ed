import { TidegateError } from '../../../exchange/errors.ts';
import { FAULT_DETAILS, faultDetail } from '../../../exchange/fault-details.ts';
import type { PoolClient } from 'pg';
import { ident, literal, textArray } from '../quoting.ts';
import { type Receiver, type ReceivingField, SELECTED, changedSql } from './receiver.ts';

/** Which staged rows: the pass, and the places between which. */
export type Range = readonly [round: number, from: number, to: number];

/**
 * Finds, set-based, which selected rows cannot be taken, and marks them with code, field and a detail without content.
 * Returns how many were marked; what remains is found by trying. Throws `batch-refused` where a record stands twice.
 */
export async function findFaults(client: PoolClient, receiver: Receiver, range: Range): Promise<number> {
  await refuseTwice(client, receiver, range);
  let found = 0;
  for (const sql of [keyFaultsSql(receiver), valueFaultsSql(receiver), ...parentFaultsSql(receiver)]) {
    const { rowCount } = await client.query(sql, [...range]);
    found += rowCount ?? 0;
  }
  return found;
}

/** Marks rows whose values this store's lists and links do not know; casting would lose them silently, so it is asked first. */
export function unlistedSql(receiver: Receiver): string | undefined {
  const asked = [...receiver.key, ...receiver.fields].filter((f) => f.listed !== undefined);
  if (asked.length === 0) return undefined;
  const bad = asked.map((f) => `when ${changedOrNew(receiver, f)} and not ${f.listed} then ${literal(f.name)}`);
  const parents = receiver.plan.definition.references.filter((r) => receiver.plan.linkedParents.includes(r.collection)).flatMap((r) => r.fields);
  return mark(
    receiver,
    `select s."$n", bad.field, case when bad.field = any (${textArray(parents)}) then 'unknown-parent' else 'value-invalid' end as code,
      case when bad.field = any (${textArray(parents)}) then ${literal(faultDetail('parent-missing'))} else ${literal(faultDetail('not-listed'))} end as detail
    from ${receiver.stage} s cross join lateral (select case ${bad.join(' ')} end as field) bad
    where ${SELECTED} and s."$op" <> 'D' and bad.field is not null`,
  );
}

async function refuseTwice(client: PoolClient, { stage, wireKey, plan }: Receiver, range: Range): Promise<void> {
  const { rows } = await client.query(`select from ${stage} s where ${SELECTED} group by ${wireKey} having count(*) > 1 limit 1`, [...range]);
  if (rows.length > 0) throw new TidegateError('batch-refused', 'A record stands twice in it.', { collection: plan.definition.name });
}

function keyFaultsSql(receiver: Receiver): string {
  const bad = receiver.key.map(
    (f) => `when ${f.text} is null or not pg_input_is_valid(${f.text}, ${literal(receiver.linked ? f.type : f.column.type)}) then ${literal(f.name)}`,
  );
  return mark(
    receiver,
    `select s."$n", bad.field, 'key-invalid' as code, ${literal(faultDetail('key-not-of-type'))} as detail
    from ${receiver.stage} s cross join lateral (select case ${bad.join(' ')} end as field) bad
    where ${SELECTED} and bad.field is not null`,
  );
}

/** First field of each row whose value does not fit the column: type, length, required. */
function valueFaultsSql(receiver: Receiver): string {
  const rows = receiver.fields.map(
    (f, i) => `(${i}, ${literal(f.name)}, ${f.text}, ${literal(f.column.type)}, ${f.column.notNull}, ${changedOrNew(receiver, f)})`,
  );
  return mark(
    receiver,
    `select distinct on (s."$n") s."$n", f.field,
      case when f.state = '22001' then 'value-too-long' else 'value-invalid' end as code,
      case when f.value is null then ${literal(faultDetail('value-needed'))}
        else replace(case when f.state = '22001' then ${literal(FAULT_DETAILS['longer-than'])} else ${literal(FAULT_DETAILS['not-of-type'])} end, '*', f.type) end as detail
    from ${receiver.stage} s cross join lateral (
      select v.*, case when v.value is not null and not pg_input_is_valid(v.value, v.type) then (pg_input_error_info(v.value, v.type)).sql_error_code end as state
      from (values ${rows.join(', ')}) v (place, field, value, type, required, asked)
    ) f
    where ${SELECTED} and s."$op" <> 'D' and f.asked and (f.state is not null or f.value is null and f.required)
    order by s."$n", f.place`,
  );
}

/** For each foreign key whose parents this role sees as PostgreSQL does: rows whose parent is not there. */
function parentFaultsSql(receiver: Receiver): readonly string[] {
  return receiver.foreignKeys
    .filter((k) => k.visible)
    .flatMap((key) => {
      const { tenantColumn } = receiver.plan.binding;
      const parts = key.columns.map((column, i) => {
        const field = [...receiver.fields, ...receiver.key].find((f) => f.column.name === column);
        const value = field === undefined && column === tenantColumn ? literal(receiver.plan.link.tenant) : field?.value;
        return { field, value, parentColumn: key.parentColumns[i] ?? '' };
      });
      const fields = parts.flatMap((p) => (p.field === undefined ? [] : [p.field]));
      const [first] = fields;
      if (first === undefined || parts.some((p) => p.value === undefined)) return [];
      const given = fields.map((f) => `${f.value} is not null`).join(' and ');
      const asked = fields.map((f) => changedOrNew(receiver, f)).join(' or ');
      const there = parts.map((p) => `p.${ident(p.parentColumn)} = ${p.value}`).join(' and ');
      return [
        mark(
          receiver,
          `select s."$n", ${literal(fields.map((f) => f.name).join(', '))} as field, 'unknown-parent' as code, ${literal(faultDetail('parent-missing'))} as detail
      from ${receiver.stage} s
      where ${SELECTED} and s."$op" <> 'D' and (${asked}) and ${given} and not exists (select from ${key.parent} p where ${there})`,
        ),
      ];
    });
}

/** Whether a field of `s` would be written: it changed, or the record is new here. */
function changedOrNew({ table, rowMatch }: Receiver, field: ReceivingField): string {
  return `(${changedSql(field.name)} or not exists (select from ${table} t where ${rowMatch}))`;
}

function mark({ stage }: Receiver, faults: string): string {
  return `update ${stage} marked set "$code" = bad.code, "$field" = bad.field, "$detail" = bad.detail from (${faults}) bad where marked."$n" = bad."$n"`;
}
