import { DatabaseError } from 'pg';
import type { Direction } from '../../../exchange/names.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { preparedRow } from '../control-rows.ts';
import { EMPTY_SNAPSHOT } from '../cursor.ts';
import { type TableShape, readTableShape } from '../introspection.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { literal } from '../quoting.ts';
import { type ChannelName, type ChannelState, type StopReason, reopenChannel, stopChannel } from '../state/channel.ts';
import { assertEpoch } from '../state/epoch.ts';
import { tableSql } from './collection-sql.ts';
import { type SourceRow, driftError, findDrift } from './drift.ts';
import type { OpenSnapshot } from './snapshot.ts';

/** A channel as it stands in a snapshot, with the table that it reads. */
export interface ChannelStanding {
  readonly name: ChannelName;
  readonly source: SourceRow;
  readonly shape: TableShape;
  readonly state: ChannelState;
  readonly generation: number;
  readonly ordinal: number;
  /** Text of the `pg_snapshot`; null before the initial load, or the first reverse window. */
  readonly cursor: string | null;
  readonly provenAt: Date | null;
  /** Last ordinal of the opposite channel. */
  readonly oppositeOrdinal: number;
  readonly oppositeState: ChannelState;
  /** Whether the log holds any row of the table after the cursor. */
  readonly pending: boolean;
  /** Whether the table was truncated after the cursor; the log then holds every record that went. */
  readonly truncated: boolean;
  /** Whether a delta of this generation was applied here: reverse is open only then. */
  readonly handedOver: boolean;
}

interface StandingRow extends Omit<ChannelStanding, 'name' | 'source' | 'shape'> {
  readonly source: SourceRow | null;
  /** Whether it was truncated and the log does not hold what went. */
  readonly lost: boolean;
  readonly stateReason: string | null;
}

const STANDING_SQL = `
  SELECT c.state, c.state_reason AS "stateReason", l.generation, c.ordinal, c.cursor::text AS cursor, c.proven_at AS "provenAt", o.ordinal AS "oppositeOrdinal", o.state AS "oppositeState",
         CASE WHEN s.id IS NOT NULL THEN json_build_object('id', s.id, 'columns', s.columns, 'keyColumns', s.key_columns) END AS source,
         EXISTS (SELECT FROM tidegate.change_log g WHERE g.source = s.id AND g.xid >= pg_snapshot_xmin(f.snapshot)
                    AND NOT pg_visible_in_snapshot(g.xid, f.snapshot)) AS pending,
         EXISTS (SELECT FROM tidegate.change_log g WHERE g.source = s.id AND g.xid >= pg_snapshot_xmin(f.snapshot)
                    AND NOT pg_visible_in_snapshot(g.xid, f.snapshot) AND g.op = 'T') AS truncated,
         EXISTS (SELECT FROM tidegate.change_log g WHERE g.source = s.id AND g.xid >= pg_snapshot_xmin(f.snapshot)
                    AND NOT pg_visible_in_snapshot(g.xid, f.snapshot) AND g.op = 'T' AND g.old IS NULL) AS lost,
         EXISTS (SELECT FROM tidegate.window w WHERE w.link = c.link AND w.collection = c.collection AND w.direction = 'forward'
                    AND w.kind = 'delta' AND w.state = 'applied' AND w.generation = l.generation) AS "handedOver"
    FROM tidegate.channel c
    JOIN tidegate.link l ON l.name = c.link
    JOIN tidegate.channel o ON o.link = c.link AND o.collection = c.collection AND o.direction <> c.direction
    LEFT JOIN tidegate.source s ON s.schema_name = $4 AND s.table_name = $5
   CROSS JOIN LATERAL (SELECT coalesce(c.cursor, '${EMPTY_SNAPSHOT}'::pg_snapshot) AS snapshot) f
   WHERE c.link = $1 AND c.collection = $2 AND c.direction = $3`;

