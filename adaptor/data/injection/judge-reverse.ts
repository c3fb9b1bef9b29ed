import { conflictRule } from '../../../exchange/collection.ts';
import { membership } from '../extraction/collection-sql.ts';
import { filterColumns } from '../plan.ts';
import { ident, literal, qualified, textArray } from '../quoting.ts';
import { type Receiver, type ReceivingField, changedSql, heldRecordSql } from './receiver.ts';
import { VERDICTS } from './stage.ts';

/**
 * Finds what of a reverse window does not enter the CRM: three-way merge by field on the last agreed base, where the CRM
 * wins (or the cloud, where the collection says so: `cloud:` before the kind, a note), and what the message or the field's
 * authority does not allow.
 *
 * *Evidence* against an edit is what the CRM's own users (or a refusal before) did to the record after the edit's base,
 * and after what this link wrote itself. Without evidence the edit is taken. A value that changed and changed back is none.
 *
 * - on a field: `refused` (not authorised), `both-created`, `field` (both changed it);
 * - on a record (field null): `refused` (operation not ordered), `edit-against-delete`, `delete-against-edit`, `outside`
 *   (a tombstone for a record that is not in the collection), `known` (see judge-forward.ts).
 *
 * $4: source of the log; $5, $6: fields and operations that the message orders.
 */
