import { faultDetail } from '../../../exchange/fault-details.ts';
import { ident, literal } from '../quoting.ts';
import { type Receiver, SELECTED } from './receiver.ts';

/*
 * Linked identity (rule 13): the store makes keys of its own. A record on the wire is known by its pair in record_link; one
 * that is not is paired with the only record here that agrees in the declared match fields and has no pair yet.
 */

/** Looks up the keys of records that have a pair. */
export function resolveSql({ plan, stage, wireKey }: Receiver): string {
  return `
    update ${stage} s set "$local" = r.local_key
    from tidegate.record_link r
    where ${SELECTED} and r.link = ${literal(plan.linkName)} and r.collection = ${literal(plan.definition.name)} and r.wire_key = ${wireKey}`;
}

/**
 * Pairs records without a pair, and marks those for which more than one record (or for whose record more than one of them)
 * would do. Undefined where no match fields are declared.
 */
export function pairSql(receiver: Receiver): string | undefined {
  const { plan, stage, table, key, wireKey } = receiver;
  const { identity, tenantColumn } = plan.binding;
  const match = identity.kind === 'linked' ? [...key, ...receiver.fields].filter((f) => identity.match.includes(f.name)) : [];
  if (match.length === 0) return undefined;
  const pair = `${literal(plan.linkName)}, ${literal(plan.definition.name)}`;
  const local = `array[${key.map((f) => `t.${ident(f.column.name)}::text`).join(', ')}]`;
  const tenant = tenantColumn === undefined ? '' : ` and t.${ident(tenantColumn)} = ${literal(plan.link.tenant)}`;
  return `
    with candidates as materialized (
      select s."$n" as n, ${wireKey} as wire_key, ${local} as local_key,
             count(*) over (partition by s."$n") + count(*) over (partition by ${local}) as uses
      from ${stage} s join ${table} t on ${match.map((f) => `t.${ident(f.column.name)} = ${f.value}`).join(' and ')}${tenant}
      where ${SELECTED} and s."$op" <> 'D' and s."$local" is null
        and not exists (select from tidegate.record_link r where r.link = ${literal(plan.linkName)} and r.collection = ${literal(plan.definition.name)} and r.local_key = ${local})
    ), paired as (
      insert into tidegate.record_link (link, collection, wire_key, local_key)
      select ${pair}, wire_key, local_key from candidates where uses = 2
    )
    update ${stage} s set
      "$local" = case when c.uses = 2 then c.local_key end,
      "$code" = case when c.uses > 2 then 'match-ambiguous' end,
      "$field" = case when c.uses > 2 then ${literal(match.map((f) => f.name).join(', '))} end,
      "$detail" = case when c.uses > 2 then ${literal(faultDetail('several-agree'))} end
    from (select distinct on (n) * from candidates order by n) c
    where s."$n" = c.n`;
}
