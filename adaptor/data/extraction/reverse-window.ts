import type { ReverseOrder } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { incarnationDifferences } from '../../../exchange/incarnation.ts';
import { controlRow } from '../control-rows.ts';
import { EMPTY_SNAPSHOT, decodeCursor, encodeCursor } from '../cursor.ts';
import { type WindowRow, readWindow } from '../state/window.ts';
import { type ChannelStanding, readStanding } from './channel-standing.ts';
import { commitWindow, openStream } from './commit-window.ts';
import type { PreparedWindow, ReverseWindowOrder } from './prepared-window.ts';
import type { OpenSnapshot } from './snapshot.ts';
import { plannerSettings } from '../planner-settings.ts';
import { stageWindow, windowCopy } from './window-stage.ts';

/** The reverse window for an order, in a snapshot. */
export async function prepareReverseWindow(open: OpenSnapshot, { plan, messageId, order }: ReverseWindowOrder): Promise<PreparedWindow | undefined> {
  const standing = await readStanding(open, plan, 'reverse');
  if (!standing.handedOver)
    throw new TidegateError('load-incomplete', `${plan.definition.name}: the first delta has not arrived.`, { collection: plan.definition.name });
  await checkOrder(open, standing, order);
  const used = await windowsUsed(open, standing, messageId);
  if (used >= order.maxWindows) return undefined;
  const range = await chooseRange(open, standing, messageId, order);
  if (range === undefined) return undefined;
  const staged = await stageWindow(open, plan, standing.shape, {
    source: standing.source.id,
    from: standing.cursor ?? EMPTY_SNAPSHOT,
    to: range.to,
    afterKey: range.afterKey,
    upToKey: range.upToKey,
    maxRows: order.maxRows,
    withBase: true,
  });
  const rows = staged.upserts + staged.tombstones;
  if (rows === 0 && !range.bound) return undefined;
  const toKey = range.upToKey ?? staged.toKey;
  const later = toKey !== null || (range.to !== open.snapshot && (await hasLaterChanges(open, standing, range.to)));
  return commitWindow(open, {
    plan,
    standing,
    kind: toKey === null ? 'delta' : 'part',
    phase: 'all',
    to: range.to,
    toKey,
    rows,
    tombstones: staged.tombstones,
    filtered: staged.filtered,
    whole: { changes: rows, deletes: staged.tombstones },
    following: staged.following,
    hasLater: later && used + 1 < order.maxWindows,
    small: staged.small,
    read: undefined,
    runId: null,
    messageId,
    startedAt: range.startedAt,
  });
}

/** What the next window for an order would hold: read and counted, and not written down. */
export type PreviewedWindow = Pick<
  PreparedWindow,
  'ordinal' | 'generation' | 'fromCursor' | 'toCursor' | 'rows' | 'tombstones' | 'filtered' | 'following' | 'truncated' | 'stream'
>;

/**
 * Reads what an order would be answered with. Nothing is written down: no window, no position. Undefined where there is nothing. Throws
 * `load-incomplete`, `schema-drifted`, `ordinal-out-of-order` where a receipt is still on its way.
 */
export async function previewReverseWindow(
  open: OpenSnapshot,
  { plan, order }: Pick<ReverseWindowOrder, 'plan' | 'order'>,
): Promise<PreviewedWindow | undefined> {
  const standing = await readStanding(open, plan, 'reverse');
  const collection = plan.definition.name;
  if (!standing.handedOver) throw new TidegateError('load-incomplete', `${collection}: the first delta has not arrived.`, { collection });
  if (order.afterOrdinal !== standing.ordinal) throw new TidegateError('ordinal-out-of-order', 'A receipt is still on its way.', { collection });
  const before = await readWindow(open.client, standing.name, standing.ordinal);
  const goesOn = before?.kind === 'part' && before.toKey !== null && before.generation === standing.generation;
  const staged = await stageWindow(open, plan, standing.shape, {
    source: standing.source.id,
    from: standing.cursor ?? EMPTY_SNAPSHOT,
    to: open.snapshot,
    afterKey: goesOn ? (before.toKey ?? null) : null,
    upToKey: null,
    maxRows: order.maxRows,
    withBase: true,
  });
  const rows = staged.upserts + staged.tombstones;
  if (rows === 0) return undefined;
  const cursor = (snapshot: string) => encodeCursor({ incarnation: open.incarnation, snapshot });
  return {
    ordinal: standing.ordinal + 1,
    generation: standing.generation,
    fromCursor: standing.cursor === null ? null : cursor(standing.cursor),
    toCursor: cursor(open.snapshot),
    rows,
    tombstones: staged.tombstones,
    filtered: staged.filtered,
    following: staged.following,
    truncated: standing.truncated,
    stream: () => openStream(open, windowCopy(plan, standing.shape, 'all', staged.small), plannerSettings(staged.small ? 'lookups' : 'located')),
  };
}

