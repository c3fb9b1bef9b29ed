import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { CopyOut } from './copy-out.ts';
import type { Readable } from 'node:stream';
import { TidegateError } from '../../../exchange/errors.ts';
import { EMPTY_SNAPSHOT, encodeCursor } from '../cursor.ts';
import type { CollectionPlan } from '../plan.ts';
import { translateDatabaseError } from '../database-error.ts';
import { inTransaction } from '../pool.ts';
import { type ChannelName, requireChannel } from '../state/channel.ts';
import { assertOpen } from '../state/epoch.ts';
import { type NewWindow, insertNextWindow, insertWindow } from '../state/window.ts';
import type { ChannelStanding } from './channel-standing.ts';
import { recordMintedKeys } from './minted-keys.ts';
import type { PreparedWindow, WindowPhase } from './prepared-window.ts';
import { plannerSettings } from '../planner-settings.ts';
import type { OpenSnapshot } from './snapshot.ts';
import { windowCopy } from './window-stage.ts';

/** What is to be written down of a window before it is sent. */
export interface WindowDraft {
  readonly plan: CollectionPlan;
  readonly standing: ChannelStanding;
  readonly kind: 'delta' | 'part';
  readonly phase: WindowPhase;
  readonly to: string;
  readonly toKey: readonly string[] | null;
  readonly rows: number;
  readonly tombstones: number;
  readonly filtered: number;
  readonly whole: PreparedWindow['whole'];
  readonly following: PreparedWindow['following'];
  readonly hasLater: boolean;
  readonly small: boolean;
  /** Gives the rows where they were read already. */
  readonly read: ((phase: WindowPhase) => Readable) | undefined;
  readonly runId: string | null;
  readonly messageId: string | null;
  readonly startedAt: Date;
}

/**
 * Writes a window down, fenced, on a connection of its own, and commits: from here on the receiver may hold it. The channel
 * must stand as the snapshot saw it. Throws `epoch-stale`, `link-stopped`, `ordinal-out-of-order`; with `meanwhile` that is for
 * `written` to tell.
 */
export async function commitWindow(open: OpenSnapshot, draft: WindowDraft, meanwhile = false): Promise<PreparedWindow> {
  const { plan, standing } = draft;
  const batchId = randomUUID();
  const ordinal = standing.ordinal + 1;
  const window: NewWindow = {
    ...standing.name,
    ordinal,
    generation: standing.generation,
    kind: draft.kind,
    batchId,
    runId: draft.runId,
    messageId: draft.messageId,
    fromSnapshot: standing.cursor,
    toSnapshot: draft.to,
    toKey: draft.toKey,
    offered: draft.rows + draft.filtered,
    filtered: draft.filtered,
    tombstones: draft.tombstones,
    last: !draft.hasLater,
    startedAt: draft.startedAt,
  };
  const written = writeDown(open, draft, window);
  // Whoever waits for it is told.
  written.catch(() => undefined);
  if (!meanwhile) await written;
  const cursor = (snapshot: string) => encodeCursor({ incarnation: open.incarnation, snapshot });
  return {
    written,
    collection: standing.name.collection,
    direction: standing.name.direction,
    kind: draft.kind,
    ordinal,
    batchId,
    generation: standing.generation,
    fromCursor: standing.cursor === null ? null : cursor(standing.cursor),
    toCursor: cursor(draft.kind === 'part' ? (standing.cursor ?? EMPTY_SNAPSHOT) : draft.to),
    rows: draft.rows,
    tombstones: draft.tombstones,
    filtered: draft.filtered,
    ...(standing.name.direction === 'forward' ? { acknowledgedReverseOrdinal: standing.oppositeOrdinal } : {}),
    whole: draft.whole,
    following: draft.following,
    truncated: standing.truncated,
    hasLater: draft.hasLater,
    stream: () => {
      if (draft.read !== undefined) return draft.read(draft.phase);
      const copy = windowCopy(plan, standing.shape, draft.phase, draft.small);
      // Another window may have been staged since.
      const planning = draft.small ? 'lookups' : 'located';
      const settings = open.stage.planning === planning ? undefined : plannerSettings(planning);
      open.stage.planning = planning;
      return openStream(open, copy, settings);
    },
  };
}

async function writeDown(open: OpenSnapshot, draft: WindowDraft, window: NewWindow): Promise<void> {
  if (!(await writeAtOnce(open, draft.plan, window))) await writeStepwise(open, draft, window);
}

/** Writes the window in one statement where nothing else has to be written with it. */
async function writeAtOnce({ pool, fence }: OpenSnapshot, { binding }: CollectionPlan, window: NewWindow): Promise<boolean> {
  const otherGeneration = fence.generation !== undefined && fence.generation !== window.generation;
  if (binding.identity.kind === 'linked' || otherGeneration) return false;
  try {
    return await insertNextWindow(pool, window, fence.epoch);
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Writes the window step by step: each refusal says what it is. */
async function writeStepwise({ pool, fence }: OpenSnapshot, { plan, standing, to }: WindowDraft, window: NewWindow): Promise<void> {
  await inTransaction(pool, async (client) => {
    await assertOpen(client, fence);
    await assertStanding(client, standing);
    await assertOrdered(client, window);
    await recordMintedKeys(client, plan, { source: standing.source.id, from: standing.cursor ?? EMPTY_SNAPSHOT, to });
    await insertWindow(client, window);
  });
}

/** Throws `ordinal-out-of-order` where the channel moved since the snapshot, or a forward window waits for its receipt. */
async function assertStanding(client: PoolClient, { name, ordinal, cursor }: ChannelStanding): Promise<void> {
  const channel = await requireChannel(client, name, 'FOR UPDATE');
  const moved = channel.ordinal !== ordinal || channel.cursor !== cursor;
  if (moved || (name.direction === 'forward' && (await isUnsettled(client, name, ordinal + 1))))
    throw new TidegateError('ordinal-out-of-order', moved ? 'The channel has moved on.' : `Window ${ordinal + 1} has no receipt yet.`, {
      collection: name.collection,
      ordinal: ordinal + 1,
    });
}

/** Throws `replayed` where a newer order closed this one while its window was read: of two orders at once one is answered. */
async function assertOrdered(client: PoolClient, { messageId, collection }: NewWindow): Promise<void> {
  const { rows } = await client.query<{ state: string }>(
    'SELECT state FROM tidegate.reverse_message_collection WHERE message_id = $1::uuid AND collection = $2 FOR SHARE',
    [messageId, collection],
  );
  if (rows.some(({ state }) => state !== 'open')) throw new TidegateError('replayed', 'A newer order followed this one.', { id: messageId, collection });
}

async function isUnsettled(client: PoolClient, { link, collection, direction }: ChannelName, ordinal: number): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal >= $4', [
    link,
    collection,
    direction,
    ordinal,
  ]);
  return (rowCount ?? 0) > 0;
}

/** Streams a COPY; the snapshot's connection is known to be busy until the stream has ended. */
export function openStream({ client, unfinished }: Pick<OpenSnapshot, 'client' | 'unfinished'>, copy: string, settings?: string): Readable {
  // Queued before the COPY; where it fails, so does that.
  if (settings !== undefined) client.query(settings).catch(() => undefined);
  const stream = client.query(new CopyOut(copy));
  unfinished.add(stream);
  stream.once('end', () => unfinished.delete(stream));
  // Whoever reads it is told of errors; one that nobody reads any more must not end the process.
  stream.on('error', () => undefined);
  return stream;
}