/**
 * Locks a plan's table against change (ACCESS SHARE), compares its shape with what was registered, and reads the channel.
 * Throws `schema-drifted` (the channel opens again by itself once that is mended), `truncate-needs-approval` (having stopped the
 * channel, where the log does not hold what went: only a new load goes on) or `collection-stopped` where it is stopped already.
 */
export async function readStanding(open: OpenSnapshot, plan: CollectionPlan, direction: Direction): Promise<ChannelStanding> {
  const name: ChannelName = { link: plan.linkName, collection: plan.definition.name, direction };
  const { schema, table } = plan.binding;
  const row = await preparedRow<StandingRow>(open.client, STANDING_SQL, [name.link, name.collection, direction, schema, table]);
  if (row === undefined) throw new TidegateError('collection-unknown', `${name.link} has no channels for ${name.collection}.`, { collection: name.collection });
  if (row.state === 'stopped')
    throw new TidegateError('collection-stopped', `${name.collection}, ${direction}: ${row.stateReason ?? ''}`, { collection: name.collection, direction });
  const shape = await readTableShape(open.client, schema, table);
  const drift = findDrift(plan, shape, row.source ?? undefined);
  if (drift.length > 0 || shape === undefined || row.source === null) {
    const error = driftError(plan, drift);
    await stop(open, name, 'drifted', { code: error.code, message: drift.join('; ') });
    throw error;
  }
  await lockTable(open, plan, name);
  // A load that is to come reads the table as it is.
  if (row.lost && (direction === 'reverse' || row.cursor !== null)) {
    const error = new TidegateError('truncate-needs-approval', `${schema}.${table}.`, { collection: name.collection });
    await stop(open, name, 'stopped', error);
    throw error;
  }
  if (row.state === 'drifted') await reopen(open, name);
  return { ...row, name, source: row.source, shape };
}

/** How long a table may be locked by somebody else before its collection is set aside and others go on. */
const LOCK_TIMEOUT_MS = 5000;

/**
 * Takes ACCESS SHARE by reading nothing, which needs no right on the whole table. What rewrote or emptied the table between
 * the snapshot and the lock would be seen neither as rows nor in the log: then another snapshot is needed. A lock that does
 * not come means that the table is being changed: told as drift, which ends by itself.
 */
async function lockTable(open: OpenSnapshot, plan: CollectionPlan, name: ChannelName): Promise<void> {
  const table = tableSql(plan);
  const same = `SELECT relfilenode = pg_relation_filenode(oid) AS same FROM pg_class WHERE oid = ${literal(table)}::regclass`;
  // One message: each statement runs when the one before is done, the last one when the lock is held.
  const locking = `SAVEPOINT shape; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SELECT 1 FROM ${table} LIMIT 0; RELEASE shape; ${same}`;
  let results: readonly { readonly rows: readonly { same?: string }[] }[];
  try {
    results = (await open.client.query(locking)) as unknown as typeof results;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== '55P03') throw error;
    await open.client.query('ROLLBACK TO SAVEPOINT shape');
    const drift = ['(table): it is locked, its shape may be changing'];
    const drifted = driftError(plan, drift);
    await stop(open, name, 'drifted', { code: drifted.code, message: drift.join() });
    throw drifted;
  }
  if (results.at(-1)?.rows[0]?.same !== 't') throw new TidegateError('database-unavailable', 'The table was rewritten while its snapshot was taken.');
}

async function stop({ pool, fence }: OpenSnapshot, name: ChannelName, state: 'drifted' | 'stopped', reason: StopReason): Promise<void> {
  await inTransaction(pool, async (client) => {
    await assertEpoch(client, fence);
    await stopChannel(client, name, state, reason);
  });
}

async function reopen({ pool, fence }: OpenSnapshot, name: ChannelName): Promise<void> {
  await inTransaction(pool, async (client) => {
    await assertEpoch(client, fence);
    await reopenChannel(client, name);
  });
}
