import type { Direction } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Periods that somebody has set, in milliseconds; the configured ones hold for the others. */
export type SetPeriods = Readonly<Partial<Record<Direction, number>>>;

const WRITE = `
  INSERT INTO tidegate.sync_period (link, direction, every_ms, set_by) VALUES ($1, $2, $3, $4)
  ON CONFLICT (link, direction) DO UPDATE SET every_ms = excluded.every_ms, set_by = excluded.set_by, set_at = now()`;

/** Sets the period of a direction of a link. */
export async function writePeriod(client: Queryable, link: string, direction: Direction, everyMs: number, by: string): Promise<void> {
  await client.query(WRITE, [link, direction, everyMs, by]);
}

/** Periods of a link that somebody has set. */
export async function readPeriods(client: Queryable, link: string): Promise<SetPeriods> {
  const rows = await controlRows<{ direction: Direction; everyMs: number }>(
    client,
    'SELECT direction, every_ms AS "everyMs" FROM tidegate.sync_period WHERE link = $1',
    [link],
  );
  return Object.fromEntries(rows.map(({ direction, everyMs }) => [direction, everyMs]));
}