export function judgeReverseSql(receiver: Receiver): string {
  const { selected, match, logKey, plan } = receiver;
  const link = literal(plan.linkName);
  const collection = literal(plan.definition.name);
  return `
    insert into ${VERDICTS} (n, field, kind, crm, cloud)
    with staged as materialized (
      select s."$n" as n, s."$op" as op, s."$changes" as changes, coalesce(s."$bases", '{0}') as bases, s."$again" as again, ${logKey} as key,
             s."$op" = any ($6::text[])${operable(receiver)} as ordered, t.inside is not null as found, coalesce(t.inside, false) as present, t.scope
      from ${selected} left join ${insideSql(receiver)} t on ${match}
    ),
    -- What the bases of this window's edits had seen of the CRM.
    base as materialized (
      select b.ordinal, case when not w.base_forgotten then coalesce(w.base_snapshot, w.to_snapshot) end as snapshot
      from (select distinct unnest(bases) from staged) b (ordinal)
      left join tidegate."window" w on w.link = ${link} and w.collection = ${collection} and w.direction = 'forward' and w.ordinal = b.ordinal and w.state <> 'void'
    ),
    oldest as materialized (
      select (array_agg(snapshot order by ordinal))[1] as snapshot from base having bool_and(snapshot is not null)
    ),
    logged as materialized (
      select st.n, l.id, l.xid, l.op, l.old, coalesce(l.origin = ${link} and l.op <> 'R', false) as ours
      from staged st join tidegate.change_log l on l.source = $4::int and l.key = st.key
      where (l.op in ('I', 'U', 'D') or l.op = 'R' and l.origin = ${link})
        and l.xid >= coalesce((select pg_snapshot_xmin(snapshot) from oldest), '0'::xid8)
        and not coalesce(pg_visible_in_snapshot(l.xid, (select snapshot from oldest)), false)
    ),
    contended as materialized (
      select n from logged where not ours
      union
      select st.n from staged st join base b on b.ordinal = any (st.bases) where b.ordinal > 0 and b.snapshot is null
    ),
    -- Records of which single fields have to be looked at: few, in a window without conflicts.
    looked_at as materialized (
      select st.* from staged st
      where st.ordered and st.present and case st.op
        when 'D' then st.n in (select n from contended)
        when 'I' then true
        else st.n in (select n from contended) or not coalesce(st.changes <@ $5::text[] and st.changes <@ ${changeableArray(receiver)}, false) end
    ),
    compared as materialized (
      select st.n, st.op, st.scope, f.field, f.col, f.rule, f.wins, f.crm, f.cloud,
             coalesce(st.bases[array_position(st.changes, f.field)], st.bases[1], 0) as base,
             st.op = 'D' or f.field = any ($5::text[]) and f.changeable as allowed
      from looked_at st join ${selected} on s."$n" = st.n join ${receiver.table} t on ${match}
      cross join lateral (values
        ${comparedFields(receiver)}
      ) f (field, col, rule, wins, changeable, changed, cloud, crm)
      where st.op = 'D' or f.changed and f.cloud is distinct from f.crm
    ),
    touched as materialized (
      select c.n, c.field, c.col, l.id, l.op, l.old, l.ours, coalesce(pg_visible_in_snapshot(l.xid, b.snapshot), false) as seen,
             max(l.id) filter (where l.ours) over (partition by c.n, c.field) as own
      from compared c join base b on b.ordinal = c.base join logged l on l.n = c.n
      where case when l.ours then l.op <> 'U' or l.old ? c.col else ${touchesSql(receiver, 'l', 'c')} end
    ),
    evidence as (
      select distinct on (n, field) n, field, op in ('U', 'D', 'R') and coalesce(old ? col, false) as known, old ->> col as original
      from touched where not ours and not seen and id > coalesce(own, 0)
      order by n, field, id
    ),
    judged as materialized (
      select c.*, b.snapshot is null as baseless, e.n is not null as found, e.known, e.original
      from compared c join base b on b.ordinal = c.base left join evidence e on e.n = c.n and e.field = c.field
    ),
    verdict as (
      select n, op, field, wins, crm, cloud,
             case when not allowed and op <> 'I' then 'refused'
                  when rule = 'cloud' and allowed then null
                  when op = 'I' then 'both-created'
                  when found and not (known and original is not distinct from crm) then case op when 'D' then 'delete-against-edit' else 'field' end
                  when not found and base > 0 and baseless then case op when 'D' then 'delete-against-edit' else 'field' end
             end as kind
      from judged
    )
    select n, null, 'refused', null, null from staged where not ordered
    union all
    select n, null, case op when 'D' then 'outside' else 'edit-against-delete' end, null, null from staged where ordered and found and not present
    union all
    select n, null, ${cloudTakesBack(receiver)} 'edit-against-delete', null, null from staged where ordered and not found and op = 'U'
      and not (again and coalesce(${LAST_OP}, 'I') <> 'D')
    union all
    select n, null, 'edit-against-delete', null, null from staged where ordered and not found and op = 'I' and ${unseenDelete('staged', link)}
    union all
    ${deleteVerdict(receiver)}
    union all
    select n, field, case when wins and kind in ('field', 'both-created') then 'cloud:' || kind else kind end, crm, cloud from verdict where kind <> 'delete-against-edit'
    union all
    select st.n, f.field, 'refused', null, f.cloud
    from staged st join ${selected} on s."$n" = st.n cross join lateral (values
      ${newFields(receiver)}
    ) f (field, changeable, insertable, cloud)
    where st.ordered and not st.found and (st.op = 'I' or st.again)
      and not (f.insertable and (not f.changeable or f.field = any ($5::text[]))) and f.cloud is not null
    union all
    select n, null, 'known', null, null from staged where ordered and present and op = 'I'`;
}

/** What happened to the record of a `staged` row last, as far as the log goes back. */
const LAST_OP = `(select l.op from tidegate.change_log l where l.source = $4::int and l.key = staged.key and l.op in ('I', 'U', 'D') order by l.id desc limit 1)`;

/**
 * Whether an edit of a record that the CRM deleted brings it back: where the cloud wins, and this role may make such a record at
 * all. A record that is only hidden from this role was not deleted: it became private.
 */
function cloudTakesBack({ plan, key, linked }: Receiver): string {
  const wins = conflictRule(plan.binding) === 'cloud-wins' && (linked || key.every((f) => f.column.insertable));
  const gone = plan.binding.private === undefined ? '' : ` and coalesce(${LAST_OP}, 'D') = 'D'`;
  return wins ? `case when 'I' = any ($6::text[])${gone} then 'cloud:' else '' end ||` : '';
}

