import type { Pool } from 'pg';
import { inBatches } from './in-batches.ts';
import type { Retention } from './retention.ts';

/*
 * A closed window goes once a later delta of its generation was taken, so that of every generation its last word stays: what
 * is asked of windows (whether a load was handed over, where a channel goes on) is answered by those. At the cloud the window
 * that an edit was based on stays as long as the log may hold such an edit.
 */
const TAKE = `
  WITH edits AS MATERIALIZED (
    SELECT least((SELECT min(pg_snapshot_xmin(seen)::text::numeric) FROM tidegate.change_log WHERE seen IS NOT NULL),
                 pg_snapshot_xmin(pg_current_snapshot())::text::numeric) AS oldest),
  old AS (
    SELECT w.link, w.collection, w.direction, w.ordinal
      FROM tidegate."window" w JOIN tidegate.channel c USING (link, collection, direction)
     WHERE w.state IN ('receipted', 'applied', 'void') AND w.ordinal < c.ordinal
       AND coalesce(w.finished_at, w.started_at) < now() - make_interval(secs => $1::float8 / 1000)
       AND EXISTS (SELECT FROM tidegate."window" n, edits e
                    WHERE n.link = w.link AND n.collection = w.collection AND n.direction = w.direction AND n.ordinal > w.ordinal
                      AND n.generation = w.generation AND n.kind = 'delta' AND n.state IN ('receipted', 'applied')
                      AND (n.direction = 'reverse' OR n.applied_xid IS NULL OR n.applied_xid::text::numeric < e.oldest))
     LIMIT $2::int)
  DELETE FROM tidegate."window" w USING old
   WHERE w.link = old.link AND w.collection = old.collection AND w.direction = old.direction AND w.ordinal = old.ordinal`;

/** Takes windows with their chunks and receipts away that are older than `windowMs`. Gives their number. */
export async function pruneWindows(pool: Pool, { windowMs, batchRows }: Pick<Retention, 'windowMs' | 'batchRows'>): Promise<number> {
  return inBatches(pool, async (client) => {
    const { rowCount } = await client.query(TAKE, [windowMs, batchRows]);
    return { rows: rowCount ?? 0, more: rowCount === batchRows };
  });
}
