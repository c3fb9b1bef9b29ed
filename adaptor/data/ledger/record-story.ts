import { controlRows } from '../control-rows.ts';
import type { CollectionSource } from '../describe-collection.ts';
import type { Queryable } from '../pool.ts';
import { literal } from '../quoting.ts';
import { OWN_KEY } from './own-key.ts';
import type { RecordNames } from './record-names.ts';

/** What can happen to a record. */
export type StoryKind =
  | 'changed-here'
  | 'resent'
  | 'sent'
  | 'came-in'
  | 'set-aside'
  | 'set-aside-decided'
  | 'conflict'
  | 'conflict-decided'
  | 'asked-for'
  | 'values-destroyed';

/** Values by field or column, as text. */
export type TextValues = Readonly<Record<string, string | null>>;

/** One thing that happened to a record. Members are null where they do not apply. */
export interface StoryEvent {
  readonly at: Date;
  readonly kind: StoryKind;
  /** I, U or D. */
  readonly op: string | null;
  /** Fields that it is about; null: all, or none in particular. */
  readonly fields: readonly string[] | null;
  /** A user of the CRM or of the cloud, or who decided. */
  readonly by: string | null;
  /** Values before and after; null also where they were destroyed. Of `changed-here`, only before is known. */
  readonly before: TextValues | null;
  readonly after: TextValues | null;
  /** What brought it in: a message, or a release (a decision of a user). */
  readonly order: 'message' | 'release' | null;
  readonly messageId: string | null;
  readonly runId: string | null;
  readonly batchId: string | null;
  /** Forward: the window that carried it to the cloud. */
  readonly ordinal: number | null;
  /** Place of the batch in the chain. */
  readonly sequence: number | null;
  /** Number of the record set aside or the conflict. */
  readonly subject: number | null;
  /** Of the error catalogue, or the kind of a conflict. */
  readonly code: string | null;
  /** Outcome, reason or hint, without record content. */
  readonly detail: string | null;
}

/*
 * $1 link, $2 collection, $3 key on the wire, $4 key in the CRM's table, $5 and $6 schema and table, $7 greatest number.
 * Each part answers the columns of `COLUMNS`.
 */
const COLUMNS = `at, kind, op, fields, by, before, after, "order", "messageId", "runId", "batchId", ordinal, sequence, subject, code, detail`;

const CAME_IN = `
  select e.created_at as at, 'came-in' as kind, e.op::text, e.fields, coalesce(r.requested_by, e.actor) as by, e.before - ${literal(OWN_KEY)} as before, e.after,
         case when r.id is null then 'message' else 'release' end as "order", e.message_id as "messageId", e.run_id as "runId", e.batch_id as "batchId",
         null::bigint as ordinal, b.sequence, null::bigint as subject, null as code,
         case when e.salt is null and coalesce(e.before_hash, e.after_hash) is not null then 'values-destroyed' else r.act end as detail
    from tidegate.ledger_entry e
    left join tidegate.ledger_batch b using (batch_id)
    left join tidegate.release r on r.id = e.message_id
   where e.link = $1 and e.collection = $2 and e.key = $3`;

/** Changes that the log still has. What the link's own windows wrote is in the ledger. */
const CHANGED = `
  select c.logged_at as at, case c.op when 'R' then 'resent' else 'changed-here' end as kind, c.op::text, array(select jsonb_object_keys(c.old)) as fields,
         coalesce(c.actor, c.origin) as by, c.old as before, null::jsonb as after, null as "order", null::uuid as "messageId", w.run_id as "runId", w.batch_id as "batchId",
         w.ordinal, w.sequence, null::bigint as subject, null as code, case when w.ordinal is null then 'not receipted yet' end as detail
    from tidegate.change_log c
    left join lateral (
         select w.run_id, w.batch_id, w.ordinal, b.sequence from tidegate."window" w left join tidegate.ledger_batch b using (batch_id)
          where w.link = $1 and w.collection = $2 and w.direction = 'forward' and w.state = 'receipted'
            and pg_visible_in_snapshot(c.xid, w.to_snapshot) and (w.from_snapshot is null or not pg_visible_in_snapshot(c.xid, w.from_snapshot))
          order by w.ordinal desc limit 1) w on true
   where c.source = (select id from tidegate.source where schema_name = $5 and table_name = $6) and c.key = $4
     and case c.op when 'R' then c.origin = $1 when 'T' then false else c.origin is distinct from $1 end`;

const SET_ASIDE = `
  select q.created_at as at, 'set-aside' as kind, q.op::text, string_to_array(q.field, ', ') as fields, q.actor as by, null::jsonb as before, null::jsonb as after,
         case q.direction when 'reverse' then 'message' end as "order", q.message_id as "messageId", q.run_id as "runId", q.batch_id as "batchId",
         q.ordinal, null::bigint as sequence, q.id as subject, q.code, q.direction || ': ' || q.detail as detail
    from tidegate.quarantine q where q.link = $1 and q.collection = $2 and q.key in ($3, $4)
  union all
  select q.resolved_at, 'set-aside-decided', q.op::text, string_to_array(q.field, ', '), q.resolved_by, null, null,
         case when q.release_id is not null then 'release' end, q.release_id, null, null, null, null, q.id, q.code, q.state || coalesce(': ' || q.resolved_reason, '')
    from tidegate.quarantine q where q.link = $1 and q.collection = $2 and q.key in ($3, $4) and q.resolved_at is not null`;