/** What part of the log answers the order. `bound`: it is promised already, and goes even if nothing is left of it. */
interface ReverseRange {
  readonly to: string;
  readonly afterKey: readonly string[] | null;
  readonly upToKey: readonly string[] | null;
  readonly startedAt: Date;
  readonly bound: boolean;
}

async function chooseRange(open: OpenSnapshot, standing: ChannelStanding, messageId: string, order: ReverseOrder): Promise<ReverseRange | undefined> {
  const before = await readWindow(open.client, standing.name, standing.ordinal);
  const goesOn = before?.kind === 'part' && before.toKey !== null && before.toSnapshot !== null && before.generation === standing.generation;
  const afterKey = goesOn ? (before.toKey as readonly string[]) : null;
  const open_ = await readWindow(open.client, standing.name, standing.ordinal + 1);
  if (isBound(open_, messageId, standing)) {
    return { to: open_.toSnapshot, afterKey, upToKey: open_.toKey, startedAt: open_.startedAt, bound: true };
  }
  if (goesOn && before.toSnapshot !== null) return { to: before.toSnapshot, afterKey, upToKey: null, startedAt: before.startedAt, bound: true };
  return standing.pending && order.maxRows > 0 ? { to: open.snapshot, afterKey: null, upToKey: null, startedAt: open.takenAt, bound: false } : undefined;
}

/** Whether a window waits that this message was answered with before, from where the channel stands. */
function isBound(window: WindowRow | undefined, messageId: string, { cursor, generation }: ChannelStanding): window is WindowRow & { toSnapshot: string } {
  return window?.messageId === messageId && window.fromSnapshot === cursor && window.generation === generation && window.toSnapshot !== null;
}

/** The order must go on from where this cloud stands. Throws `cursor-invalid`. */
async function checkOrder(open: OpenSnapshot, standing: ChannelStanding, order: ReverseOrder): Promise<void> {
  const refuse = (detail: string) => new TidegateError('cursor-invalid', detail, { collection: order.collection });
  if (order.afterOrdinal !== standing.ordinal) throw refuse(`The order goes on after ${order.afterOrdinal}, this cloud after ${standing.ordinal}.`);
  if (order.cursor === null) {
    const row = await controlRow(
      open.client,
      `SELECT FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = 'reverse' AND state = 'receipted' AND generation = $3 LIMIT 1`,
      [standing.name.link, standing.name.collection, standing.generation],
    );
    if (row !== undefined) throw refuse('The order has no cursor, though windows were accepted.');
    return;
  }
  const { incarnation, snapshot } = decodeCursor(order.cursor);
  const differences = incarnationDifferences(incarnation, open.incarnation);
  if (differences.length > 0) throw refuse(`It is another store's: ${differences.join(', ')}.`);
  if (snapshot !== (standing.cursor ?? EMPTY_SNAPSHOT)) throw refuse('It is not the one that was receipted last.');
}

async function windowsUsed(open: OpenSnapshot, { name }: ChannelStanding, messageId: string): Promise<number> {
  const row = await controlRow<{ used: number }>(
    open.client,
    `SELECT count(*) AS used FROM tidegate.window WHERE message_id = $1::uuid AND link = $2 AND collection = $3 AND direction = 'reverse' AND state = 'receipted'`,
    [messageId, name.link, name.collection],
  );
  return row?.used ?? 0;
}

async function hasLaterChanges(open: OpenSnapshot, { source }: ChannelStanding, snapshot: string): Promise<boolean> {
  const row = await controlRow(
    open.client,
    'SELECT FROM tidegate.change_log WHERE source = $1 AND xid >= pg_snapshot_xmin($2::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot) LIMIT 1',
    [source.id, snapshot],
  );
  return row !== undefined;
}
