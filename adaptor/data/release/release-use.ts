import { DatabaseError, type PoolClient } from 'pg';
import { TidegateError, isErrorCode } from '../../../exchange/errors.ts';
import type { ReleaseOutcome } from '../../../exchange/release.ts';
import { controlRow } from '../control-rows.ts';

/** What an attempt before has done; undefined where there was none that committed. */
export async function outcomeOf(client: PoolClient, id: string): Promise<ReleaseOutcome | undefined> {
  return (await controlRow<{ outcome: ReleaseOutcome }>(client, 'select outcome from tidegate.release_use where release_id = $1::uuid', [id]))?.outcome;
}

/** Spends the release in this transaction: what the guard asks for, and what nobody can do twice. Throws `release-not-accepted`. */
export async function spendRelease(client: PoolClient, id: string): Promise<void> {
  try {
    await client.query('insert into tidegate.release_use (release_id) values ($1::uuid)', [id]);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === '23505') throw new TidegateError('release-not-accepted', 'It was used before.', { release: id });
    throw error;
  }
}

/** Notes what a release did, in the transaction that spent it. */
export async function noteOutcome(client: PoolClient, id: string, outcome: ReleaseOutcome): Promise<void> {
  await client.query('update tidegate.release_use set outcome = $2 where release_id = $1::uuid', [id, outcome]);
}

/** Why a record cannot be taken, in the words of the catalogue. */
export function stillRefused(code: string, field: string | null, detail: string | null): TidegateError {
  const known = isErrorCode(code) ? code : 'constraint-violated';
  return new TidegateError(known, detail ?? undefined, field === null ? {} : { field });
}
