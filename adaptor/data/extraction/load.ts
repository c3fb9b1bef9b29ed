import { randomUUID } from 'node:crypto';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import type { RowForm } from '../../../exchange/wire-row.ts';
import { parseLinkName } from '../../../exchange/names.ts';
import { encodeCursor } from '../cursor.ts';
import type { CollectionPlan } from '../plan.ts';
import { connect, inTransaction, rollback } from '../pool.ts';
import { translateDatabaseError } from '../database-error.ts';
import { requireChannel } from '../state/channel.ts';
import { type Fence, assertOpen } from '../state/epoch.ts';
import { insertWindow, readNewestWindow } from '../state/window.ts';
import { type ChannelStanding, readStanding } from './channel-standing.ts';
import { openStream } from './commit-window.ts';
import { type LoadRange, cutRanges, exportSnapshot, rangeCopy } from './load-ranges.ts';
import { recordMintedKeysOfTable } from './minted-keys.ts';
import type { LoadChunk, PreparedLoad } from './prepared-window.ts';
import { plannerSettings } from '../planner-settings.ts';
import { type OpenSnapshot, openSnapshot } from './snapshot.ts';

/** What a load is asked for. */
export interface LoadOrder {
  readonly plan: CollectionPlan;
  readonly runId?: string;
  /** Rows of a chunk; the last one has fewer. */
  readonly chunkRows: number;
  /** Form in which the rows of chunks go. Default: CSV. */
  readonly form?: RowForm;
}

/**
 * Prepares the initial load of a collection: exports a snapshot (capture was committed before, so the next delta begins where
 * the load ends), cuts the table into parts, and commits the load's window. Close it when all chunks are sent.
 * Throws `schema-drifted`, `epoch-stale`, `link-stopped`, `ordinal-out-of-order` where an earlier window has no receipt.
 */
export async function prepareLoad(pool: Pool, fence: Fence, { plan, runId, chunkRows, form = 'csv' }: LoadOrder): Promise<PreparedLoad> {
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [plan.link.tenant]);
    await recordMintedKeysOfTable(client, plan);
  });
  const client = await connect(pool);
  const close = async (): Promise<void> => client.release(await rollback(client));
  try {
    const open = await openSnapshot(pool, client, fence, new Set());
    await client.query(plannerSettings('scans'));
    const standing = await readStanding(open, plan, 'forward');
    if (standing.cursor !== null) throw new TidegateError('bad-request', `${plan.definition.name} is loaded; only an approved reload loads it again.`);
    const ranges = await cutRanges(client, plan, standing.shape, chunkRows);
    const batchId = randomUUID();
    await commitLoad(open, standing, { runId: runId ?? null, batchId, ranges });
    const exported = await exportSnapshot(client);
    return {
      ordinal: standing.ordinal + 1,
      batchId,
      generation: standing.generation,
      toCursor: encodeCursor({ incarnation: open.incarnation, snapshot: open.snapshot }),
      takenAt: open.takenAt,
      acknowledgedReverseOrdinal: standing.oppositeOrdinal,
      chunks: ranges.map(({ chunk, rows, filtered }) => ({ chunk, rows, filtered })),
      openChunk: async (chunk) => openChunk(pool, fence, exported, { plan, range: ranges[chunk], form }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw translateDatabaseError(error);
  }
}

async function commitLoad(
  open: OpenSnapshot,
  standing: ChannelStanding,
  load: { runId: string | null; batchId: string; ranges: readonly LoadRange[] },
): Promise<void> {
  const sum = (of: 'rows' | 'filtered') => load.ranges.reduce((total, range) => total + range[of], 0);
  await inTransaction(open.pool, async (client) => {
    await assertOpen(client, open.fence);
    const channel = await requireChannel(client, standing.name, 'FOR UPDATE');
    const newest = await readNewestWindow(client, standing.name);
    if (channel.ordinal !== standing.ordinal || (newest !== undefined && newest.ordinal > channel.ordinal))
      throw new TidegateError('ordinal-out-of-order', `Window ${channel.ordinal + 1} has no receipt yet.`, { collection: standing.name.collection });
    await insertWindow(client, {
      ...standing.name,
      ordinal: standing.ordinal + 1,
      generation: standing.generation,
      kind: 'load',
      batchId: load.batchId,
      runId: load.runId,
      messageId: null,
      fromSnapshot: null,
      toSnapshot: open.snapshot,
      toKey: null,
      offered: sum('rows') + sum('filtered'),
      filtered: sum('filtered'),
      tombstones: 0,
      last: true,
      startedAt: open.takenAt,
    });
    await client.query(`UPDATE tidegate.channel SET state = 'loading' WHERE link = $1 AND collection = $2 AND direction = 'forward'`, [
      standing.name.link,
      standing.name.collection,
    ]);
  });
}

async function openChunk(
  pool: Pool,
  fence: Fence,
  exported: string,
  { plan, range, form }: { readonly plan: CollectionPlan; readonly range: LoadRange | undefined; readonly form: RowForm },
): Promise<LoadChunk> {
  if (range === undefined) throw new TidegateError('bad-request', 'There is no such chunk.');
  const client = await connect(pool);
  const unfinished = new Set<unknown>();
  try {
    await importSnapshot(client, fence, exported);
  } catch (error) {
    client.release(true);
    throw translateDatabaseError(error);
  }
  let open = true;
  return {
    batchId: randomUUID(),
    rows: range.rows,
    filtered: range.filtered,
    form,
    stream: () => openStream({ client, unfinished }, rangeCopy(plan, range, form)),
    close: async () => {
      if (!open) return;
      open = false;
      client.release(unfinished.size > 0 || (await rollback(client)));
    },
  };
}

/** An exported snapshot that is not there any more: undefined_object, before PostgreSQL 16 invalid_parameter_value. */
const SNAPSHOT_GONE: ReadonlySet<string> = new Set(['42704', '22023']);

async function importSnapshot(client: PoolClient, fence: Fence, exported: string): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    await client.query(`SET TRANSACTION SNAPSHOT '${exported.replaceAll("'", '')}'`);
  } catch (error) {
    // Whoever exported it has lost its connection: the load begins anew with another one.
    if (error instanceof DatabaseError && SNAPSHOT_GONE.has(error.code ?? '')) throw new TidegateError('database-unavailable', `(SQLSTATE ${error.code})`);
    throw error;
  }
  await client.query(`SELECT set_config('tidegate.tenant', $1, true)`, [parseLinkName(fence.link).tenant]);
}
