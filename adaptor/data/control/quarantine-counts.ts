import type { Direction } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Records of a channel that are set aside at this store. */
export interface QuarantineCount {
  readonly link: string;
  readonly collection: string;
  readonly direction: Direction;
  readonly records: number;
}

// Channels without any are told too: a series that is 0 ends an alert, one that is missing does not.
const COUNTS = `
  select c.link, c.collection, c.direction,
         (select count(*) from tidegate.quarantine q
           where q.link = c.link and q.collection = c.collection and q.direction = c.direction and q.state = 'waiting') as records
    from tidegate.channel c`;

/** Counts what waits in quarantine, for every channel of the store. */
export async function countQuarantine(client: Queryable): Promise<readonly QuarantineCount[]> {
  return controlRows<QuarantineCount>(client, COUNTS);
}
