import type { Direction } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Whether a collection flows in one direction, as the company has switched it. */
export interface SyncOption {
  readonly link: string;
  readonly collection: string;
  readonly direction: Direction;
  readonly enabled: boolean;
}

const WRITE = `
  INSERT INTO tidegate.sync_option (link, collection, direction, enabled, set_by) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (link, collection, direction) DO UPDATE SET enabled = excluded.enabled, set_by = excluded.set_by, set_at = now()`;

/** Switches a collection on or off. What runs notices it before its next window or message. */
export async function writeSyncOption(client: Queryable, { link, collection, direction, enabled }: SyncOption, by: string): Promise<void> {
  await client.query(WRITE, [link, collection, direction, enabled, by]);
}

/** Collections that are switched off in a direction. What changes in them waits; nothing of it is lost. */
export async function readSwitchedOff(client: Queryable, link: string, direction: Direction): Promise<ReadonlySet<string>> {
  const rows = await controlRows<{ collection: string }>(
    client,
    'SELECT collection FROM tidegate.sync_option WHERE link = $1 AND direction = $2 AND NOT enabled',
    [link, direction],
  );
  return new Set(rows.map(({ collection }) => collection));
}
