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
