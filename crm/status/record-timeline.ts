import type { PrismaClient } from '../../prisma/generated/control/client.ts';
import type { NamedCollection } from './named-collection.ts';

/** Something that happened to a record. */
export interface TimelineEntry {
  readonly at: Date;
  /** Changed here, came from the cloud, in conflict, set aside, or asked to be synchronised. */
  readonly what: 'created' | 'changed' | 'deleted' | 'received' | 'conflict' | 'set-aside' | 'requested';
  /** Who did it, where that is known. */
  readonly by: string | null;
  readonly link: string | null;
  /** Fields that it is about, with what stood there before, as text; null where that is not known. */
  readonly fields: readonly { readonly field: string; readonly before: string | null }[];
}

/** Greatest number of entries of one answer. */
export const MAX_TIMELINE = 100;

const OPERATIONS = { I: 'created', U: 'changed', D: 'deleted' } as const;

/** What is known of a record, newest first: the change log of its table, and what its links noted of it. */
export async function readRecordTimeline(control: PrismaClient, collections: readonly NamedCollection[], key: string): Promise<readonly TimelineEntry[]> {
  const [first] = collections;
  if (first === undefined) return [];
  const links = collections.map(({ link }) => link);
  const ofRecord = { link: { in: links }, collection: first.collection, key: { equals: [key] } };
  const latest = { orderBy: { id: 'desc' }, take: MAX_TIMELINE } as const;
  const [changes, received, conflicts, setAside, requests] = await Promise.all([
    readChanges(control, first, key),
    control.ledgerEntry.findMany({ where: ofRecord, ...latest, select: { createdAt: true, actor: true, link: true, fields: true } }),
    control.conflict.findMany({ where: ofRecord, ...latest, select: { createdAt: true, actor: true, link: true, field: true } }),
    control.quarantine.findMany({ where: ofRecord, ...latest, select: { createdAt: true, actor: true, link: true, field: true } }),
    readRequests(control, first.collection, links, key),
  ]);
  const field = (name: string | null): TimelineEntry['fields'] => (name === null ? [] : [{ field: name, before: null }]);
  const entries: TimelineEntry[] = [
    ...changes,
    ...received.map((row) => ({
      at: row.createdAt,
      what: 'received' as const,
      by: row.actor,
      link: row.link,
      fields: row.fields.map((name) => ({ field: name, before: null })),
    })),
    ...conflicts.map((row) => ({ at: row.createdAt, what: 'conflict' as const, by: row.actor, link: row.link, fields: field(row.field) })),
    ...setAside.map((row) => ({ at: row.createdAt, what: 'set-aside' as const, by: row.actor, link: row.link, fields: field(row.field) })),
    ...requests.map((row) => ({ at: row.at, what: 'requested' as const, by: row.by, link: row.link, fields: [] })),
  ];
  return entries.toSorted((a, b) => b.at.getTime() - a.at.getTime()).slice(0, MAX_TIMELINE);
}

/** What the CRM's own users changed; what links brought stands in the ledger. */
async function readChanges(control: PrismaClient, { schema, table, fieldOfColumn }: NamedCollection, key: string): Promise<readonly TimelineEntry[]> {
  const rows = await control.$queryRaw<{ at: Date; op: 'I' | 'U' | 'D'; by: string | null; old: Readonly<Record<string, string | null>> | null }[]>`
    select log.logged_at as at, log.op, log.actor as by, log.old
      from tidegate.source join tidegate.change_log as log on log.source = source.id and log.key = array[${key}]
     where source.schema_name = ${schema} and source.table_name = ${table} and log.op in ('I', 'U', 'D') and log.origin is null
     order by log.id desc limit ${MAX_TIMELINE}`;
  return rows.map(({ at, op, by, old }) => ({
    at,
    what: OPERATIONS[op],
    by,
    link: null,
    fields: op === 'U' ? Object.entries(old ?? {}).map(([column, before]) => ({ field: fieldOfColumn[column] ?? column, before })) : [],
  }));
}

function readRequests(control: PrismaClient, collection: string, links: readonly string[], key: string) {
  const record = JSON.stringify([{ collection, key: [key] }]);
  return control.$queryRaw<{ at: Date; by: string | null; link: string }[]>`
    select created_at as at, requested_by as by, link from tidegate.sync_request
     where link = any (${[...links]}::text[]) and direction = 'forward' and cause = 'records' and records @> ${record}::jsonb
     order by created_at desc limit ${MAX_TIMELINE}`;
}
