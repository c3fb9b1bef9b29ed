import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { Verified } from '../../adaptor/auth/verify.ts';
import { canonicalJson } from '../../adaptor/data/canonical-json.ts';
import { controlRow } from '../../adaptor/data/control-rows.ts';
import { EMPTY_SNAPSHOT, encodeCursor } from '../../adaptor/data/cursor.ts';
import { readIncarnation } from '../../adaptor/data/incarnation.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { inTransaction } from '../../adaptor/data/pool.ts';
import { acknowledgeOrder } from '../../adaptor/data/state/acknowledge.ts';
import { requireChannel } from '../../adaptor/data/state/channel.ts';
import { type Fence, assertOpen } from '../../adaptor/data/state/epoch.ts';
import type { ReverseMessageClaims, ReverseOrder } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { LinkName } from '../../exchange/names.ts';

const BOUND = `SELECT digest, state FROM tidegate.reverse_message WHERE id = $1::uuid FOR UPDATE`;

// Orders whose time is over, those of messages that the CRM says it is done with, and those that a newer order of the CRM follows while
// nothing of them is under way.
const CLOSE_FINISHED = `
  UPDATE tidegate.reverse_message_collection o SET state = 'spent'
    FROM tidegate.reverse_message m
   WHERE m.id = o.message_id AND o.link = $1 AND o.state = 'open' AND m.id <> $2::uuid AND o.collection = ANY ($4)
     AND (m.expires_at < now() - interval '1 minute' OR m.id = ANY ($5::uuid[])
          OR (m.issued_at <= to_timestamp($3) AND NOT EXISTS (
                SELECT FROM tidegate.window w
                 WHERE w.link = o.link AND w.collection = o.collection AND w.direction = 'reverse'
                   AND w.message_id = m.id AND w.state IN ('prepared', 'sent'))))`;

const CLOSE_MESSAGES = `
  UPDATE tidegate.reverse_message m
     SET state = CASE WHEN expires_at < now() THEN 'expired' ELSE 'spent' END, finished_at = now()
   WHERE link = $1 AND state = 'open' AND id <> $2::uuid
     AND NOT EXISTS (SELECT FROM tidegate.reverse_message_collection o WHERE o.message_id = m.id AND o.state = 'open')`;

const BIND = `
  INSERT INTO tidegate.reverse_message (id, link, jws, digest, cause, state, issued_at, expires_at)
  VALUES ($1::uuid, $2, $3, $4, $5, 'open', to_timestamp($6), to_timestamp($7))
  ON CONFLICT (id) DO NOTHING`;

const BIND_ORDERS = `
  INSERT INTO tidegate.reverse_message_collection (message_id, link, collection, fields, operations, after_ordinal, max_rows, max_windows, delete_budget)
  SELECT $1::uuid, $2, o.collection, o.fields, o.operations, o."afterOrdinal", o."maxRows", o."maxWindows", o."deleteBudget"
    FROM jsonb_to_recordset($3::jsonb) AS o (collection text, fields text[], operations text[], "afterOrdinal" int8, "maxRows" int4, "maxWindows" int4, "deleteBudget" int4)
  ON CONFLICT (link, collection) WHERE state = 'open' DO NOTHING`;

const ORDER_STATE = `SELECT state FROM tidegate.reverse_message_collection WHERE message_id = $1::uuid AND collection = $2`;

const RECEIPTED = `
  SELECT max(ordinal) AS ordinal FROM tidegate.window
   WHERE message_id = $1::uuid AND link = $2 AND collection = $3 AND direction = 'reverse' AND state = 'receipted'`;

/** Digest by which a message is known again: over its claims, never over its text. */
export function messageDigest(claims: ReverseMessageClaims): string {
  return createHash('sha256').update(canonicalJson(claims)).digest('base64url');
}

/**
 * Binds a verified reverse message to this cloud, once, and gives its order of the plan's collection as it stands now: after
 * the windows under it that are receipted. An unspent message may come again: a lost answer must not lose the order.
 * Throws `replayed` (spent), `replayed-different` (same id, other content), `message-open` (an earlier order is under way),
 * `scope-denied` (it does not order the collection), `link-stopped`, `epoch-stale` (another generation), `cursor-invalid`.
 */
