import { literal, textArray } from '../quoting.ts';
import { type Receiver, SELECTED, changedSql } from './receiver.ts';
import { VERDICTS } from './stage.ts';

/**
 * Finds what a forward window must leave alone at the cloud: edits of the cloud's own users that the CRM has not decided
 * yet. An edit is pending while the acknowledged reverse windows do not hold it.
 *
 * - `pending` on a field: it differs, and a pending edit touches it, and it may come back (authority either or cloud).
 * - `pending` on a record: it was deleted here and that is not decided; or a tombstone meets a pending edit.
 * - `known` on a record: it came into being here too, so the CRM has it as well; should it go again before it was sent,
 *   its tombstone must travel all the same.
 *
 * $4: source of the log; $5: snapshot that the acknowledged windows hold, null before the first; $6, $7: snapshot and greatest
 * key of an acknowledged window that was cut for size, beyond it.
 */
export function judgeForwardSql(receiver: Receiver): string {
  return `
    insert into ${VERDICTS} (n, field, kind)${forwardVerdictsSql(receiver)}`;
}

/** The same verdicts as a query, with the same parameters. */
export function forwardVerdictsSql(receiver: Receiver): string {
  const { stage, table, selected, match, rowMatch, logKey } = receiver;
  const returning = receiver.fields.filter((f) => f.authority !== 'crm');
  const columns = receiver.fields.map((f) => f.column.name);
  const fields = returning.map((f) => `(${literal(f.name)}, ${literal(f.column.name)}, ${changedSql(f.name)} and ${f.text} is distinct from ${f.stored})`);
  const touched =
    returning.length === 0
      ? ''
      : `
    union all
    select p.n, f.field, 'pending'
    from pending p join ${selected} on s."$n" = p.n join ${table} t on ${match}
    cross join lateral (values ${fields.join(',\n      ')}) f (field, col, differs)
    where s."$op" <> 'D' and f.differs and (p.whole or f.col = any (p.columns))`;
  return `
    with pending as materialized (
      select s."$n" as n, s."$op" as op, bool_or(l.op <> 'U') as whole, coalesce(min(l.id) filter (where l.op = 'I') = min(l.id), false) as began,
             bool_or(l.op = 'I') as created,
             (select array_agg(distinct c) from unnest(array_agg(l.old) filter (where l.op = 'U')) o, jsonb_object_keys(o) c) as columns
      from ${stage} s join tidegate.change_log l on l.source = $4::int and l.key = ${logKey}
      where ${SELECTED} and l.origin is null and (l.op in ('I', 'D') or l.op = 'U' and l.old ?| ${textArray(columns)})
        and ${pendingSql('l')}
        and ${anyPendingSql()}
      group by s."$n", s."$op"
    ), met as (
      select p.*, exists (select from ${table} t where ${rowMatch}) as present
      from pending p join ${stage} s on s."$n" = p.n
    )
    select n, null, 'pending' from met where case when op = 'D' then present else not present and not began end
    union all
    select n, null, 'known' from met where op <> 'D' and created${touched}`;
}

/** Whether the acknowledged windows do not hold a log row; the parameters are $`first` and the two after it. */
function pendingSql(row: string, first = 5): string {
  return `not coalesce(pg_visible_in_snapshot(${row}.xid, $${first}::pg_snapshot), false)
          and not coalesce(pg_visible_in_snapshot(${row}.xid, $${first + 1}::pg_snapshot) and ${row}.key collate "C" <= $${first + 2}::text[], false)`;
}

/** Whether any edit is pending; the parameters are $`first` (the source of the log) and the three after it, as in judgeForwardSql. */
export function anyPendingSql(first = 4): string {
  return `exists (select from tidegate.change_log p where p.source = $${first}::int and p.origin is null and ${pendingSql('p', first + 1)}
          and p.xid >= coalesce(pg_snapshot_xmin($${first + 1}::pg_snapshot), '0'::xid8))`;
}
