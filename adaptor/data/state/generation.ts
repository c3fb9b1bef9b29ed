import type { PoolClient } from 'pg';
import type { ChannelPosition } from '../../../exchange/claims.ts';
import { type Incarnation, incarnationDifferences } from '../../../exchange/incarnation.ts';
import type { LinkName, Side } from '../../../exchange/names.ts';
import { EMPTY_SNAPSHOT } from '../cursor.ts';
import type { CollectionPlan } from '../plan.ts';
import { recordAudit } from './audit.ts';
import type { ReloadApproval } from './link.ts';
import { forgetUnconfirmed, noteBeginning } from './unconfirmed.ts';

/** Up to where the CRM, as it is now, has taken edits of a collection. */
interface KeptEdits {
  readonly plan: CollectionPlan;
  readonly acknowledged: number;
}

/** How a new generation begins at one side. */
export interface NewGeneration {
  readonly link: LinkName;
  readonly side: Side;
  readonly generation: number;
  readonly approval: ReloadApproval;
  /** Where all channels go on: after every number that either side has given out. */
  readonly positions: readonly ChannelPosition[];
  /** This store when the link was last opened, and now. */
  readonly before: Incarnation | null;
  readonly now: Incarnation;
  /** The cloud's plans, with the last reverse window that the CRM knows to have accepted: later edits of the cloud's users are kept. */
  readonly edits: readonly KeptEdits[];
}

/**
 * Begins a new generation after an approved reload, in the caller's transaction: open windows are void, forward channels wait
 * for an initial load, ordinals go on after the greatest that was ever used. Where the store is in another life, transaction
 * ids that its rows name mean nothing any more and are put out of use.
 */
export async function beginGeneration(client: PoolClient, next: NewGeneration): Promise<void> {
  const { link, side, generation, approval, positions } = next;
  await client.query('UPDATE tidegate.link SET generation = $2, reload = NULL, outdated_at = NULL WHERE name = $1', [link, generation]);
  await client.query(`UPDATE tidegate.window SET state = 'void', finished_at = now() WHERE link = $1 AND state IN ('prepared', 'sent')`, [link]);
  await client.query(
    `UPDATE tidegate.channel SET state = 'new', state_code = NULL, state_reason = NULL, peer_cursor = NULL, cursor = CASE direction WHEN 'forward' THEN NULL ELSE cursor END WHERE link = $1`,
    [link],
  );
  await client.query(
    `INSERT INTO tidegate.channel AS c (link, collection, direction, ordinal)
     SELECT $1, p.collection, d.direction, CASE d.direction WHEN 'forward' THEN p."forwardOrdinal" ELSE p."reverseOrdinal" END
       FROM jsonb_to_recordset($2::jsonb) p(collection text, "forwardOrdinal" int8, "reverseOrdinal" int8), unnest('{forward,reverse}'::text[]) d(direction)
     ON CONFLICT (link, collection, direction) DO UPDATE SET ordinal = greatest(c.ordinal, excluded.ordinal)`,
    [link, JSON.stringify(positions)],
  );
  const otherLife = next.before !== null && incarnationDifferences(next.before, next.now).some((part) => part !== 'timeline');
  if (otherLife) await forgetOtherLife(client, link, side);
  for (const edits of next.edits) {
    await keepEdits(client, edits, otherLife);
    await forgetUnconfirmed(client, edits.plan);
    await noteBeginning(client, edits.plan);
  }
  await recordAudit(client, { link, event: 'generation-begun', subject: approval.approvedBy, facts: { generation, reason: approval.reason } });
}

/** Log rows from another life's future are of now: what was deleted stays known. Truncates and resends are done with by the load. */
const DATE_FUTURE_ANEW = `
  WITH future AS (
    DELETE FROM tidegate.change_log WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) RETURNING *)
  INSERT INTO tidegate.change_log (id, source, key, op, old, origin, actor, seen, logged_at)
  SELECT id, source, key, op, old, origin, actor, NULL, logged_at FROM future WHERE op IN ('I', 'U', 'D')`;

