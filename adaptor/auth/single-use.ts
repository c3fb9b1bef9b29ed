import { TidegateError } from '../../exchange/errors.ts';
import type { Database } from './database.ts';
import { runStatement } from './database.ts';

/** An id that may be used once. */
export interface SingleUse {
  /** Party that made the id: ids of two issuers never meet. */
  readonly issuer: string;
  /** `jti`, a UUID. */
  readonly id: string;
  /** What it is used for, e.g. the kind of the signed object. */
  readonly purpose: string;
  /** Digest of what the id stood for, to tell a replay from a forgery. */
  readonly digest?: string;
  /** End of validity, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const USE = `
  insert into tidegate.used_id (issuer, id, purpose, digest, expires_at)
  values ($1, $2::uuid, $3, $4, to_timestamp($5::float8 / 1000))
  on conflict (issuer, id) do nothing
  returning id::text`;

const SAME_USE = `
  select (purpose = $3 and digest is not distinct from $4)::text as same
    from tidegate.used_id
   where issuer = $1 and id = $2::uuid`;

// By both clocks, and long after: a clock that ran ahead for a while must not open the door to replays.
const PRUNE = `delete from tidegate.used_id where expires_at < least(now(), to_timestamp($1::float8 / 1000)) - interval '3 hours'`;

/**
 * Uses an id up. Throws `replayed` if it was used before, `replayed-different` if then for another purpose or content.
 * In the caller's transaction where a client is given: if that rolls back, the id is not used up.
 */
export async function useOnce(database: Database, { issuer, id, purpose, digest, expiresAtMs }: SingleUse): Promise<void> {
  const what = [issuer, id, purpose, digest ?? null];
  const { rows } = await runStatement(database, 'tidegate-use-once', USE, [...what, expiresAtMs]);
  if (rows.length > 0) return;
  // A statement of its own: the first one's snapshot may be older than the commit that it waited for.
  const before = await runStatement(database, 'tidegate-used-before', SAME_USE, what);
  throw new TidegateError(before.rows[0]?.['same'] === 'false' ? 'replayed-different' : 'replayed', undefined, { issuer, id, purpose });
}

/** Forgets ids that expired more than three hours ago; gives their number. */
export async function pruneUsedIds(database: Database, nowMs: number = Date.now()): Promise<number> {
  return (await runStatement(database, 'tidegate-prune-used-ids', PRUNE, [nowMs])).rowCount ?? 0;
}