export async function bindMessage(pool: Pool, fence: Fence, plan: CollectionPlan, message: Verified<'reverseMessage'>): Promise<ReverseOrder> {
  const { claims } = message;
  const collection = plan.definition.name;
  const order = claims.orders.find((candidate) => candidate.collection === collection);
  if (order === undefined) throw new TidegateError('scope-denied', 'The message does not order this collection.', { collection, id: claims.jti });
  const bound = await inTransaction(pool, async (client) => {
    await assertOpen(client, fence);
    return isBound(client, message, collection);
  });
  // What the order says of windows before it, first: an order that waited for a lost receipt closes then.
  if (!bound) {
    await acknowledgeOrder(pool, fence, plan, order);
    await inTransaction(pool, (client) => bind(client, plan.linkName, message, collection));
  }
  return goingOn(pool, plan, claims.jti, order);
}

/** Whether the message was bound before. */
async function isBound(client: PoolClient, { claims }: Verified<'reverseMessage'>, collection: string): Promise<boolean> {
  const known = await controlRow<{ digest: string; state: string }>(client, BOUND, [claims.jti]);
  if (known === undefined) return false;
  if (known.digest !== messageDigest(claims)) throw new TidegateError('replayed-different', undefined, { id: claims.jti });
  const order = await controlRow<{ state: string }>(client, ORDER_STATE, [claims.jti, collection]);
  if (known.state !== 'open' || order?.state !== 'open') throw new TidegateError('replayed', 'The message is spent.', { id: claims.jti, collection });
  return true;
}

async function bind(client: PoolClient, link: LinkName, message: Verified<'reverseMessage'>, collection: string): Promise<void> {
  const { claims, jws } = message;
  await client.query(CLOSE_FINISHED, [link, claims.jti, claims.iat, claims.orders.map((ordered) => ordered.collection), claims.spent ?? []]);
  await client.query(CLOSE_MESSAGES, [link, claims.jti]);
  const { rowCount: bound } = await client.query(BIND, [claims.jti, link, jws, messageDigest(claims), claims.cause, claims.iat, claims.exp]);
  if (bound === 0) {
    // Somebody else bound it just now.
    await isBound(client, message, collection);
    return;
  }
  const { rowCount: orders } = await client.query(BIND_ORDERS, [claims.jti, link, JSON.stringify(claims.orders)]);
  if (orders !== claims.orders.length) throw new TidegateError('message-open', undefined, { link });
}

/** The order after the windows under this message that the CRM has receipted: they are the last of the channel. */
async function goingOn(pool: Pool, { linkName, definition }: CollectionPlan, messageId: string, order: ReverseOrder): Promise<ReverseOrder> {
  const receipted = await controlRow<{ ordinal: number | null }>(pool, RECEIPTED, [messageId, linkName, definition.name]);
  if (receipted?.ordinal == null || receipted.ordinal <= order.afterOrdinal) return order;
  const channel = await requireChannel(pool, { link: linkName, collection: definition.name, direction: 'reverse' });
  const cursor = encodeCursor({ incarnation: await readIncarnation(pool), snapshot: channel.cursor ?? EMPTY_SNAPSHOT });
  return { ...order, afterOrdinal: receipted.ordinal, cursor };
}

const SPEND = `UPDATE tidegate.reverse_message_collection SET state = 'spent' WHERE message_id = $1::uuid AND collection = $2`;

const SPEND_MESSAGE = `
  UPDATE tidegate.reverse_message SET state = 'spent', finished_at = now()
   WHERE id = $1::uuid AND state = 'open'
     AND NOT EXISTS (SELECT FROM tidegate.reverse_message_collection WHERE message_id = $1::uuid AND state = 'open')`;

/** Spends a message's order of a collection: its last window is receipted. The message is spent with its last order. */
export async function spendOrder(client: PoolClient, messageId: string, collection: string): Promise<void> {
  await client.query(SPEND, [messageId, collection]);
  await client.query(SPEND_MESSAGE, [messageId]);
}
