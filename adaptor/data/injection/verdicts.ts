import { conflictRule, sealedFields } from '../../../exchange/collection.ts';
import { faultDetail } from '../../../exchange/fault-details.ts';
import { ident, literal, textArray } from '../quoting.ts';
import { type Receiver, SELECTED, heldRecordSql } from './receiver.ts';
import { VERDICTS } from './stage.ts';

/** Verdicts that keep a value, or with no field a record, from being written. The others are notes. */
export const HOLDING = `('pending', 'refused', 'field', 'both-created', 'edit-against-delete', 'delete-against-edit', 'outside')`;

/** Verdicts that are conflicts, and kept as such with the losing value. */
const CONFLICTS = `('field', 'both-created', 'edit-against-delete', 'delete-against-edit')`;

/** Conflicts that the cloud won: nothing is held back, and the CRM's value is kept. */
const WON_BY_CLOUD = `'cloud:%'`;

/** A snapshot that sees this very transaction: what is logged in it is based on the window that it applies. */
const SEEN_HERE = `(select concat_ws(':', own.next, own.next, '') from (select pg_current_xact_id()::text::numeric + 1 as next) own)::pg_snapshot`;

/** Writes the verdicts into the staged rows, for the merge to heed. */
export function holdSql({ stage }: Receiver): string {
  return `
    update ${stage} s set "$held" = v.held, "$kept" = v.kept
    from (select n, array_agg(field) filter (where field is not null) as held, bool_or(field is null) as kept
          from ${VERDICTS} where kind in ${HOLDING} group by n) v
    where ${SELECTED} and s."$n" = v.n`;
}

/**
 * Keeps what did not enter the CRM: conflicts with the losing value, refusals in quarantine, and for both a resend of the
 * CRM's own value (log row `R`). $1: source of the log; $2 ordinal, $3 batch, $4 run, $5 message.
 */
export function keepRefusedSql(receiver: Receiver): string {
  const { plan, stage, logKey, wireKey, rowMatch, table } = receiver;
  const channel = `${literal(plan.linkName)}, ${literal(plan.definition.name)}`;
  const theirs = recordSql(receiver);
  const ours = heldRecordSql(receiver);
  const reviewed = receiver.fields.map((f) => f.name).filter((name) => conflictRule(plan.binding, name) === 'review');
  const waits = `case when v.field is null then ${conflictRule(plan.binding) === 'review'} else v.field = any (${textArray(reviewed)}) end`;
  return `
    with verdict as materialized (
      select v.*, s."$op" as op, s."$kept" as kept, s."$actor" as actor, ${wireKey} as key, ${logKey} as log_key
      from ${VERDICTS} v join ${stage} s on s."$n" = v.n
      where s."$code" is null and (v.field is null or not s."$kept")
    ), conflicts as (
      insert into tidegate.conflict (link, collection, key, field, kind, crm_value, cloud_value, outcome, actor, run_id, message_id, batch_id)
      select ${channel}, v.key, v.field, replace(v.kind, 'cloud:', ''),
             case when v.kind = 'cloud:edit-against-delete' then null
                  when v.field is null then coalesce(v.crm::jsonb, (select ${ours} from ${table} t where ${rowMatch})) else coalesce(to_jsonb(v.crm), 'null') end,
             case when v.field is null then ${theirs} else coalesce(to_jsonb(v.cloud), 'null') end,
             case when v.kind like ${WON_BY_CLOUD} then 'cloud' when ${waits} then 'review' else 'crm' end, v.actor, $4, $5::uuid, $3::uuid
      from verdict v join ${stage} s on s."$n" = v.n
      where v.kind in ${CONFLICTS} or v.kind like ${WON_BY_CLOUD}
    ), refusals as (
      insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, run_id, message_id, op, code, field, detail, record, changed, base, actor)
      select ${channel}, 'reverse', ${wireKey}, $2::bigint, $3::uuid, $4, $5::uuid, s."$op", 'field-not-authorised', r.fields,
             case when r.fields is null then ${literal(faultDetail('operation-not-ordered'))} else ${literal(faultDetail('field-not-ordered'))} end,
             ${theirs}, s."$changed", s."$base", s."$actor"
      from (select n, string_agg(field, ', ' order by field) as fields from verdict where kind = 'refused' group by n) r join ${stage} s on s."$n" = r.n
    ), resends as (
      insert into tidegate.change_log (source, key, op, old, origin)
      select $1::int, log_key, 'R',
             case when bool_or((v.kind in ${HOLDING} or v.kind = 'cloud:edit-against-delete') and v.field is null) then null
                  else coalesce(jsonb_object_agg(c.col, v.cloud) filter (where v.field is not null and v.kind in ${HOLDING}), '{}') end,
             ${literal(plan.linkName)}
      from verdict v left join (values ${receiver.fields.map((f) => `(${literal(f.name)}, ${literal(f.column.name)})`).join(', ')}) c (field, col) on c.field = v.field
      where v.kind in ${CONFLICTS} or v.kind in ('known', 'cloud:edit-against-delete') or v.kind = 'refused' and not (v.op = 'I' and v.field is null)
      group by v.n, v.log_key
      returning 1
    )
    select count(*)::text as resends from resends`;
}

/** Log rows for records that came into being on both sides, at the cloud (see judge-forward.ts). $1: source of the log. */
export function keepKnownSql({ plan, stage, logKey }: Receiver): string {
  return `
    insert into tidegate.change_log (source, key, op, old, origin, seen)
    select $1::int, ${logKey}, 'R', '{}', ${literal(plan.linkName)}, ${SEEN_HERE}
    from ${VERDICTS} v join ${stage} s on s."$n" = v.n
    where v.kind = 'known' and s."$code" is null`;
}

/**
 * Logs values that the table's owner derived, as changes of this store's own, so that they travel back (rule 8). They are
 * based on this very window. $1: source of the log.
 */
export function keepDerivedSql({ stage, logKey }: Receiver): string {
  return `
    insert into tidegate.change_log (source, key, op, old, seen)
    select $1::int, ${logKey}, 'U', v.crm::jsonb, ${SEEN_HERE}
    from ${VERDICTS} v join ${stage} s on s."$n" = v.n
    where v.kind = 'derived' and s."$code" is null`;
}

/** Numbers of records by outcome, where any is not simply applied or unchanged. Strongest first (rule 14). */
export function tallySql({ stage }: Receiver): string {
  return `
    select count(*) filter (where outcome = 'quarantined')::text as quarantined, count(*) filter (where outcome = 'conflicted')::text as conflicted
    from (
      select case when s."$code" is not null then 'quarantined'
                  when v.refused and not v.merged then 'quarantined'
                  when v.held then 'conflicted'
             end as outcome
      from ${stage} s left join (
        select n, bool_or(kind = 'refused') as refused, bool_or(kind = 'merged') as merged, bool_or(kind in ${HOLDING} and kind <> 'outside') as held
        from ${VERDICTS} group by n) v on v.n = s."$n"
    ) told`;
}

/** A staged record as it came: field -> text. What is sealed stays so. */
export function recordSql({ plan }: Receiver): string {
  const names = plan.definition.fields.map((f) => f.name);
  const sealed = plan.side === 'crm' ? sealedFields(plan.definition) : [];
  const values = names.map((name) => (sealed.includes(name) ? `s."$sealed" ->> ${literal(name)}` : `s.${ident(name)}`));
  return `jsonb_object(${textArray(names)}, array[${values.join(', ')}]::text[])`;
}
