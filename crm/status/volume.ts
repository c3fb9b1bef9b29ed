import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { Queryable } from '../../adaptor/data/pool.ts';

/** Records that came through in a quarter of an hour. */
export interface VolumeSample {
  readonly at: Date;
  readonly forward: number;
  readonly reverse: number;
}

// Every quarter of the last day, those without a window too: a line that skips what was quiet tells a lie.
const VOLUME = `
  with quarter as (select generate_series(date_bin('15 minutes', now() - interval '24 hours', 'epoch'), now(), interval '15 minutes') as at),
  done as (
    select date_bin('15 minutes', w.finished_at, 'epoch') as at, w.direction, sum(w.applied + w.unchanged) as records
      from tidegate."window" as w
     where w.link = any ($1) and w.state in ('receipted', 'applied') and w.finished_at > now() - interval '25 hours' group by 1, 2)
  select quarter.at,
         coalesce(sum(done.records) filter (where done.direction = 'forward'), 0)::float8 as forward,
         coalesce(sum(done.records) filter (where done.direction = 'reverse'), 0)::float8 as reverse
    from quarter left join done on done.at = quarter.at group by quarter.at order by quarter.at`;

/** Reads what the last day's windows brought, in quarters of an hour, oldest first. */
export async function readVolume(client: Queryable, links: readonly string[]): Promise<readonly VolumeSample[]> {
  return controlRows<VolumeSample>(client, VOLUME, [links]);
}
