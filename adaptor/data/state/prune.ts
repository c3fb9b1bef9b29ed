import type { Pool } from 'pg';
import { controlRow } from '../control-rows.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';

/** How long log rows stay after every link has them: conflicts are judged by their old values. */
export const KEEP_LOG_MS = 7 * 24 * 3600_000;

// A sender's log: forward channels read the CRM's, reverse channels the cloud's. Rows of a table go when all its channels,
// of all links, are past them.
const PRUNE = `
  WITH bound AS (
    SELECT s.id AS source, c.cursor
      FROM jsonb_to_recordset($1::jsonb) p(link text, collection text, schema text, "table" text)
      JOIN tidegate.source s ON s.schema_name = p.schema AND s.table_name = p."table"
      JOIN tidegate.channel c ON c.link = p.link AND c.collection = p.collection AND c.direction = $2),
  gone AS (
    DELETE FROM tidegate.change_log l
     WHERE l.logged_at < now() - make_interval(secs => $3::float8 / 1000)
       AND l.source IN (SELECT source FROM bound)
       AND NOT EXISTS (SELECT FROM bound b WHERE b.source = l.source AND (b.cursor IS NULL OR NOT pg_visible_in_snapshot(l.xid, b.cursor)))
    RETURNING l.xid)
  SELECT count(*) AS rows, max(xid::text::numeric)::text AS last FROM gone`;

// A window whose snapshot does not see all that is gone is no base any more: what was changed after it cannot be told.
const FORGET = `
  UPDATE tidegate.window w SET to_snapshot = NULL
    FROM jsonb_to_recordset($1::jsonb) p(link text, collection text)
   WHERE w.link = p.link AND w.collection = p.collection AND w.direction = 'forward' AND w.state = 'receipted'
     AND w.to_snapshot IS NOT NULL AND pg_snapshot_xmin(w.to_snapshot) <= $2::xid8`;

/**
 * Deletes log rows that every link has acknowledged, once they are older than `keepMs`, and gives their number. `plans` are
 * all plans of this store, of all links: a row stays while any of them needs it. At the CRM, windows that are too old to be
 * the base of an edit after that are marked so.
 */
export async function pruneLog(pool: Pool, plans: readonly CollectionPlan[], keepMs = KEEP_LOG_MS): Promise<number> {
  const [first] = plans;
  if (first === undefined) return 0;
  const bound = JSON.stringify(
    plans.map(({ linkName, definition, binding }) => ({ link: linkName, collection: definition.name, schema: binding.schema, table: binding.table })),
  );
  return inTransaction(pool, async (client) => {
    const gone = await controlRow<{ rows: number; last: string | null }>(client, PRUNE, [bound, first.side === 'crm' ? 'forward' : 'reverse', keepMs]);
    if (first.side === 'crm' && gone !== undefined && gone.last !== null) await client.query(FORGET, [bound, gone.last]);
    return gone?.rows ?? 0;
  });
}
