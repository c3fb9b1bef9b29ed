import { DatabaseError, type Pool, type PoolClient, type QueryResult } from 'pg';
import type { Direction } from '../../../exchange/names.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { preparedRow } from '../control-rows.ts';
import { EMPTY_SNAPSHOT } from '../cursor.ts';
import { type TableShape, readTableShape, readTableStamp } from '../introspection.ts';
import { allInOrder, pipelined } from '../pipelined.ts';
import type { CollectionPlan } from '../plan.ts';
import { inTransaction } from '../pool.ts';
import { literal, qualified } from '../quoting.ts';
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
  /** Whether they are only a handful. */
  readonly few: boolean;
  /** Whether the table was truncated after the cursor; the log then holds every record that went. */
  readonly truncated: boolean;
  /** Whether a delta of this generation was applied here: reverse is open only then. */
  readonly handedOver: boolean;
}

/** Up to so many log rows are read at once, into memory. */
const FEW_LOG_ROWS = 32;

interface StandingRow extends Omit<ChannelStanding, 'name' | 'source' | 'shape'> {
  readonly source: SourceRow | null;
  /** Whether it was truncated and the log does not hold what went. */
  readonly lost: boolean;
  readonly stateReason: string | null;
}

const STANDING_SQL = `
  SELECT c.state, c.state_reason AS "stateReason", l.generation, c.ordinal, c.cursor::text AS cursor, c.proven_at AS "provenAt", o.ordinal AS "oppositeOrdinal", o.state AS "oppositeState",
         CASE WHEN s.id IS NOT NULL THEN json_build_object('id', s.id, 'columns', s.columns, 'keyColumns', s.key_columns) END AS source,
         p.rows > 0 AS pending, p.rows <= ${FEW_LOG_ROWS} AS few,
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
   CROSS JOIN LATERAL (SELECT count(*) AS rows FROM (
                         SELECT FROM tidegate.change_log g WHERE g.source = s.id AND g.xid >= pg_snapshot_xmin(f.snapshot)
                            AND NOT pg_visible_in_snapshot(g.xid, f.snapshot) LIMIT ${FEW_LOG_ROWS + 1}) g) p
   WHERE c.link = $1 AND c.collection = $2 AND c.direction = $3`;

/**
 * Locks a plan's table against change (ACCESS SHARE), compares its shape with what was registered, and reads the channel.
 * Throws `schema-drifted` (the channel opens again by itself once that is mended), `truncate-needs-approval` (having stopped the
 * channel, where the log does not hold what went: only a new load goes on) or `collection-stopped` where it is stopped already.
 */
export async function readStanding(open: OpenSnapshot, plan: CollectionPlan, direction: Direction): Promise<ChannelStanding> {
  const name: ChannelName = { link: plan.linkName, collection: plan.definition.name, direction };
  const { schema, table } = plan.binding;
  const { row, stamp, lock } = (await takeAsked(open, name)) ?? (await ask(open, plan, direction));
  if (row === undefined) throw new TidegateError('collection-unknown', `${name.link} has no channels for ${name.collection}.`, { collection: name.collection });
  if (row.state === 'stopped')
    throw new TidegateError('collection-stopped', `${name.collection}, ${direction}: ${row.stateReason ?? ''}`, { collection: name.collection, direction });
  const shape = await shapeOf(open, plan, stamp);
  const drift = findDrift(plan, shape, row.source ?? undefined);
  if (drift.length > 0 || shape === undefined || row.source === null) {
    const error = driftError(plan, drift);
    await stop(open, name, 'drifted', { code: error.code, message: drift.join('; ') });
    throw error;
  }
  await checkLock(open, plan, name, lock);
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

async function takeAsked(open: OpenSnapshot, { collection, direction }: ChannelName): Promise<AskedStanding | undefined> {
  const { asked } = open;
  open.asked = undefined;
  if (asked?.standing.lock instanceof Error) await open.client.query('ROLLBACK TO SAVEPOINT shape');
  return asked?.collection === collection && direction === 'forward' ? asked.standing : undefined;
}

async function ask({ client }: OpenSnapshot, plan: CollectionPlan, direction: Direction): Promise<AskedStanding> {
  const standing = await pipelined(client, () => askStanding(client, plan, direction));
  if (standing.lock instanceof Error) await client.query('ROLLBACK TO SAVEPOINT shape');
  return standing;
}

/** What a channel's standing is told from. */
export interface AskedStanding {
  readonly row: StandingRow | undefined;
  /** Of the table's shape (see readTableStamp). */
  readonly stamp: string | undefined;
  /** Whether the table is still the one of the snapshot, now that it is locked; or why it could not be locked. */
  readonly lock: boolean | Error;
}

/**
 * Asks for a channel's standing and the stamp of its table's shape, and takes ACCESS SHARE by reading nothing, which needs no right on the whole
 * table. In a pipeline that is one round trip. A lock that does not come leaves the savepoint `shape` to go back to.
 */
export async function askStanding(client: PoolClient, plan: CollectionPlan, direction: Direction): Promise<AskedStanding> {
  const { schema, table } = plan.binding;
  const sql = tableSql(plan);
  const same = `SELECT relfilenode = pg_relation_filenode(oid) AS same FROM pg_class WHERE oid = ${literal(sql)}::regclass`;
  const standing = preparedRow<StandingRow>(client, STANDING_SQL, [plan.linkName, plan.definition.name, direction, schema, table]);
  const stamped = readTableStamp(client, schema, table);
  // One message: each statement runs when the one before is done, the last one when the lock is held.
  const locking = client.query(`SAVEPOINT shape; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}; SELECT 1 FROM ${sql} LIMIT 0; RELEASE shape; ${same}`);
  const locked = locking.then(
    (results) => (results as unknown as readonly QueryResult<{ same: string }>[]).at(-1)?.rows[0]?.same === 't',
    (error: Error) => error,
  );
  const [row, stamp, lock] = await allInOrder([standing, stamped, locked]);
  return { row, stamp, lock };
}

/** Shapes by pool and table, as they were when they were read last. */
const shapes = new WeakMap<Pool, Map<string, { readonly stamp: string; readonly shape: TableShape }>>();

/** The shape in this snapshot: as it was read before where its stamp is still the same. */
async function shapeOf({ pool, client }: OpenSnapshot, { binding: { schema, table } }: CollectionPlan, stamp?: string): Promise<TableShape | undefined> {
  if (stamp === undefined) return undefined;
  let known = shapes.get(pool);
  if (known === undefined) shapes.set(pool, (known = new Map()));
  const name = qualified(schema, table);
  const found = known.get(name);
  if (found?.stamp === stamp) return found.shape;
  const shape = await readTableShape(client, schema, table);
  if (shape !== undefined) known.set(name, { stamp, shape });
  return shape;
}

/**
 * What rewrote or emptied the table between the snapshot and the lock would be seen neither as rows nor in the log: then another
 * snapshot is needed. A lock that does not come means that the table is being changed: told as drift, which ends by itself.
 */
async function checkLock(open: OpenSnapshot, plan: CollectionPlan, name: ChannelName, lock: boolean | Error): Promise<void> {
  if (lock === false) throw new TidegateError('database-unavailable', 'The table was rewritten while its snapshot was taken.');
  if (lock === true) return;
  if (!(lock instanceof DatabaseError) || lock.code !== '55P03') throw lock;
  const drift = ['(table): it is locked, its shape may be changing'];
  const drifted = driftError(plan, drift);
  await stop(open, name, 'drifted', { code: drifted.code, message: drift.join() });
  throw drifted;
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
