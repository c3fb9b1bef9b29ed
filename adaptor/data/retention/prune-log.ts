import type { Pool } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import { inTransaction } from '../pool.ts';
import { inBatches } from './in-batches.ts';
import { type LogReader, NEEDS, READERS, readingDirection } from './log-reader.ts';
import type { Retention } from './retention.ts';

/** What was taken from a change log. */
export interface PrunedLog {
  readonly changes: number;
  /** Tombstones that stay without the values that their records had. */
  readonly tombstones: number;
}

// At the CRM a link that is outdated needs no log: it is loaded anew. Edits of the cloud's users are kept for it.
const READER = `reader AS MATERIALIZED (SELECT * FROM (${READERS}) r WHERE NOT (r.outdated AND $2 = 'forward'))`;

const olderThan = (parameter: number) => `now() - make_interval(secs => $${parameter}::float8 / 1000)`;

/** Whether a log row `g` can go: old enough, and acknowledged by every link. $3: age in milliseconds. */
const DONE_WITH = `g.logged_at < ${olderThan(3)} AND NOT EXISTS (SELECT FROM reader r WHERE ${NEEDS})`;

const GREATEST = `WITH ${READER} SELECT max(g.xid::text::numeric)::text AS last FROM tidegate.change_log g WHERE ${DONE_WITH}`;

// The newest window of a channel is the base of every edit that is still to come. Where the cursor moved on without a window,
// nothing had to go: whoever has that window has seen the CRM up to the cursor.
const LIFT = `
  UPDATE tidegate."window" w SET base_snapshot = c.cursor FROM tidegate.channel c
   WHERE w.link = c.link AND w.collection = c.collection AND w.direction = c.direction AND w.ordinal = c.ordinal AND c.direction = 'forward'
     AND w.state = 'receipted' AND w.kind <> 'part' AND NOT w.base_forgotten AND c.cursor IS NOT NULL
     AND pg_snapshot_xmin(coalesce(w.base_snapshot, w.to_snapshot)) <= $1::xid8`;

// Any other window whose snapshot does not see all that will be gone is no base any more: what was changed after it cannot be told.
const FORGET = `
  UPDATE tidegate."window" w SET base_forgotten = true
   WHERE w.direction = 'forward' AND w.state = 'receipted' AND NOT w.base_forgotten AND pg_snapshot_xmin(coalesce(w.base_snapshot, w.to_snapshot)) <= $1::xid8
     AND NOT EXISTS (SELECT FROM tidegate.channel c WHERE c.link = w.link AND c.collection = w.collection AND c.direction = w.direction
                        AND c.ordinal = w.ordinal AND c.cursor::text = coalesce(w.base_snapshot, w.to_snapshot)::text)`;

// $4: age of tombstones; $5: greatest transaction; $6: where the page begins; $7: its rows.
const PAGE = `
  WITH ${READER},
  page AS MATERIALIZED (SELECT * FROM tidegate.change_log WHERE id > $6::bigint ORDER BY id LIMIT $7::int),
  done AS MATERIALIZED (
    SELECT g.id, g.op = 'D' AND g.logged_at >= ${olderThan(4)}
             AND NOT EXISTS (SELECT FROM tidegate.change_log l WHERE l.source = g.source AND l.key = g.key AND l.id > g.id AND l.op = 'I') AS tombstone
      FROM page g WHERE g.xid <= $5::xid8 AND ${DONE_WITH}),
  gone AS (DELETE FROM tidegate.change_log l USING done WHERE l.id = done.id AND NOT done.tombstone RETURNING 1),
  bare AS (UPDATE tidegate.change_log l SET old = NULL, actor = NULL FROM done
            WHERE l.id = done.id AND done.tombstone AND (l.old IS NOT NULL OR l.actor IS NOT NULL) RETURNING 1)
  SELECT (SELECT max(id) FROM page) AS last, (SELECT count(*) FROM gone) AS changes, (SELECT count(*) FROM bare) AS tombstones,
         (SELECT count(*) = $7::int AND bool_or(logged_at < ${olderThan(3)}) FROM page) AS more`;

interface Page {
  readonly last: number | null;
  readonly changes: number;
  readonly tombstones: number;
  readonly more: boolean;
}

/**
 * Takes changes away that every link has acknowledged, once they are old enough. `readers` are all channels of all links that
 * read this store's log: a row stays while one of them needs it. Of a deleted record the key stays longer than its values, so
 * that no new load brings it back. At the CRM, windows that are too old to be the base of an edit after that are marked so before.
 */
export async function pruneLog(
  pool: Pool,
  side: Side,
  readers: readonly LogReader[],
  { changeLogMs, tombstoneMs, batchRows }: Pick<Retention, 'changeLogMs' | 'tombstoneMs' | 'batchRows'>,
): Promise<PrunedLog> {
  const bound = [JSON.stringify(readers), readingDirection(side), changeLogMs];
  const last = (await controlRow<{ last: string | null }>(pool, GREATEST, bound))?.last ?? null;
  if (last === null) return { changes: 0, tombstones: 0 };
  if (side === 'crm')
    await inTransaction(pool, async (client) => {
      await client.query(LIFT, [last]);
      await client.query(FORGET, [last]);
    });
  const taken = { changes: 0, tombstones: 0 };
  let after = 0;
  await inBatches(pool, async (client) => {
    const page = await controlRow<Page>(client, PAGE, [...bound, tombstoneMs, last, after, batchRows]);
    if (page === undefined) return { rows: 0, more: false };
    after = page.last ?? after;
    taken.changes += page.changes;
    taken.tombstones += page.tombstones;
    return { rows: page.changes, more: page.more };
  });
  return taken;
}
