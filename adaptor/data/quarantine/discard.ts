import { TidegateError } from '../../../exchange/errors.ts';
import type { Direction } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** Where a record set aside waits, and how the CRM's own table calls it. */
export interface WaitingPlace {
  readonly direction: Direction;
  readonly collection: string;
  /** Key in the CRM's table. */
  readonly localKey: readonly string[];
}

const PLACE = `
  SELECT q.state, q.direction, q.collection, coalesce(r.local_key, q.key) AS "localKey"
    FROM tidegate.quarantine q
    LEFT JOIN tidegate.record_link r ON r.link = q.link AND r.collection = q.collection AND r.wire_key = q.key
   WHERE q.id = $1 AND q.link = $2`;

/** Where a record waits. Throws `record-not-found`, `already-decided`. */
export async function readWaitingPlace(client: Queryable, link: string, id: number): Promise<WaitingPlace> {
  const row = await controlRow<WaitingPlace & { state: string }>(client, PLACE, [id, link]);
  if (row === undefined) throw new TidegateError('record-not-found', 'Nothing was set aside under this number.', { quarantine: id });
  const { state, ...place } = row;
  if (state !== 'waiting') throw new TidegateError('already-decided', `It is ${state}.`, { quarantine: id, state });
  return place;
}

/** Who gives up which record, and why. */
export interface DiscardOrder {
  readonly link: string;
  readonly id: number;
  readonly by: string;
  readonly reason: string;
}

const DISCARD = `
  UPDATE tidegate.quarantine SET state = 'discarded', resolved_at = now(), resolved_by = $3, resolved_reason = $4
   WHERE id = $1 AND link = $2 AND state = 'waiting' RETURNING id`;

// The CRM has the record, unless its creation was set aside as well and never came in.
const RESENDABLE = `
  SELECT NOT EXISTS (SELECT FROM tidegate.quarantine o
                      WHERE o.link = q.link AND o.collection = q.collection AND o.direction = 'reverse' AND o.key = q.key AND o.op = 'I')
      OR EXISTS (SELECT FROM tidegate.ledger_entry e WHERE e.link = q.link AND e.collection = q.collection AND e.key = q.key AND e.op = 'I') AS resendable
    FROM tidegate.quarantine q WHERE q.id = $1`;

/**
 * Gives a record up that waits, and says who did and why. Gives the record that the CRM sends again, so that the cloud's copy is
 * put right; undefined where the CRM never had it (the cloud's record stays as it is, and out of the CRM until it changes there),
 * or where it waits at the cloud (there it stays out until it changes in the CRM). Throws `record-not-found`, `already-decided`.
 */
export async function discardSetAside(
  client: Queryable,
  { link, id, by, reason }: DiscardOrder,
): Promise<{ readonly collection: string; readonly key: readonly string[] } | undefined> {
  const { direction, collection, localKey } = await readWaitingPlace(client, link, id);
  const discarded = await controlRow(client, DISCARD, [id, link, by, reason]);
  if (discarded === undefined) throw new TidegateError('already-decided', undefined, { quarantine: id });
  const row = await controlRow<{ resendable: boolean }>(client, RESENDABLE, [id]);
  return direction === 'reverse' && row?.resendable === true ? { collection, key: localKey } : undefined;
}
