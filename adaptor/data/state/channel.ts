import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import type { Direction, LinkName } from '../../../exchange/names.ts';
import { controlRows, preparedRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** How far a channel is: `new` (no load yet), `loading`, `loaded` (no delta yet), `open`; `drifted` and `stopped` until their fault is mended. */
export type ChannelState = 'new' | 'loading' | 'loaded' | 'open' | 'drifted' | 'stopped';

/** Names a channel: one direction of one collection on a link. */
export interface ChannelName {
  readonly link: LinkName;
  readonly collection: string;
  readonly direction: Direction;
}

/** A channel's row. */
export interface ChannelRow extends ChannelName {
  /** Last ordinal receipted or void (sender), applied or void (receiver). */
  readonly ordinal: number;
  /** Sender: text of the `pg_snapshot` up to which everything is receipted. */
  readonly cursor: string | null;
  readonly peerCursor: string | null;
  readonly state: ChannelState;
  /** Why it is drifted or stopped: the error's code, and its words for an operator. */
  readonly stateCode: ErrorCode | null;
  readonly stateReason: string | null;
  readonly schemaHash: string | null;
  readonly provenAt: Date | null;
}

const CHANNEL_COLUMNS = `link, collection, direction, ordinal, cursor::text AS cursor, peer_cursor AS "peerCursor", state,
  state_code AS "stateCode", state_reason AS "stateReason", schema_hash AS "schemaHash", proven_at AS "provenAt"`;

/** Makes the rows of both channels of each collection that has none. */
export async function ensureChannels(client: Queryable, link: LinkName, collections: readonly string[]): Promise<void> {
  await client.query(
    `INSERT INTO tidegate.channel (link, collection, direction)
     SELECT $1, c, d FROM unnest($2::text[]) c, unnest('{forward,reverse}'::text[]) d ON CONFLICT DO NOTHING`,
    [link, [...collections]],
  );
}

/** All channels of a link. */
export async function readChannels(client: Queryable, link: LinkName): Promise<readonly ChannelRow[]> {
  return controlRows<ChannelRow>(client, `SELECT ${CHANNEL_COLUMNS} FROM tidegate.channel WHERE link = $1 ORDER BY collection, direction`, [link]);
}

/** One channel. With `lock` its row stays locked to the end of the transaction. Throws `collection-unknown`. */
export async function requireChannel(client: Queryable, { link, collection, direction }: ChannelName, lock: '' | 'FOR UPDATE' = ''): Promise<ChannelRow> {
  const row = await preparedRow<ChannelRow>(
    client,
    `SELECT ${CHANNEL_COLUMNS} FROM tidegate.channel WHERE link = $1 AND collection = $2 AND direction = $3 ${lock}`,
    [link, collection, direction],
  );
  if (row === undefined) throw new TidegateError('collection-unknown', `${link} has no channel for ${collection}.`, { link, collection });
  return row;
}

/** Why something is stopped: an error, or what one would say. No record content. */
export type StopReason = Pick<TidegateError, 'code' | 'message'>;

const STOP = 'UPDATE tidegate.channel SET state = $4, state_code = $5, state_reason = $6 WHERE link = $1 AND collection = $2 AND direction = $3';

/** Stops one channel with the reason that an operator reads; others of the link go on. */
export async function stopChannel(client: Queryable, name: ChannelName, state: 'drifted' | 'stopped', { code, message }: StopReason): Promise<void> {
  await client.query(STOP, [name.link, name.collection, name.direction, state, code, message]);
}

const REOPEN = `
  UPDATE tidegate.channel c SET state_code = NULL, state_reason = NULL, state = CASE
    WHEN direction = 'reverse' THEN 'open'
    WHEN cursor IS NULL THEN 'new'
    WHEN EXISTS (SELECT FROM tidegate.window w JOIN tidegate.link l ON l.name = w.link
                  WHERE w.link = c.link AND w.collection = c.collection AND w.direction = c.direction
                    AND w.kind = 'delta' AND w.state = 'receipted' AND w.generation = l.generation) THEN 'open'
    ELSE 'loaded' END
   WHERE link = $1 AND state IN ('drifted', 'stopped')`;

/** Puts a stopped or drifted channel back to where it was, by its receipted windows of this generation. */
export async function reopenChannel(client: Queryable, { link, collection, direction }: ChannelName): Promise<void> {
  await client.query(`${REOPEN} AND collection = $2 AND direction = $3`, [link, collection, direction]);
}

/** The same for all channels of a link: an operator has looked at their faults. Those that last stop them again. */
export async function reopenChannels(client: Queryable, link: LinkName): Promise<void> {
  await client.query(REOPEN, [link]);
}

/** Notes the hash under which a collection's definition is registered, for both directions. */
export async function setSchemaHash(client: Queryable, link: LinkName, collection: string, schemaHash: string): Promise<void> {
  await client.query('UPDATE tidegate.channel SET schema_hash = $3 WHERE link = $1 AND collection = $2', [link, collection, schemaHash]);
}