const CONFLICTS = `
  select c.created_at as at, 'conflict' as kind, null as op, array_remove(array[c.field], null) as fields, c.actor as by,
         jsonb_build_object('crm', c.crm_value #>> '{}') as before, jsonb_build_object('cloud', c.cloud_value #>> '{}') as after,
         'message' as "order", c.message_id as "messageId", c.run_id as "runId", c.batch_id as "batchId", null::bigint as ordinal, null::bigint as sequence,
         c.id as subject, c.kind as code, case when c.decided_at is null then 'stands: ' || c.outcome end as detail
    from tidegate.conflict c where c.link = $1 and c.collection = $2 and c.key = $3
  union all
  select c.decided_at, 'conflict-decided', null, array_remove(array[c.field], null), c.decided_by, null, null,
         case when c.release_id is not null then 'release' end, c.release_id, null, null, null, null, c.id, c.kind, 'stands: ' || c.outcome || coalesce(': ' || c.decided_reason, '')
    from tidegate.conflict c where c.link = $1 and c.collection = $2 and c.key = $3 and c.decided_at is not null`;

const ASKED = `
  select r.created_at as at, 'asked-for' as kind, null as op, null::text[] as fields, r.requested_by as by, null::jsonb as before, null::jsonb as after, null as "order",
         null::uuid as "messageId", case when r.direction = 'forward' then r.claimed_by end as "runId", null::uuid as "batchId", null::bigint as ordinal,
         null::bigint as sequence, null::bigint as subject, r.error_code as code, r.direction || ': ' || r.state as detail
    from tidegate.sync_request r
   where r.link = $1 and r.records @> jsonb_build_array(jsonb_build_object('collection', $2::text, 'key', to_jsonb($4::text[])))`;

/** A load carried every record that was there and in the collection; which ones, only the cloud's receipt counts. */
const LOADED = `
  select w.finished_at as at, 'sent' as kind, null as op, null::text[] as fields, null as by, null::jsonb as before, null::jsonb as after, null as "order",
         null::uuid as "messageId", w.run_id as "runId", w.batch_id as "batchId", w.ordinal, b.sequence, null::bigint as subject, null as code,
         'load of all records that were in the collection' as detail
    from tidegate."window" w left join tidegate.ledger_batch b using (batch_id)
   where w.link = $1 and w.collection = $2 and w.direction = 'forward' and w.kind = 'load' and w.state = 'receipted'
     and not exists (select from tidegate.change_log c
                      where c.source = (select id from tidegate.source where schema_name = $5 and table_name = $6) and c.key = $4 and c.op = 'I'
                        and not pg_visible_in_snapshot(c.xid, w.to_snapshot))`;

const DESTROYED = `
  select b.created_at as at, 'values-destroyed' as kind, null as op, null::text[] as fields, b.facts ->> 'by' as by, null::jsonb as before, null::jsonb as after, null as "order",
         null::uuid as "messageId", null as "runId", null::uuid as "batchId", null::bigint as ordinal, b.sequence, null::bigint as subject, null as code,
         b.facts ->> 'reason' as detail
    from tidegate.ledger_batch b
   where b.kind = 'destroyed' and exists (select from tidegate.ledger_entry e where e.link = $1 and e.collection = $2 and e.key = $3
                                             and (b.facts ->> 'entries')::int8multirange @> e.id)`;

const STORY = [CAME_IN, CHANGED, SET_ASIDE, CONFLICTS, ASKED, LOADED, DESTROYED].map((part) => `select ${COLUMNS} from (${part}) part`).join('\n union all ');

/**
 * Everything that is known to have happened to a record, in the order of time; the newest `limit` of it. What a release wrote is the
 * CRM's own change as well: of two things of one transaction, the ledger's comes last.
 */
export async function readStory(client: Queryable, link: string, source: CollectionSource, names: RecordNames, limit = 200): Promise<readonly StoryEvent[]> {
  const values = [link, source.name, names.wire, names.local, source.schema, source.table, limit];
  const rows = await controlRows<StoryEvent>(
    client,
    `select * from (${STORY}) story order by at desc, kind = 'came-in' desc, sequence desc nulls first limit $7`,
    values,
  );
  const fieldOf = new Map(source.fields.map(({ field, column }) => [column, field]));
  // The change log speaks of columns, all else of fields. Columns outside the collection are nobody's business here.
  const inFields = (event: StoryEvent): StoryEvent =>
    event.kind === 'changed-here'
      ? {
          ...event,
          fields: event.op === 'I' ? null : (event.fields ?? []).flatMap((column) => fieldOf.get(column) ?? []),
          before:
            event.before &&
            Object.fromEntries(Object.entries(event.before).flatMap(([column, value]) => (fieldOf.has(column) ? [[fieldOf.get(column), value]] : []))),
        }
      : event;
  return rows.map(inFields).toReversed();
}