/** Snapshots and ids of another life mean nothing any more: windows lose theirs, log rows from its future get one of now. */
async function forgetOtherLife(client: PoolClient, link: LinkName, side: Side): Promise<void> {
  await client.query('UPDATE tidegate.window SET from_snapshot = NULL, to_snapshot = NULL, base_snapshot = NULL, applied_xid = NULL WHERE link = $1', [link]);
  if (side === 'crm') await client.query(DATE_FUTURE_ANEW);
}

/**
 * A snapshot of this statement that does not see its own transaction. PostgreSQL leaves a transaction's own id out of its
 * snapshots, so once a later transaction (of any database of the cluster) is over, `pg_current_snapshot()` says that it is seen.
 */
const SNAPSHOT_WITHOUT_OWN = `
  SELECT concat_ws(':', pg_snapshot_xmin(s), pg_snapshot_xmax(s), (
           SELECT coalesce(string_agg(x::text, ',' ORDER BY x), '')
             FROM (SELECT pg_snapshot_xip(s) UNION SELECT pg_current_xact_id() WHERE pg_current_xact_id() < pg_snapshot_xmax(s)) running(x)))::pg_snapshot AS snapshot
    FROM pg_current_snapshot() s`;

/**
 * Dates edits of cloud users anew that the CRM does not know to have taken, so that the next order brings them in, and moves the
 * cursor up to them: in one statement, so that an edit which is committed meanwhile is behind the cursor too. A CRM that was
 * restored does not know of orders that were receipted since: their edits go again. In another life of the cloud nothing tells
 * which were taken: all that the log holds go again (the CRM finds most unchanged), and none has a base. Truncate rows are
 * passed over: that is what was approved.
 */
const KEEP_EDITS = `
  WITH now AS MATERIALIZED (${SNAPSHOT_WITHOUT_OWN}
  ), lost AS (
    SELECT from_snapshot FROM tidegate.window
     WHERE link = $1 AND collection = $2 AND direction = 'reverse' AND ordinal > $7 AND state = 'receipted' ORDER BY ordinal LIMIT 1
  ), taken AS MATERIALIZED (
    SELECT coalesce(CASE WHEN EXISTS (SELECT FROM lost) THEN (SELECT from_snapshot FROM lost) ELSE c.cursor END, '${EMPTY_SNAPSHOT}') AS snapshot
      FROM tidegate.channel c WHERE c.link = $1 AND c.collection = $2 AND c.direction = 'reverse'
  ), open AS (
    DELETE FROM tidegate.change_log l USING tidegate.source s, taken
     WHERE s.id = l.source AND s.schema_name = $3 AND s.table_name = $4
       AND CASE WHEN l.op = 'T' THEN $6
                ELSE ($5::text IS NULL OR l.key[1] = $5) AND ($6 OR NOT pg_visible_in_snapshot(l.xid, taken.snapshot)) END
    RETURNING l.*
  ), kept AS (
    INSERT INTO tidegate.change_log (id, source, key, op, old, origin, actor, seen, logged_at)
    SELECT id, source, key, op, old, origin, actor, CASE WHEN $6 THEN NULL ELSE seen END, logged_at FROM open WHERE op <> 'T'
  )
  UPDATE tidegate.channel SET cursor = now.snapshot FROM now WHERE link = $1 AND collection = $2 AND direction = 'reverse'`;

async function keepEdits(client: PoolClient, { plan, acknowledged }: KeptEdits, otherLife: boolean): Promise<void> {
  const { schema, table, tenantColumn } = plan.binding;
  const tenant = tenantColumn === undefined ? null : plan.link.tenant;
  await client.query(KEEP_EDITS, [plan.linkName, plan.definition.name, schema, table, tenant, otherLife, acknowledged]);
}
