import { Prisma, type PrismaClient } from '../../prisma/generated/control/client.ts';
import type { NamedCollection } from './named-collection.ts';
import { readRecordStates, type RecordState } from './record-states.ts';
import { findRun, type RunSummary, type TemporalUi } from './runs.ts';

/** Where a record stands on one link, and how it came there. */
export interface RecordStory {
  readonly link: string;
  readonly collection: string;
  readonly state: RecordState | null;
  /** The last change that went to the cloud: when it was made, when its receipt came, by which run; null where the log holds none. */
  readonly sent: { readonly changedAt: Date; readonly storedAt: Date | null; readonly run: RunSummary | null } | null;
  /** The last change that came from the cloud: who made it there, which fields, under which message, by which run. */
  readonly received: {
    readonly at: Date;
    readonly actor: string | null;
    readonly fields: readonly string[];
    readonly messageId: string;
    readonly run: RunSummary | null;
  } | null;
}

/** Reads the story of a record on one link. */
export async function readRecordStory(control: PrismaClient, collection: NamedCollection, key: string, ui?: TemporalUi): Promise<RecordStory> {
  const { link } = collection;
  const [[state], sent, received] = await Promise.all([
    readRecordStates(control, collection, [key]),
    readSent(control, collection, key),
    control.ledgerEntry.findFirst({ where: { link, collection: collection.collection, key: { equals: [key] } }, orderBy: { id: 'desc' } }),
  ]);
  const [sentBy, receivedBy] = await Promise.all([findRun(control, sent?.runId ?? null, ui), findRun(control, received?.runId ?? null, ui)]);
  return {
    link,
    collection: collection.collection,
    state: state ?? null,
    sent: sent === undefined ? null : { changedAt: sent.changedAt, storedAt: sent.storedAt, run: sentBy },
    received:
      received === null ? null : { at: received.createdAt, actor: received.actor, fields: received.fields, messageId: received.messageId, run: receivedBy },
  };
}

/** The newest change of a record that is in a window, with the window that carried it: the newest windows are looked at first. */
async function readSent(
  control: PrismaClient,
  { link, collection, schema, table }: NamedCollection,
  key: string,
): Promise<{ readonly changedAt: Date; readonly storedAt: Date | null; readonly runId: string | null } | undefined> {
  const [row] = await control.$queryRaw<{ changedAt: Date; storedAt: Date | null; runId: string | null }[]>(Prisma.sql`
    select log.logged_at as "changedAt", carried.finished_at as "storedAt", carried.run_id as "runId"
      from tidegate.source
      join tidegate.change_log as log on log.source = source.id and log.key = array[${key}]
     cross join lateral (
           select sent.finished_at, sent.run_id from tidegate."window" as sent
            where sent.link = ${link} and sent.collection = ${collection} and sent.direction = 'forward' and sent.state in ('prepared', 'sent', 'receipted')
              and pg_visible_in_snapshot(log.xid, sent.to_snapshot)
              and (sent.from_snapshot is null or not pg_visible_in_snapshot(log.xid, sent.from_snapshot))
            order by sent.ordinal desc limit 1) as carried
     where source.schema_name = ${schema} and source.table_name = ${table}
       and case log.op when 'R' then log.origin = ${link} else log.origin is distinct from ${link} end
     order by log.id desc limit 1`);
  return row;
}
