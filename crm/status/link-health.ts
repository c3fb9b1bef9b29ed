import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';

/** How one direction of a link stands. Ages in seconds, of the database's clock. */
export interface DirectionHealth {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  /** unopened, open, paused, stopped. */
  readonly state: string;
  readonly requests: number;
  readonly oldestRequestSeconds: number;
  /** State of the last run that ended; null before the first. */
  readonly lastRun: string | null;
}

const HEALTH = `
  select asked.link, way.direction, coalesce(link.state, 'unopened') as state,
         waiting.requests, waiting.oldest as "oldestRequestSeconds", ended.state as "lastRun"
    from unnest($1::text[]) as asked (link)
   cross join (values ('forward'), ('reverse')) as way (direction)
    left join tidegate.link on link.name = asked.link
   cross join lateral (
         select count(*) as requests, coalesce(extract(epoch from now() - min(r.created_at)), 0)::float8 as oldest
           from tidegate.sync_request r
          where r.link = asked.link and r.direction = way.direction and r.state in ('open', 'claimed')) waiting
    left join lateral (
         select r.state from tidegate.run r
          where r.link = asked.link and r.direction = way.direction and r.finished_at is not null
          order by r.started_at desc limit 1) ended on true`;

/** Reads how links stand, both directions of each, in one statement. */
export async function readDirectionHealth(client: Queryable, links: readonly string[]): Promise<readonly DirectionHealth[]> {
  return controlRows<DirectionHealth>(client, HEALTH, [links]);
}

/** Until when the cloud's changes of a collection were ordered in. */
export interface ReverseProof {
  readonly link: string;
  readonly collection: string;
  /** Everything that the cloud committed before this moment is in the CRM; null where no run proves anything. */
  readonly provenAt: Date | null;
}

// A window proves up to its own beginning. A complete run proves up to its message, unless its last window left something
// for the next one: a cloud where nobody edits anything sends no window, and must not look like one that does not answer.
const REVERSE_PROOFS = `
  select asked.link, asked.collection, greatest(channel.proven_at, complete.issued_at) as "provenAt"
    from unnest($1::text[], $2::text[]) as asked (link, collection)
    left join tidegate.channel
      on channel.link = asked.link and channel.collection = asked.collection and channel.direction = 'reverse'
    left join lateral (
         select m.issued_at
           from (select r.message_id, r.started_at from tidegate.run r
                  where r.link = asked.link and r.direction = 'reverse' and r.state = 'completed'
                  order by r.started_at desc limit 50) run
           join tidegate.reverse_message m on m.id = run.message_id
           join tidegate.reverse_message_collection o on o.message_id = m.id and o.collection = asked.collection
          where coalesce((select w.last from tidegate."window" w
                           where w.message_id = m.id and w.collection = asked.collection and w.direction = 'reverse'
                           order by w.ordinal desc limit 1), true)
          order by run.started_at desc limit 1) complete on true`;

/** Reads until when the cloud's changes are proved to be in the CRM, for collections of links. */
export async function readReverseProofs(
  client: Queryable,
  collections: readonly { readonly link: string; readonly collection: string }[],
): Promise<readonly ReverseProof[]> {
  return controlRows<ReverseProof>(client, REVERSE_PROOFS, [collections.map(({ link }) => link), collections.map(({ collection }) => collection)]);
}
