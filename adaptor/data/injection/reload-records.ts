import { literal } from '../quoting.ts';
import { namedHash } from '../state/unconfirmed.ts';
import type { Receiver } from './receiver.ts';

/** Keys of the staged records as the log writes them. What was set aside may hold a key that its type has no value for. */
function namedKey({ plan, logKey, wireKey, linked }: Receiver): string {
  const tenant = plan.binding.tenantColumn === undefined ? '' : `array[${literal(plan.link.tenant)}] || `;
  return linked ? logKey : `case when s."$code" is null then ${logKey} else ${tenant}${wireKey} end`;
}

/** A record that a window names is confirmed, whatever became of it (see state/unconfirmed.ts). */
export function confirmSql(receiver: Receiver): string {
  return `
    delete from tidegate.unconfirmed u using (select distinct ${namedKey(receiver)} as key from ${receiver.stage} s) named
    where u.link = ${literal(receiver.plan.linkName)} and u.collection = ${literal(receiver.plan.definition.name)} and u.key = named.key`;
}

/** Notes which records a chunk of a new load names. $1: ordinal; $2: chunk. */
export function nameSql(receiver: Receiver): string {
  const { plan, stage } = receiver;
  return `
    update tidegate.window_chunk set named = (select array_agg(${namedHash(namedKey(receiver))}) from ${stage} s)
    where link = ${literal(plan.linkName)} and collection = ${literal(plan.definition.name)} and direction = 'forward' and ordinal = $1 and chunk = $2`;
}

/**
 * A new load gives edits that wait a base: what they were based on before may be unknown to a restored CRM. Where the CRM's
 * value is one that the cloud's users had before an edit, they knew it, and the edit is based on the load. Else the CRM's value
 * is another one, and the base stays what it was.
 *
 * $1: source of the log; $2: snapshot that the acknowledged windows hold; $3: ordinal of the load.
 */
export function rebaseSql({ stage, logKey, fields }: Receiver): string {
  const values = fields.map((f) => `(${literal(f.column.name)}, ${f.landed}::text)`);
  return `
    with waiting as materialized (
      select s."$n" as n, l.id, l.old from ${stage} s join tidegate.change_log l on l.source = $1::int and l.key = ${logKey}
      where s."$code" is null and l.origin is null and l.op = 'U' and not coalesce(pg_visible_in_snapshot(l.xid, $2::pg_snapshot), false)
    ), unknown as (
      select w.n, c.col
      from waiting w join ${stage} s on s."$n" = w.n cross join lateral jsonb_each_text(w.old) c (col, was)
      cross join lateral (values ${values.join(', ')}) v (col, told)
      where v.col = c.col
      group by w.n, c.col
      having not bool_or(v.told is not distinct from c.was)
    )
    update tidegate.change_log l set base = $3::bigint from waiting w
    where l.id = w.id and not exists (select from unknown u where u.n = w.n and w.old ? u.col)`;
}
