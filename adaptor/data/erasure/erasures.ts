import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';

/** A record whose values are to be destroyed everywhere, by its key in the CRM's table. */
export interface NewErasure {
  readonly link: string;
  readonly collection: string;
  readonly key: readonly string[];
  readonly requestedBy: string;
  readonly reason: string;
}

/** What was destroyed at one side: numbers by kind. */
export type Destroyed = Readonly<Record<string, number>>;

/** An erasure as its row says. */
export interface Erasure extends NewErasure {
  readonly id: number;
  /** Null until it is known, and where the record has none. */
  readonly wireKey: readonly string[] | null;
  readonly state: 'asked' | 'done' | 'refused';
  readonly errorCode: string | null;
  readonly crmDestroyed: Destroyed | null;
  readonly cloudDestroyed: Destroyed | null;
  readonly runId: string | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

const COLUMNS = `id, link, collection, key, wire_key AS "wireKey", requested_by AS "requestedBy", reason, state, error_code AS "errorCode",
  crm_destroyed AS "crmDestroyed", cloud_destroyed AS "cloudDestroyed", run_id AS "runId", created_at AS "createdAt", finished_at AS "finishedAt"`;

/** Writes an erasure down. Gives its number: workflows carry nothing else of it. */
export async function writeErasure(client: Queryable, { link, collection, key, requestedBy, reason }: NewErasure): Promise<number> {
  const row = await controlRow<{ id: number }>(
    client,
    'INSERT INTO tidegate.erasure (link, collection, key, requested_by, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [link, collection, key, requestedBy, reason],
  );
  return row?.id ?? 0;
}

/** One erasure of a link. Throws `record-not-found`. */
export async function requireErasure(client: Queryable, link: string, id: number): Promise<Erasure> {
  const row = await controlRow<Erasure>(client, `SELECT ${COLUMNS} FROM tidegate.erasure WHERE id = $1 AND link = $2`, [id, link]);
  if (row === undefined) throw new TidegateError('record-not-found', 'There is no erasure of this number.', { erasure: id });
  return row;
}

/** Erasures of links, newest first. */
export async function listErasures(client: Queryable, links: readonly string[], limit = 100): Promise<readonly Erasure[]> {
  return controlRows<Erasure>(client, `SELECT ${COLUMNS} FROM tidegate.erasure WHERE link = ANY ($1) ORDER BY id DESC LIMIT $2`, [links, limit]);
}

/** How an erasure ends. */
export interface ErasureEnd {
  readonly state: 'done' | 'refused';
  readonly errorCode: string | null;
  readonly runId: string;
}

/** Ends an erasure; one that has ended stays as it is. Whether it was this call that ended it. */
export async function finishErasure(client: Queryable, id: number, { state, errorCode, runId }: ErasureEnd): Promise<boolean> {
  const row = await controlRow(
    client,
    `UPDATE tidegate.erasure SET state = $2, error_code = $3, run_id = $4, finished_at = now() WHERE id = $1 AND state = 'asked' RETURNING id`,
    [id, state, errorCode, runId],
  );
  return row !== undefined;
}
