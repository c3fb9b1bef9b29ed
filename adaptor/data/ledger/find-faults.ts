import type { LedgerFaultName } from '../../../exchange/ledger.ts';

/*
 * What can be wrong with the ledger, each as a query that answers `fault, sequence, subject`. Those with a range ($1 to $2) look at
 * the batches of these sequences. $3, or $1: greatest number of faults.
 */

const fault = (name: LedgerFaultName): string => `'${name}'`;

/** Batches: gaps, contents, order. */
const BATCHES = `
  with chain as (
    select b.sequence, b.content, b.head, sha256(convert_to(tidegate.ledger_batch_text(b), 'UTF8')) as actual,
           lag(b.sequence) over w as previous, lag(b.head) over w as previous_head
      from tidegate.ledger_batch b where b.sequence between $1::bigint - 1 and $2 window w as (order by b.sequence)),
  judged as (
    select sequence, sequence - 1 > coalesce(previous, 0) as gap, content is distinct from actual as altered, coalesce(previous, 0) as previous,
           head is distinct from tidegate.ledger_next_head(case when sequence = 1 then tidegate.ledger_genesis() else previous_head end, sequence, actual) as broken
      from chain where sequence >= $1)
  select case when gap then ${fault('batch-missing')} when altered then ${fault('batch-altered')} else ${fault('order-broken')} end as fault,
         case when gap then previous + 1 else sequence end as sequence,
         'batch ' || case when gap then (previous + 1) || case when sequence - 1 > previous + 1 then '-' || (sequence - 1) else '' end else sequence::text end as subject
    from judged where gap or altered or broken order by sequence limit $3`;

/** Entries of batches: as many as were sealed, and the same, or taken out all together by an act in the chain. */
const ENTRIES = `
  with archived as (select coalesce(max((facts ->> 'upTo')::bigint), 0) as up_to from tidegate.ledger_batch where kind = 'archived')
  select case when n.entries < b.entries then ${fault('entry-missing')} when n.entries > b.entries then ${fault('entry-added')} else ${fault('entry-altered')} end as fault,
         b.sequence, format('batch %s: %s entries of %s', b.sequence, n.entries, b.entries) as subject
    from archived cross join tidegate.ledger_batch b cross join lateral tidegate.ledger_entries_of(b.batch_id) n
   where b.sequence between $1 and $2 and (b.entries is distinct from n.entries or b.digest is distinct from n.digest)
     and not (n.entries = 0 and b.sequence <= archived.up_to)
   order by b.sequence limit $3`;

/** What an entry has in common with its batch. */
const COMMON = `
  select ${fault('entry-altered')} as fault, b.sequence, 'entry ' || e.id as subject
    from tidegate.ledger_batch b join tidegate.ledger_entry e using (batch_id)
   where b.sequence between $1 and $2
     and (e.link, e.collection, e.run_id, e.message_id, e.created_at) is distinct from (b.link, b.collection, b.run_id, b.message_id, b.created_at)
   order by e.id limit $3`;

/** Records enter by an order that the verifier accepted, and by nothing else. */
const ORDERS = `
  select ${fault('order-missing')} as fault, sequence, format('batch %s: %s entries', sequence, entries) as subject
    from tidegate.ledger_batch where sequence between $1 and $2 and entries > 0 and not facts ? 'order' order by sequence limit $3`;

/** Values that are there are those that were hashed; those that are not there were destroyed by an act in the chain. */
const VALUES = `
  with destroyed as (
    select coalesce(range_agg((facts ->> 'entries')::int8multirange), '{}') as entries from tidegate.ledger_batch where kind = 'destroyed')
  select case when e.salt is null then ${fault('value-missing')} else ${fault('value-altered')} end as fault, b.sequence, 'entry ' || e.id as subject
    from tidegate.ledger_batch b join tidegate.ledger_entry e using (batch_id) cross join destroyed d
   where b.sequence between $1 and $2
     and case when e.salt is null then coalesce(e.before_hash, e.after_hash) is not null and not d.entries @> e.id
              else tidegate.ledger_value_hash(e.salt, e.before) is distinct from e.before_hash
                or tidegate.ledger_value_hash(e.salt, e.after) is distinct from e.after_hash end
   order by e.id limit $3`;

