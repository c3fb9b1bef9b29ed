import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { literal, qualified } from '../quoting.ts';

/** A collection as its status is asked for: its table at the CRM and the condition of its rows (`true` where there is none). */
export interface StatusQuestion {
  readonly collection: string;
  readonly schema: string;
  readonly table: string;
  readonly condition: string;
}

/** State of one collection of a link at the CRM. Times are of the database's clock. */
export interface CollectionStanding {
  readonly collection: string;
  /** Records in the collection; an estimate above 200,000; null where the table is missing or may not be read. */
  readonly records: number | null;
  /** State of the forward channel; null before the link was first opened. */
  readonly state: string | null;
  readonly stateReason: string | null;
  readonly reverseState: string | null;
  /** Everything committed before this moment is in the cloud, proved by receipts. */
  readonly provenAt: Date | null;
  /** Age of the oldest change that is not receipted, in milliseconds; 0 where none waits. */
  readonly lagMs: number;
  readonly quarantined: number;
  readonly conflicts: number;
  /** Records of the cloud that the last new load did not name, until a pull has offered them; 0 where there are none. */
  readonly unconfirmed: number;
  /** When the last reverse message that orders this collection was issued, and what became of it. */
  readonly lastMessageAt: Date | null;
  readonly lastMessageState: string | null;
}

/** State of a link and its collections. */
export interface LinkStatus {
  readonly link: string;
  /** open, paused, stopped; null before it was first opened. */
  readonly state: string | null;
  readonly reason: string | null;
  readonly collections: readonly CollectionStanding[];
}

/** Larger tables are estimated: counting takes a tenth of a second and more from here on. */
const MAX_COUNTED = 200_000;

const STANDING = `
  select asked.collection, forward.state, forward.state_reason as "stateReason", reverse.state as "reverseState",
         forward.proven_at as "provenAt",
         coalesce(greatest(0, extract(epoch from clock_timestamp() - pending.oldest) * 1000), 0)::float8 as "lagMs",
         (select count(*) from tidegate.quarantine q where q.link = $1 and q.collection = asked.collection and q.state = 'waiting') as quarantined,
         (select count(*) from tidegate.conflict c where c.link = $1 and c.collection = asked.collection) as conflicts,
         coalesce((select (e.facts ->> 'records')::int8 from tidegate.audit_event e
                    where e.link = $1 and e.event = 'records-unconfirmed' and e.subject = asked.collection
                      and (e.facts ->> 'generation')::int8 = (select l.generation from tidegate.link l where l.name = $1)
                      and not exists (select from tidegate.window w where w.link = $1 and w.collection = asked.collection and w.direction = 'reverse'
                                         and w.kind = 'delta' and w.state = 'applied' and w.started_at > e.created_at)
                    order by e.id desc limit 1), 0) as unconfirmed,
         message.issued_at as "lastMessageAt", message.state as "lastMessageState"
    from unnest($2::text[], $3::text[], $4::text[]) with ordinality as asked (collection, schema_name, table_name, position)
    left join tidegate.source on source.schema_name = asked.schema_name and source.table_name = asked.table_name
    left join tidegate.channel forward on forward.link = $1 and forward.collection = asked.collection and forward.direction = 'forward'
    left join tidegate.channel reverse on reverse.link = $1 and reverse.collection = asked.collection and reverse.direction = 'reverse'
    left join lateral (
         select min(l.logged_at) as oldest from tidegate.change_log l
          where l.source = source.id and l.xid >= pg_snapshot_xmin(forward.cursor) and not pg_visible_in_snapshot(l.xid, forward.cursor)
            and case l.op when 'R' then l.origin = $1 else l.origin is distinct from $1 end) pending on true
    left join lateral (
         select m.issued_at, m.state from tidegate.reverse_message m
           join tidegate.reverse_message_collection o on o.message_id = m.id
          where m.link = $1 and o.collection = asked.collection order by m.issued_at desc limit 1) message on true
   order by asked.position`;

/** Reads how a link and its collections stand, in few statements. */
export async function readLinkStatus(client: Queryable, link: string, questions: readonly StatusQuestion[]): Promise<LinkStatus> {
  const row = await controlRow<{ state: string; reason: string | null }>(client, 'select state, state_reason as reason from tidegate.link where name = $1', [
    link,
  ]);
  const columns = (['collection', 'schema', 'table'] as const).map((name) => questions.map((question) => question[name]));
  const standings = await controlRows<Omit<CollectionStanding, 'records'>>(client, STANDING, [link, ...columns]);
  const collections: CollectionStanding[] = [];
  for (const [i, standing] of standings.entries()) {
    const question = questions[i];
    collections.push({ ...standing, records: question === undefined ? null : await countRecords(client, question) });
  }
  return { link, state: row?.state ?? null, reason: row?.reason ?? null, collections };
}

async function countRecords(client: Queryable, { schema, table, condition }: StatusQuestion): Promise<number | null> {
  const name = qualified(schema, table);
  const known = await controlRow<{ estimate: number; readable: boolean }>(
    client,
    `select reltuples::float8 as estimate, has_any_column_privilege(oid, 'select') as readable from pg_class where oid = to_regclass(${literal(name)})`,
  );
  if (known === undefined || !known.readable) return null;
  if (known.estimate > MAX_COUNTED) return Math.round(known.estimate);
  return (await controlRow<{ records: number }>(client, `select count(*) as records from ${name} where ${condition}`))?.records ?? 0;
}
