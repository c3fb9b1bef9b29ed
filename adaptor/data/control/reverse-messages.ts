import { TidegateError } from '../../../exchange/errors.ts';
import type { ReverseMessageClaims, ReverseOrder } from '../../../exchange/claims.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A signed message as the CRM keeps it. */
export interface StoredMessage {
  readonly id: string;
  readonly link: string;
  readonly jws: string;
  /** SHA-256 of the JWS's payload, base64url. */
  readonly digest: string;
  readonly state: 'signed' | 'open' | 'spent' | 'expired' | 'refused';
}

const READ = `SELECT id, link, jws, digest, state FROM tidegate.reverse_message WHERE id = $1::uuid`;

/** The message with this id; undefined where none was signed. */
export async function readMessage(client: Queryable, id: string): Promise<StoredMessage | undefined> {
  return controlRow<StoredMessage>(client, READ, [id]);
}

const STORE = `
  INSERT INTO tidegate.reverse_message (id, link, jws, digest, cause, issued_at, expires_at)
  VALUES ($1::uuid, $2, $3, $4, $5, to_timestamp($6::float8), to_timestamp($7::float8))`;

const STORE_ORDERS = `
  INSERT INTO tidegate.reverse_message_collection (message_id, link, collection, fields, operations, after_ordinal, max_rows, max_windows, delete_budget)
  SELECT $1::uuid, $2, o.collection, o.fields, o.operations, o."afterOrdinal", o."maxRows", o."maxWindows", o."deleteBudget"
    FROM jsonb_to_recordset($3::jsonb) AS o (collection text, fields text[], operations text[], "afterOrdinal" bigint, "maxRows" int, "maxWindows" int, "deleteBudget" int)
  ON CONFLICT DO NOTHING`;

/**
 * Keeps a message that was just signed, and opens its collections. Run it inside a transaction.
 * Throws `message-open` where another message holds one of the collections (rule 3).
 */
export async function storeMessage(client: Queryable, link: string, claims: ReverseMessageClaims, jws: string, digest: string): Promise<void> {
  await client.query(STORE, [claims.jti, link, jws, digest, claims.cause, claims.iat, claims.exp]);
  const { rowCount } = await client.query(STORE_ORDERS, [claims.jti, link, JSON.stringify(claims.orders)]);
  if (rowCount !== claims.orders.length) throw new TidegateError('message-open', undefined, { link });
}

const EXPIRE = `
  WITH ended AS (
    UPDATE tidegate.reverse_message SET state = 'expired', finished_at = now()
     WHERE link = $1 AND state IN ('signed', 'open') AND expires_at < now() RETURNING id)
  UPDATE tidegate.reverse_message_collection c SET state = 'spent' FROM ended e WHERE c.message_id = e.id`;

/** Closes messages of a link whose time is over, so that others can be signed. */
export async function expireMessages(client: Queryable, link: string): Promise<void> {
  await client.query(EXPIRE, [link]);
}

const MAX_SPENT = 1000;

/**
 * Ids of a link's messages that this side is done with, while their time lasts at the other side: windows under them that have no
 * receipt are given up. What waits for approval was set down here, and its collection is not ordered meanwhile.
 */
export async function spentMessages(client: Queryable, link: string): Promise<readonly string[]> {
  const rows = await controlRows<{ id: string }>(
    client,
    `SELECT id FROM tidegate.reverse_message WHERE link = $1 AND state IN ('spent', 'expired', 'refused') AND expires_at > now() - interval '5 minutes'
      ORDER BY issued_at DESC LIMIT ${MAX_SPENT}`,
    [link],
  );
  return rows.map(({ id }) => id);
}

/** Marks a message as delivered to its run. */
export async function markDelivered(client: Queryable, id: string): Promise<void> {
  await client.query(`UPDATE tidegate.reverse_message SET state = 'open' WHERE id = $1::uuid AND state = 'signed'`, [id]);
}

/** Ends a message for good: nothing can be written under it any more. Run it inside a transaction. */
export async function finishMessage(client: Queryable, id: string, state: 'spent' | 'expired' | 'refused'): Promise<void> {
  await client.query(`UPDATE tidegate.reverse_message SET state = $2, finished_at = now() WHERE id = $1::uuid AND state IN ('signed', 'open')`, [id, state]);
  await client.query(`UPDATE tidegate.reverse_message_collection SET state = 'spent' WHERE message_id = $1::uuid AND state = 'open'`, [id]);
  await client.query(`UPDATE tidegate.accepted_message SET spent_at = now() WHERE message_id = $1::uuid AND spent_at IS NULL`, [id]);
}

/** What the guard reads of an order. */
function guardOrders(orders: readonly ReverseOrder[]): string {
  return JSON.stringify(orders.map(({ collection, fields, operations }) => ({ collection, fields, operations })));
}

const ACCEPT = `
  INSERT INTO tidegate.accepted_message (message_id, link, digest, orders, expires_at)
  VALUES ($1::uuid, $2, $3, $4::jsonb, to_timestamp($5::float8)) ON CONFLICT (message_id) DO NOTHING`;

/**
 * Records that a message was verified; only the verifier's role may. A repetition changes nothing.
 * Throws `replayed-different` where the id was accepted with another content.
 */
export async function acceptMessage(client: Queryable, link: string, claims: ReverseMessageClaims, digest: string): Promise<void> {
  await client.query(ACCEPT, [claims.jti, link, digest, guardOrders(claims.orders), claims.exp]);
  const row = await controlRow<{ digest: string }>(client, 'SELECT digest FROM tidegate.accepted_message WHERE message_id = $1::uuid', [claims.jti]);
  if (row?.digest !== digest) throw new TidegateError('replayed-different', undefined, { id: claims.jti });
}