/**
 * Rows of windows, chunks and acts as they are now, where they still are: read once. A receipt that was pruned leaves its hash, and so
 * do snapshots of another life of the store, once the link has begun a new generation (generation.ts).
 */
const ROWS = `
  select * from (
    select ${fault('window-altered')} as fault, b.sequence, format('window %s of %s %s', w.ordinal, w.direction, w.collection) as subject
      from tidegate.ledger_batch b join tidegate."window" w using (batch_id) left join tidegate.link l on l.name = w.link
     where b.kind = 'window'
       and (w.run_id is distinct from b.run_id or w.message_id is distinct from b.message_id
         or tidegate.ledger_window_facts(w) is distinct from
            b.facts - 'order' - 'orderDigest' || case when w.receipt is null then '{"receipt": null}' else '{}' end::jsonb
                                              || case when w.manifest is null then '{"manifest": null}' else '{}' end::jsonb
                                              || case when w.generation < l.generation and w.from_snapshot is null and w.to_snapshot is null
                                                      then '{"from": null, "to": null}' else '{}' end::jsonb)
    union all
    select ${fault('window-altered')}, b.sequence, format('chunk %s of window %s of %s', c.chunk, c.ordinal, c.collection)
      from tidegate.ledger_batch b join tidegate.window_chunk c using (batch_id)
     where b.kind = 'chunk' and tidegate.ledger_chunk_facts(c) is distinct from b.facts
    union all
    select ${fault('act-altered')}, b.sequence, 'event ' || a.id
      from tidegate.ledger_batch b join tidegate.audit_event a on a.id = (b.facts ->> 'id')::bigint
     where b.kind = 'act' and tidegate.ledger_act_facts(a) is distinct from b.facts - 'role') altered
   order by sequence limit $1`;

/** What looks at batches of a range. */
export const RANGE_CHECKS: readonly string[] = [BATCHES, ENTRIES, COMMON, ORDERS, VALUES];

/** What looks at everything at once: rows that the chain covers, and what stands outside it. */
export const WHOLE_CHECKS: readonly string[] = [
  ROWS,
  `select ${fault('batch-unsealed')} as fault, null::bigint as sequence, 'batch row ' || id as subject from tidegate.ledger_batch where sequence is null limit $1`,
  `select ${fault('entry-unchained')} as fault, null::bigint as sequence, 'entry ' || e.id as subject from tidegate.ledger_entry e
    where not exists (select from tidegate.ledger_batch b where b.batch_id = e.batch_id) limit $1`,
  `select ${fault('window-unchained')} as fault, null::bigint as sequence, format('window %s of %s %s', w.ordinal, w.direction, w.collection) as subject
     from tidegate."window" w where w.state in ('receipted', 'applied', 'void')
      and not exists (select from tidegate.ledger_batch b where b.batch_id = w.batch_id) limit $1`,
  `select ${fault('act-unchained')} as fault, null::bigint as sequence, 'event ' || a.id as subject from tidegate.audit_event a
    where not exists (select from tidegate.ledger_batch b where b.kind = 'act' and (b.facts ->> 'id')::bigint = a.id) limit $1`,
  // A registration as it is now is the last one that was sealed; columns that came later are not in it.
  `with last as (
     select distinct on (facts ->> 'table', coalesce(facts #>> '{row,kid}', facts #>> '{row,thumbprint}'))
            sequence, facts ->> 'operation' as operation, facts -> 'row' as sealed, coalesce(facts #>> '{row,kid}', facts #>> '{row,thumbprint}') as name
       from tidegate.ledger_batch where kind = 'key'
      order by facts ->> 'table', coalesce(facts #>> '{row,kid}', facts #>> '{row,thumbprint}'), sequence desc),
   present as (
     select kid as name, to_jsonb(k) as row from tidegate.trusted_key k union all select thumbprint, to_jsonb(c) from tidegate.trusted_certificate c)
   select ${fault('key-altered')} as fault, last.sequence, 'registration ' || name as subject from last full join present using (name)
    where (last.operation = 'DELETE') is distinct from (present.row is null) and (last.name is not null or present.row is not null)
       or last.operation <> 'DELETE' and not present.row @> last.sealed limit $1`,
];
