import { TidegateError } from '../../../exchange/errors.ts';
import { inTransaction } from '../pool.ts';
import { assertOpen } from '../state/epoch.ts';
import { type ChannelStanding, readStanding } from './channel-standing.ts';
import { type WindowDraft, commitWindow } from './commit-window.ts';
import type { PreparedWindow, WindowOrder } from './prepared-window.ts';
import type { OpenSnapshot } from './snapshot.ts';
import { readSmallWindow } from './small-window.ts';
import { stageWindow } from './window-stage.ts';

const NOTHING_FOLLOWS = { rows: 0, tombstones: 0 } as const;

/** How often a channel with nothing to send writes down that it is proved up to now. */
const PROVE_EVERY_MS = 5000;

/** The forward window of a collection in a snapshot; see SnapshotReader.prepareWindow. */
export async function prepareForwardWindow(open: OpenSnapshot, { plan, phase, runId, meanwhile }: WindowOrder): Promise<PreparedWindow | undefined> {
  const standing = await readStanding(open, plan, 'forward');
  if (standing.cursor === null)
    throw new TidegateError('load-incomplete', `${plan.definition.name} has not been loaded.`, { collection: plan.definition.name });
  // The first delta after a load is sent even if it is empty: its receipt is what opens reverse synchronisation.
  const handOver = standing.state === 'loaded';
  if (!standing.pending && !handOver) return idle(open, standing, phase !== 'tombstones', false);
  const range = { source: standing.source.id, from: standing.cursor, to: open.snapshot, afterKey: null, upToKey: null, maxRows: null, withBase: false };
  const small = standing.few && standing.shape.lookupsByIndex ? await readSmallWindow(open, plan, standing.shape, range) : undefined;
  const staged = small ?? (await stageWindow(open, plan, standing.shape, range));
  const { upserts, tombstones, filtered } = staged;
  if (upserts + tombstones === 0 && !handOver) return idle(open, standing, phase !== 'tombstones', true);
  if (phase === 'upserts' && upserts === 0 && tombstones > 0) return undefined;
  if (phase === 'tombstones' && tombstones === 0) return undefined;
  if (phase === 'tombstones' && upserts > 0) await requirePart(open, standing);
  const part = phase === 'upserts' && tombstones > 0;
  const rows = { all: upserts + tombstones, upserts, tombstones }[phase];
  const draft: WindowDraft = {
    plan,
    standing: phase === 'tombstones' && upserts > 0 ? { ...standing, ordinal: standing.ordinal + 1 } : standing,
    kind: part ? 'part' : 'delta',
    phase,
    to: open.snapshot,
    toKey: null,
    rows,
    tombstones: phase === 'upserts' ? 0 : tombstones,
    filtered: part ? 0 : filtered,
    whole: { changes: upserts + tombstones, deletes: tombstones },
    following: NOTHING_FOLLOWS,
    hasLater: part,
    small: staged.small,
    read: small?.rows,
    runId: runId ?? null,
    messageId: null,
    startedAt: open.takenAt,
  };
  return commitWindow(open, draft, meanwhile);
}

/** Nothing has to go: the cursor moves on without a window, so that the log can be pruned and is not read again. */
async function idle(open: OpenSnapshot, standing: ChannelStanding, move: boolean, seen: boolean): Promise<undefined> {
  const due = standing.provenAt === null || open.takenAt.getTime() - standing.provenAt.getTime() >= PROVE_EVERY_MS;
  if (!move || !(seen || due)) return undefined;
  const { link, collection, direction } = standing.name;
  await inTransaction(open.pool, async (client) => {
    await assertOpen(client, open.fence);
    await client.query(
      `UPDATE tidegate.channel c SET cursor = $5::pg_snapshot, proven_at = $6
        WHERE link = $1 AND collection = $2 AND direction = $3 AND cursor::text = $4 AND ordinal = $7
          AND NOT EXISTS (SELECT FROM tidegate.window w WHERE w.link = c.link AND w.collection = c.collection AND w.direction = c.direction AND w.ordinal > c.ordinal)`,
      [link, collection, direction, standing.cursor, open.snapshot, open.takenAt, standing.ordinal],
    );
  });
  return undefined;
}

/** Tombstones move the cursor: the upserts of the same snapshot must be receipted before. Throws `ordinal-out-of-order`. */
async function requirePart(open: OpenSnapshot, { name, cursor, ordinal }: ChannelStanding): Promise<void> {
  const { rowCount } = await open.pool.query(
    `SELECT FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal = $4
        AND kind = 'part' AND state = 'receipted' AND from_snapshot::text = $5 AND to_snapshot::text = $6`,
    [name.link, name.collection, name.direction, ordinal + 1, cursor, open.snapshot],
  );
  if (rowCount === 0) throw new TidegateError('ordinal-out-of-order', 'The upserts of this snapshot have no receipt yet.', { collection: name.collection });
}
