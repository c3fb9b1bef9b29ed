import type { WindowKind } from '../../../exchange/claims.ts';
import type { Direction, LinkName } from '../../../exchange/names.ts';
import { controlRow, controlRows, preparedRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { runPrepared } from '../prepared.ts';
import type { ChannelName } from './channel.ts';

/** Where a window is: `prepared`, `sent`, `receipted`, `void` at its sender; `applied`, `void` at its receiver. */
export type WindowState = 'prepared' | 'sent' | 'receipted' | 'applied' | 'void';

/** A window's row. */
export interface WindowRow extends ChannelName {
  readonly ordinal: number;
  readonly generation: number;
  readonly kind: Exclude<WindowKind, 'chunk' | 'preview'>;
  readonly batchId: string;
  readonly runId: string | null;
  readonly messageId: string | null;
  readonly state: WindowState;
  /** Texts of `pg_snapshot`. */
  readonly fromSnapshot: string | null;
  readonly toSnapshot: string | null;
  readonly toKey: readonly string[] | null;
  readonly digest: string | null;
  readonly manifest: string | null;
  readonly receipt: string | null;
  readonly offered: number;
  readonly filtered: number;
  readonly tombstones: number;
  readonly last: boolean;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const WINDOW_COLUMNS = `link, collection, direction, ordinal, generation, kind, batch_id AS "batchId", run_id AS "runId", message_id AS "messageId",
  state, from_snapshot::text AS "fromSnapshot", to_snapshot::text AS "toSnapshot", to_key AS "toKey", digest, manifest, receipt, offered, filtered,
  tombstones, last, started_at AS "startedAt", finished_at AS "finishedAt"`;

/** A new window as its sender writes it down before anything is sent. */
export interface NewWindow extends ChannelName {
  readonly ordinal: number;
  readonly generation: number;
  readonly kind: Exclude<WindowKind, 'chunk' | 'preview'>;
  readonly batchId: string;
  readonly runId: string | null;
  readonly messageId: string | null;
  readonly fromSnapshot: string | null;
  readonly toSnapshot: string;
  readonly toKey: readonly string[] | null;
  readonly offered: number;
  readonly filtered: number;
  readonly tombstones: number;
  readonly last: boolean;
  /** Moment before the snapshot: what the receipt will prove. */
  readonly startedAt: Date;
}

const INSERT = `
  INSERT INTO tidegate.window (link, collection, direction, ordinal, generation, kind, batch_id, state, run_id, message_id,
                               from_snapshot, to_snapshot, to_key, offered, filtered, tombstones, last, started_at)
  SELECT $1, $2, $3, $4, $5, $6, $7, 'prepared', $8, $9, $10::pg_snapshot, $11::pg_snapshot, $12, $13, $14, $15, $16, $17`;

// A reverse window that was never receipted is written anew under its ordinal.
const OVERWRITE = `
  ON CONFLICT (link, collection, direction, ordinal) DO UPDATE
    SET generation = excluded.generation, kind = excluded.kind, batch_id = excluded.batch_id, run_id = excluded.run_id,
        message_id = excluded.message_id, state = excluded.state, from_snapshot = excluded.from_snapshot, to_snapshot = excluded.to_snapshot,
        to_key = excluded.to_key, offered = excluded.offered, filtered = excluded.filtered, tombstones = excluded.tombstones,
        last = excluded.last, started_at = excluded.started_at, digest = NULL, manifest = NULL
    WHERE tidegate.window.direction = 'reverse' AND tidegate.window.state IN ('prepared', 'sent')`;

// The link is held against a take-over and the channel against other windows, in the statement that writes.
const STANDING = `
  WITH fence AS MATERIALIZED (
    SELECT 1 FROM tidegate.link WHERE name = $1 AND state = 'open' AND generation = $5 AND ($18::int8 IS NULL OR epoch = $18) FOR SHARE),
  held AS MATERIALIZED (
    SELECT 1 FROM tidegate.channel c
     WHERE c.link = $1 AND c.collection = $2 AND c.direction = $3 AND c.ordinal = $4::int8 - 1 AND c.cursor::text IS NOT DISTINCT FROM $10::text
       AND EXISTS (SELECT FROM fence)
       FOR UPDATE)
  ${INSERT} FROM held
  WHERE $3 <> 'forward' OR NOT EXISTS (SELECT FROM tidegate.window w WHERE w.link = $1 AND w.collection = $2 AND w.direction = $3 AND w.ordinal >= $4)`;

/** Writes a prepared window; the caller has seen to the fence and the channel. */
export async function insertWindow(client: Queryable, window: NewWindow): Promise<void> {
  await client.query(`${INSERT} ${OVERWRITE}`, valuesOf(window));
}

/**
 * Writes a prepared window in one statement if the link is open under this epoch and the channel stands where the window
 * begins; else nothing is written, and false comes back: look why.
 */
export async function insertNextWindow(client: Queryable, window: NewWindow, epoch: number | undefined): Promise<boolean> {
  const { rowCount } = await runPrepared(client, `${STANDING} ${OVERWRITE}`, [...valuesOf(window), epoch ?? null]);
  return rowCount === 1;
}

function valuesOf(window: NewWindow): unknown[] {
  return [
    window.link,
    window.collection,
    window.direction,
    window.ordinal,
    window.generation,
    window.kind,
    window.batchId,
    window.runId,
    window.messageId,
    window.fromSnapshot,
    window.toSnapshot,
    window.toKey,
    window.offered,
    window.filtered,
    window.tombstones,
    window.last,
    window.startedAt,
  ];
}

/** One window. */
export async function readWindow(client: Queryable, { link, collection, direction }: ChannelName, ordinal: number): Promise<WindowRow | undefined> {
  return preparedRow<WindowRow>(
    client,
    `SELECT ${WINDOW_COLUMNS} FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal = $4`,
    [link, collection, direction, ordinal],
  );
}

/** The window with the greatest ordinal of a channel. */
export async function readNewestWindow(client: Queryable, { link, collection, direction }: ChannelName): Promise<WindowRow | undefined> {
  return controlRow<WindowRow>(
    client,
    `SELECT ${WINDOW_COLUMNS} FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = $3 ORDER BY ordinal DESC LIMIT 1`,
    [link, collection, direction],
  );
}

/** Windows that this side sent, or meant to, and holds no receipt for: the receiver must be asked before anything new is sent. */
export async function unsettledWindows(client: Queryable, link: LinkName, direction: Direction = 'forward'): Promise<readonly WindowRow[]> {
  return controlRows<WindowRow>(
    client,
    `SELECT ${WINDOW_COLUMNS} FROM tidegate.window WHERE link = $1 AND direction = $2 AND state IN ('prepared', 'sent') ORDER BY collection, ordinal`,
    [link, direction],
  );
}

/**
 * Notes what a window's manifest says, beside its way to the receiver: the receipt is compared with it. A closed window stays
 * as it is, so a run that was overtaken changes nothing.
 */
export async function markSent(
  client: Queryable,
  { link, collection, direction }: ChannelName,
  ordinal: number,
  sent: { readonly digest: string; readonly manifest: string },
): Promise<void> {
  await runPrepared(
    client,
    `UPDATE tidegate.window SET state = 'sent', digest = $5, manifest = $6
      WHERE link = $1 AND collection = $2 AND direction = $3 AND ordinal = $4 AND state IN ('prepared', 'sent')`,
    [link, collection, direction, ordinal, sent.digest, sent.manifest],
  );
}

/** The reverse window of a batch; undefined where it was not applied. */
export async function findWindowOfBatch(client: Queryable, link: LinkName, collection: string, batchId: string): Promise<WindowRow | undefined> {
  return controlRow<WindowRow>(
    client,
    `SELECT ${WINDOW_COLUMNS} FROM tidegate.window WHERE link = $1 AND collection = $2 AND direction = 'reverse' AND state = 'applied' AND batch_id = $3::uuid`,
    [link, collection, batchId],
  );
}
