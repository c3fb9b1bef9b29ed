import { ident, qualified } from '../../adaptor/data/quoting.ts';
import { Prisma, type PrismaClient } from '../../prisma/generated/control/client.ts';
import type { NamedCollection } from './named-collection.ts';

/**
 * Where a record stands on its way to the cloud, strongest first: kept in the CRM by its own mark (`private`) or by another
 * condition of its collection (`filtered`), set aside by a store with a reason, in conflict (since the record was last changed
 * here), sent and not receipted yet, queued by a user's request, on its way for the first time (`never-sent`) or again
 * (`waiting`), or proved to be the same on both sides.
 */
export type RecordStateName = 'private' | 'filtered' | 'set-aside' | 'conflict' | 'sent' | 'queued' | 'never-sent' | 'waiting' | 'in-step';

/** State of one record on one link. */
export interface RecordState {
  readonly key: string;
  readonly link: string;
  readonly state: RecordStateName;
  /** Why it is set aside: a code of the error catalogue, the field, a sentence without content, and the way it was going. */
  readonly reason: { readonly code: string; readonly field: string | null; readonly detail: string; readonly direction: string } | null;
  /** Of a private record: whether the cloud's copy, if there was one, is proved to be deleted, or that is under way; else null. */
  readonly retraction: 'done' | 'under-way' | null;
  /** Fields in conflict; a null is the record as a whole. */
  readonly conflictFields: readonly (string | null)[];
  /** Whether a user's request for this record is open. */
  readonly requested: boolean;
}

/**
 * States of records of a collection whose key is one uuid, in one statement; records that don't exist are left out.
 * The log is asked by its index on keys; it never scans the table.
 */
export async function readRecordStates(control: PrismaClient, collection: NamedCollection, keys: readonly string[]): Promise<RecordState[]> {
  const { link, schema, table } = collection;
  const from = Prisma.raw(qualified(schema, table));
  const keyColumn = Prisma.raw(ident(collection.keyColumns[0] ?? 'id'));
  const inside = Prisma.raw(`(${collection.filter})`);
  const gated = Prisma.raw(collection.gate === undefined ? 'false' : `((${collection.gate}\n) is not false)`);
  return control.$queryRaw<RecordState[]>`
    with wanted as materialized (
      select ${keyColumn}::text as key, array[${keyColumn}::text] as log_key, ${inside} as inside, ${gated} as gated
        from ${from} where ${keyColumn} = any (${[...keys]}::uuid[])
    ),
    forward as (select cursor from tidegate.channel where link = ${link} and collection = ${collection.collection} and direction = 'forward'),
    flight as (
      select to_snapshot from tidegate."window"
       where link = ${link} and collection = ${collection.collection} and direction = 'forward' and state in ('prepared', 'sent')
       order by ordinal desc limit 1),
    captured as (select id from tidegate.source where schema_name = ${schema} and table_name = ${table})
    select wanted.key, ${link} as link,
           case
             when not wanted.inside then case when wanted.gated then 'private' else 'filtered' end
             when aside.reason is not null then 'set-aside'
             when clash.fields is not null then 'conflict'
             when pending.changes > 0 and pending.in_flight then 'sent'
             when asked.open then 'queued'
             when (select cursor from forward) is null or pending.created then 'never-sent'
             when pending.changes > 0 then 'waiting'
             else 'in-step'
           end as state,
           aside.reason,
           case when wanted.gated then case when (select cursor from forward) is null or pending.changes = 0 then 'done' else 'under-way' end end as retraction,
           coalesce(clash.fields, '[]') as "conflictFields",
           asked.open as requested
      from wanted
     cross join lateral (
           select count(*) as changes, coalesce(bool_or(log.op = 'I'), false) as created,
                  coalesce(bool_and(pg_visible_in_snapshot(log.xid, (select to_snapshot from flight))), false) as in_flight
             from tidegate.change_log as log
            where log.source = (select id from captured) and log.key = wanted.log_key
              and not pg_visible_in_snapshot(log.xid, (select cursor from forward))
              and case log.op when 'R' then log.origin = ${link} else log.origin is distinct from ${link} end) as pending
      left join lateral (
           select json_build_object('code', code, 'field', field, 'detail', detail, 'direction', direction) as reason
             from tidegate.quarantine
            where link = ${link} and collection = ${collection.collection} and key = wanted.log_key and state = 'waiting'
            order by id desc limit 1) as aside on true
     cross join lateral (
           select json_agg(distinct conflict.field) as fields
             from tidegate.conflict as conflict
            where conflict.link = ${link} and conflict.collection = ${collection.collection} and conflict.key = wanted.log_key
              and conflict.created_at > coalesce(
                    (select max(log.logged_at) from tidegate.change_log as log
                      where log.source = (select id from captured) and log.key = wanted.log_key and log.origin is null),
                    '-infinity')) as clash
     cross join lateral (
           select exists (
             select from tidegate.sync_request
              where link = ${link} and direction = 'forward' and state in ('open', 'claimed')
                and records @> jsonb_build_array(jsonb_build_object('collection', ${collection.collection}::text, 'key', to_jsonb(wanted.log_key)))) as open) as asked`;
}
