import type { Pool } from 'pg';
import { controlRow } from '../control-rows.ts';
import { inTransaction } from '../pool.ts';
import type { LinkName } from '../../../exchange/names.ts';
import { recordAudit } from '../state/audit.ts';
import type { LogReader } from './log-reader.ts';
import { readHeldLogs } from './mark-outdated.ts';
import { PRUNE_LOCK_TIMEOUT_MS, type Retention } from './retention.ts';

/*
 * Edits of the cloud's users that no order has brought to the CRM are in no other place: they are never thrown away. Where a
 * link holds up more of them than the bound, those of each record become one: what was changed, the values before the first
 * change, and the oldest base. The log then has about a row for each record that was edited, however long the CRM stays away.
 */
const FOLD = `
  WITH held AS MATERIALIZED (
    SELECT s.id AS source, coalesce(
             (SELECT w.to_snapshot FROM tidegate."window" w WHERE w.link = c.link AND w.collection = c.collection AND w.direction = 'reverse'
                 AND w.state IN ('prepared', 'sent') ORDER BY w.ordinal DESC LIMIT 1), c.cursor, '1:1:'::pg_snapshot) AS promised
      FROM tidegate.channel c, tidegate.source s
     WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'reverse' AND s.schema_name = $3 AND s.table_name = $4),
  edit AS MATERIALIZED (
    SELECT g.id, g.source, g.key, g.op, g.old, g.seen, g.base
      FROM tidegate.change_log g JOIN held h ON h.source = g.source
     WHERE g.origin IS NULL AND g.op IN ('I', 'U', 'D') AND ($5::text IS NULL OR g.key[1] = $5)
       AND g.xid >= pg_snapshot_xmin(h.promised) AND NOT pg_visible_in_snapshot(g.xid, h.promised)),
  record AS MATERIALIZED (
    SELECT source, key, max(id) AS last, (array_agg(op ORDER BY id))[1] AS begins, (array_agg(op ORDER BY id DESC))[1] AS ends,
           bool_and(op = 'U') AS only_updates, bool_or(op = 'D') AS deleted, count(*) AS edits
      FROM edit GROUP BY source, key HAVING count(*) > 1),
  gone AS (
    DELETE FROM tidegate.change_log l USING edit e JOIN record r USING (source, key)
     WHERE l.id = e.id AND CASE WHEN r.only_updates THEN e.id < r.last
                                WHEN r.begins = 'I' AND r.ends = 'D' THEN true
                                WHEN r.begins = 'I' AND NOT r.deleted THEN e.op = 'U' END
    RETURNING 1),
  folded AS (
    UPDATE tidegate.change_log l SET
           old = (SELECT jsonb_object_agg(o.column_name, o.value ORDER BY e.id DESC) FROM edit e, jsonb_each(e.old) o(column_name, value) WHERE e.source = r.source AND e.key = r.key),
           seen = (SELECT e.seen FROM edit e WHERE e.source = r.source AND e.key = r.key ORDER BY e.id LIMIT 1),
           base = (SELECT e.base FROM edit e WHERE e.source = r.source AND e.key = r.key ORDER BY e.id LIMIT 1)
      FROM record r WHERE r.only_updates AND l.id = r.last)
  SELECT (SELECT count(*) FROM gone) AS rows`;

/**
 * At the cloud: folds the edits of links that hold up more of the log than the bound. Readers that share a table and a tenant
 * are left alone: what one of them has seen, the other has not. Gives how many log rows that took away.
 */
export async function foldEdits(pool: Pool, readers: readonly LogReader[], bound: Retention['unacknowledged']): Promise<number> {
  let rows = 0;
  for (const { link, collection } of await readHeldLogs(pool, 'reverse', readers, bound)) {
    const reader = readers.find((one) => one.link === link && one.collection === collection);
    if (reader === undefined || sharers(readers, reader) > 1) continue;
    rows += await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${PRUNE_LOCK_TIMEOUT_MS}`);
      const folded = (await controlRow<{ rows: number }>(client, FOLD, [link, collection, reader.schema, reader.table, reader.tenant]))?.rows ?? 0;
      if (folded > 0) await recordAudit(client, { link: link satisfies LinkName, event: 'edits-folded', subject: collection, facts: { rows: folded } });
      return folded;
    });
  }
  return rows;
}

const sharers = (readers: readonly LogReader[], { schema, table, tenant }: LogReader): number =>
  readers.filter((one) => one.schema === schema && one.table === table && (one.tenant === tenant || one.tenant === null || tenant === null)).length;