/** A tombstone for a record that the CRM edited. Where the cloud wins the record goes, so what it held is kept here. */
function deleteVerdict(receiver: Receiver): string {
  const gone = `from verdict where kind = 'delete-against-edit'`;
  if (conflictRule(receiver.plan.binding) !== 'cloud-wins') return `select distinct n, null, kind, null, null ${gone}`;
  return `select d.n, null, 'cloud:delete-against-edit', ${heldRecordSql(receiver)}::text, null
    from (select distinct n ${gone}) d join ${receiver.selected} on s."$n" = d.n join ${receiver.table} t on ${receiver.match}`;
}

/**
 * Whether a record that comes as new was deleted here, and its base had not seen that: a cloud that was restored has it again.
 * Deletes that this link itself brought in count where there is no base; else the cloud's users made the record anew.
 */
function unseenDelete(row: string, link: string): string {
  return `coalesce((
      select l.op = 'D' and (${row}.bases[1] = 0 or l.origin is distinct from ${link})
             and not coalesce(pg_visible_in_snapshot(l.xid, (select b.snapshot from base b where b.ordinal = ${row}.bases[1])), false)
      from tidegate.change_log l where l.source = $4::int and l.key = ${row}.key and l.op in ('I', 'D') order by l.id desc limit 1), false)`;
}

/** The table with whether a row belongs to the collection, and what that depends on. Only columns that the role may read. */
function insideSql({ plan, table, key, fields }: Receiver): string {
  const columns = [...new Set([...key, ...fields].map((f) => f.column.name))].map((name) => ident(name));
  const scope = filterColumns(plan).map((name) => `${literal(name)}, ${ident(name)}::text`);
  return `(select ctid, ${columns.join(', ')}, ${membership(plan) ?? 'true'} as inside, jsonb_build_object(${scope.join(', ')}) as scope from ${table})`;
}

/** Operations that this role may carry out at all. */
function operable(receiver: Receiver): string {
  const insertable = receiver.key.every((f) => f.column.insertable) || receiver.linked;
  return [...(insertable ? [] : [` and s."$op" <> 'I'`]), ...(receiver.deletable ? [] : [` and s."$op" <> 'D'`])].join('');
}

const mayChange = (f: ReceivingField): boolean => f.authority !== 'crm' && f.column.updatable && !f.column.generated;

function changeableArray(receiver: Receiver): string {
  return textArray(receiver.fields.filter(mayChange).map((f) => f.name));
}

/** Fields of a record that is there: name, column, authority, whether the cloud wins, whether the cloud may change it, whether it did, both values. */
function comparedFields({ fields, plan }: Receiver): string {
  const wins = (f: ReceivingField) => conflictRule(plan.binding, f.name) === 'cloud-wins';
  return fields
    .map(
      (f) => `(${literal(f.name)}, ${literal(f.column.name)}, ${literal(f.authority)}, ${wins(f)}, ${mayChange(f)}, ${cameChanged(f)}, ${f.text}, ${f.stored})`,
    )
    .join(',\n        ');
}

/** A sealed field that a new record leaves out, or that was not opened for a second try, says nothing. */
function cameChanged(f: ReceivingField): string {
  return f.sealed === true ? `${changedSql(f.name)} and (s."$op" = 'U' and not s."$again" or ${f.text} is not null)` : changedSql(f.name);
}

/** Fields of a new record: name, whether the cloud may change it, whether this role may write it, the value. */
function newFields({ fields }: Receiver): string {
  return fields.map((f) => `(${literal(f.name)}, ${mayChange(f)}, ${f.column.insertable && !f.column.generated}, ${f.text})`).join(',\n      ');
}

/**
 * Whether log row `l` touches the column of `c`. A row that came into the collection touches all of them: what was changed
 * while it was outside was never sent.
 */
function touchesSql({ plan }: Receiver, l: string, c: string): string {
  const columns = filterColumns(plan);
  const whole = `${l}.op in ('I', 'D') or ${l}.old is null or ${l}.old ? ${c}.col`;
  if (columns.length === 0) return `(${whole})`;
  const before = `jsonb_populate_record(null::${qualified(plan.binding.schema, plan.binding.table)}, ${c}.scope || ${l}.old)`;
  return `(${whole} or ${l}.old ?| ${textArray(columns)} and not coalesce((select ${membership(plan) ?? 'true'} from ${before}), false))`;
}
