import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Incarnation, incarnationDifferences } from '../../../exchange/incarnation.ts';
import { parseLinkName } from '../../../exchange/names.ts';
import { preparedRow } from '../control-rows.ts';
import { translateDatabaseError } from '../database-error.ts';
import { INCARNATION_COLUMNS } from '../incarnation.ts';
import { allInOrder, pipelined } from '../pipelined.ts';
import type { CollectionPlan } from '../plan.ts';
import { connect, rollback } from '../pool.ts';
import type { Fence } from '../state/epoch.ts';
import { type LinkState, stopLink, unknownLink } from '../state/link.ts';
import { type Planning, plannerSettings } from '../planner-settings.ts';
import { CREATE_STAGE } from './net-effect.ts';
import type { SnapshotReader } from './prepared-window.ts';
import { type AskedStanding, askStanding } from './channel-standing.ts';
import { prepareForwardWindow } from './forward-window.ts';
import { prepareReverseWindow, previewReverseWindow } from './reverse-window.ts';

/** An open snapshot, as the parts that read it see it. */
export interface OpenSnapshot {
  readonly pool: Pool;
  /** The connection whose transaction is the snapshot. */
  readonly client: PoolClient;
  readonly fence: Fence;
  readonly incarnation: Incarnation;
  readonly snapshot: string;
  readonly takenAt: Date;
  /** Streams that were begun and have not come to their end. */
  readonly unfinished: Set<unknown>;
  /** Collections that were staged in this transaction, and how the planner is set now. */
  readonly stage: { readonly collections: Set<string>; planning: Planning };
  /** What was asked of a collection's forward channel in one breath with the snapshot. Taken once. */
  asked: { readonly collection: string; readonly standing: AskedStanding } | undefined;
}

/** What is read in one round trip with the beginning of a snapshot. */
export interface Beginning<A> {
  /** The collection whose forward window will probably be asked for first. */
  readonly ahead?: CollectionPlan | undefined;
  /** Statements of the caller's own, sent without a wait between them. */
  readonly alongside?: (client: PoolClient) => Promise<A>;
}

/** Sessions that have the staging table already. */
const staged = new WeakSet<PoolClient>();

/**
 * Opens one snapshot of a store for a link and reads windows from it: REPEATABLE READ, read only, on a connection of its own
 * (windows are written down on another one of the pool). The fence names the link and the epoch that the run claimed; the
 * cloud, which answers orders, names the generation instead.
 * Throws `epoch-stale`, `link-stopped`, and `incarnation-changed` (the link is then stopped) where this is no longer the
 * store that opened the link.
 */
export async function withSnapshot<T, A = undefined>(
  pool: Pool,
  fence: Fence,
  use: (snapshot: SnapshotReader, alongside: A | undefined) => Promise<T>,
  beginning: Beginning<A> = {},
): Promise<T> {
  const client = await connect(pool);
  const unfinished = new Set<unknown>();
  let broken = true;
  try {
    if (!staged.has(client)) {
      await client.query(CREATE_STAGE);
      staged.add(client);
    }
    const { open, alongside } = await beginSnapshot(pool, client, fence, unfinished, beginning);
    const reader: SnapshotReader = {
      snapshot: open.snapshot,
      takenAt: open.takenAt,
      prepareWindow: (order) => prepareForwardWindow(open, order),
      prepareReverseWindow: (order) => prepareReverseWindow(open, order),
      previewReverseWindow: (order) => previewReverseWindow(open, order),
    };
    const result = await use(reader, alongside);
    broken = unfinished.size > 0 || (await rollback(client));
    return result;
  } catch (error) {
    // A COPY that was left in the middle would have to be read to its end: a new connection costs less.
    if (unfinished.size === 0) broken = await rollback(client);
    throw translateDatabaseError(error);
  } finally {
    client.release(broken);
  }
}

const OPEN = `
  SELECT pg_current_snapshot()::text AS snapshot, transaction_timestamp() AS "takenAt", set_config('tidegate.tenant', $1, true),
         l.epoch, l.state, l.incarnation, ${INCARNATION_COLUMNS}
    FROM tidegate.store s LEFT JOIN tidegate.link l ON l.name = $2`;

/** What is known of a snapshot and its store. */
interface OpenedRow extends Incarnation {
  readonly snapshot: string;
  readonly takenAt: Date;
  readonly epoch: number | null;
  readonly state: LinkState;
  readonly incarnation: Incarnation | null;
}

/** Begins the transaction whose snapshot is read; the caller ends it. */
export async function openSnapshot(pool: Pool, client: PoolClient, fence: Fence, unfinished: Set<unknown>): Promise<OpenSnapshot> {
  return (await beginSnapshot(pool, client, fence, unfinished, {})).open;
}

async function beginSnapshot<A>(
  pool: Pool,
  client: PoolClient,
  fence: Fence,
  unfinished: Set<unknown>,
  { ahead, alongside }: Beginning<A>,
): Promise<{ open: OpenSnapshot; alongside: A | undefined }> {
  const [, row, answer, standing] = await pipelined(client, async () => {
    // Small windows are the rule: their look-ups go by index until a larger one changes that.
    const begun = client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${plannerSettings('lookups')}`);
    const opened = preparedRow<OpenedRow>(client, OPEN, [parseLinkName(fence.link).tenant, fence.link]);
    return allInOrder([begun, opened, alongside?.(client), ahead && askStanding(client, ahead, 'forward')]);
  });
  if (row === undefined) throw new TidegateError('migration-failed', 'The store has no identity yet.');
  const { storeId, systemId, timeline, databaseId, snapshot, takenAt } = row;
  const asked = ahead && standing && { collection: ahead.definition.name, standing };
  const incarnation = { storeId, systemId, timeline, databaseId };
  await checkLink(pool, fence, row, incarnation);
  const open = {
    pool,
    client,
    fence,
    incarnation,
    snapshot,
    takenAt,
    unfinished,
    stage: { collections: new Set<string>(), planning: 'lookups' as const },
    asked,
  };
  return { open, alongside: answer };
}

/** A first look, so that nothing is read in vain; every write looks again, under a lock. */
async function checkLink(pool: Pool, { link, epoch }: Fence, row: OpenedRow, incarnation: Incarnation): Promise<void> {
  if (row.epoch === null) throw unknownLink(link);
  if (epoch !== undefined && row.epoch !== epoch) throw new TidegateError('epoch-stale', `Epoch ${epoch} was overtaken by ${row.epoch}.`, { link, epoch });
  if (row.state !== 'open') throw new TidegateError('link-stopped', `It is ${row.state}.`, { link, state: row.state });
  const differences = row.incarnation === null ? [] : incarnationDifferences(row.incarnation, incarnation);
  if (differences.length === 0) return;
  const error = new TidegateError('incarnation-changed', `Here: ${differences.join(', ')}.`, { link, differences });
  await stopLink(pool, link, error, 'tidegate');
  throw error;
}
