import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { LinkName } from '../../../exchange/names.ts';
import { controlRows } from '../control-rows.ts';
import { inTransaction } from '../pool.ts';
import { recordAudit } from '../state/audit.ts';
import { stopLink } from '../state/link.ts';
import { type LogReader, NAMED_READERS, NEEDS, UNNAMED } from './log-reader.ts';
import type { Retention } from './retention.ts';

/** A channel that holds up more of the log than it may. */
export interface HeldLog {
  readonly link: LinkName;
  readonly collection: string;
  /** Counted up to one more than the bound. */
  readonly changes: number;
  readonly oldestAt: Date;
}

/** $3: greatest number of changes; $4: greatest age in milliseconds. Only tables that hold old or many rows are counted. */
const HELD = `
  WITH reader AS MATERIALIZED (SELECT * FROM (${NAMED_READERS}) r WHERE NOT outdated)
  SELECT r.link, r.collection, held.changes, held.oldest AS "oldestAt"
    FROM reader r CROSS JOIN LATERAL (
      SELECT count(*) AS changes, min(logged_at) AS oldest
        FROM (SELECT g.logged_at FROM tidegate.change_log g
               WHERE g.xid >= coalesce(pg_snapshot_xmin(r.cursor), '0'::xid8) AND ${NEEDS} ORDER BY g.xid LIMIT $3::int + 1) g) held
   WHERE held.changes > $3::int OR held.oldest < now() - make_interval(secs => $4::float8 / 1000)
   ORDER BY r.link, r.collection`;

/** Channels whose part of the log that is not acknowledged exceeds the bound. */
export async function readHeldLogs(
  pool: Pool,
  direction: 'forward' | 'reverse',
  readers: readonly LogReader[],
  { maxRows, maxAgeMs }: Retention['unacknowledged'],
): Promise<readonly HeldLog[]> {
  return controlRows<HeldLog>(pool, HELD, [JSON.stringify(readers), direction, maxRows, maxAgeMs]);
}

/**
 * At the CRM: a link that does not come back must not fill the disk. One that holds up more than the bound is stopped with
 * the reason, and its log is not kept any more: only a new initial load goes on. Gives what was found.
 */
export async function markOutdated(pool: Pool, readers: readonly LogReader[], bound: Retention['unacknowledged']): Promise<readonly HeldLog[]> {
  const held = await readHeldLogs(pool, 'forward', readers, bound);
  for (const [link, logs] of Map.groupBy(held, (log) => log.link)) {
    const told = logs.map(({ collection, changes, oldestAt }) => `${collection}: ${Math.min(changes, bound.maxRows)} or more since ${oldestAt.toISOString()}`);
    const error = new TidegateError('link-outdated', `${told.join('; ')}.`, { link });
    await inTransaction(pool, async (client) => {
      const { rowCount } = await client.query('UPDATE tidegate.link SET outdated_at = now() WHERE name = $1 AND outdated_at IS NULL', [link]);
      if (rowCount !== 1) return;
      await stopLink(client, link, error, 'tidegate');
      await recordAudit(client, { link, event: 'link-outdated', subject: 'tidegate', facts: { collections: logs.map(({ collection }) => collection) } });
    });
  }
  return held;
}

const FORGET = `
  UPDATE tidegate.channel c SET cursor = NULL, state = 'new', state_code = NULL, state_reason = NULL
   WHERE ${UNNAMED} AND c.proven_at < now() - make_interval(secs => $3::float8 / 1000) RETURNING c.link, c.collection`;

/** At the CRM: a channel that no configuration names any more, and that was proved last so long ago, begins with a load if it comes back. */
export async function forgetUnnamed(pool: Pool, readers: readonly LogReader[], { maxAgeMs }: Retention['unacknowledged']): Promise<number> {
  return inTransaction(pool, async (client) => {
    const rows = await controlRows<{ link: LinkName; collection: string }>(client, FORGET, [JSON.stringify(readers), 'forward', maxAgeMs]);
    for (const { link, collection } of rows) await recordAudit(client, { link, event: 'channel-forgotten', subject: collection });
    return rows.length;
  });
}
