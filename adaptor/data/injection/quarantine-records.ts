import { ALL_FIELDS, WIRE_LIST_SEPARATOR } from '../../../exchange/wire-row.ts';
import type { Direction } from '../../../exchange/names.ts';
import { sealedFields } from '../../../exchange/collection.ts';
import { columnOf } from '../plan.ts';
import { literal, textArray } from '../quoting.ts';
import type { Receiver } from './receiver.ts';
import { recordSql } from './verdicts.ts';

/**
 * Joins what still waits in quarantine to the newer row of the same record: the fields that could not be taken then are
 * tried again with it, on their old base. Without this, a set-aside change would be lost when its record changes elsewhere.
 */
export function joinWaitingSql(receiver: Receiver, direction: Direction): string {
  const { stage, wireKey } = receiver;
  const separator = literal(WIRE_LIST_SEPARATOR);
  const all = literal(ALL_FIELDS);
  return `
    with waiting as (
      select distinct on (q.key) q.key, q.op, q.changed, q.base from tidegate.quarantine q
      where ${channelSql(receiver, direction)} and q.state = 'waiting' and q.code <> 'field-not-authorised' and q.op <> 'D'
      order by q.key, q.id desc
    )
    update ${stage} joined set "$again" = true,
      "$changed" = case when s."$op" <> 'U' or s."$changed" = ${all} then s."$changed" when w.changed = ${all} then ${all}
                        else concat_ws(${separator}, s."$changed", more.names) end,
      "$base" = case when s."$op" <> 'U' or s."$changed" = ${all} then s."$base" when w.changed = ${all} then w.base
                     else concat_ws(${separator}, s."$base", more.bases) end
    from ${stage} s join waiting w on w.key = ${wireKey} cross join lateral (
      select string_agg(field, ${separator} order by place) as names, string_agg(coalesce(bases[place], bases[1]), ${separator} order by place) as bases
      from (select string_to_array(w.base, ${separator}) as bases) b, unnest(string_to_array(w.changed, ${separator})) with ordinality u (field, place)
      where w.changed <> ${all} and field <> all (coalesce(s."$changes", '{}'))
    ) more
    where joined."$n" = s."$n"`;
}

/** A newer row of a record takes the place of the one that waits. */
export function supersedeSql(receiver: Receiver, direction: Direction): string {
  return `
    update tidegate.quarantine q set state = 'superseded', resolved_at = now()
    from ${receiver.stage} s
    where ${channelSql(receiver, direction)} and q.state = 'waiting' and q.key = ${receiver.wireKey}`;
}

/** Sets the marked rows aside. $1 ordinal, $2 batch, $3 run, $4 message. */
export function quarantineSql(receiver: Receiver, direction: Direction): string {
  const { plan, stage, wireKey } = receiver;
  return `
    insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, run_id, message_id, op, code, field, detail, record, changed, base, actor)
    select ${literal(plan.linkName)}, ${literal(plan.definition.name)}, ${literal(direction)}, array(select coalesce(k, '') from unnest(${wireKey}) k),
           $1::bigint, $2::uuid, $3, $4::uuid, s."$op", s."$code", s."$field", s."$detail", ${recordSql(receiver)}, s."$changed", s."$base", s."$actor"
    from ${stage} s where s."$code" is not null`;
}

/**
 * Sends the CRM's own sealed values again, where the cloud's copy of one was refused. A record that only the cloud has is left
 * to whoever looks at what was set aside. $1: source of the log.
 */
export function resendSealedSql(receiver: Receiver): string {
  const { plan, stage, wireKey, key, linked } = receiver;
  const pair = `r.link = ${literal(plan.linkName)} and r.collection = ${literal(plan.definition.name)} and r.wire_key = ${wireKey}`;
  const shared = key.map((f) => `case when pg_input_is_valid(${f.text}, ${literal(f.column.type)}) then (${f.value})::text end`);
  const local = linked ? `(select r.local_key from tidegate.record_link r where ${pair})` : `array[${shared.join(', ')}]::text[]`;
  const columns = sealedFields(plan.definition).flatMap((field) => columnOf(plan, field)?.column ?? []);
  return `
    insert into tidegate.change_log (source, key, op, old, origin)
    select $1::int, k.key, 'R', jsonb_object(${textArray(columns)}, array_fill(null::text, array[${columns.length}])), ${literal(plan.linkName)}
    from ${stage} s cross join lateral (select ${local} as key) k
    where s."$code" = 'sealed-value-refused' and s."$op" <> 'I' and k.key is not null and array_position(k.key, null) is null`;
}

function channelSql({ plan }: Receiver, direction: Direction): string {
  return `q.link = ${literal(plan.linkName)} and q.collection = ${literal(plan.definition.name)} and q.direction = ${literal(direction)}`;
}
