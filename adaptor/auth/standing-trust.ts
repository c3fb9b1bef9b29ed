import type { Pool } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';
import { batchedLookup } from './batched-lookup.ts';
import { runStatement } from './database.ts';
import { counterpart } from './party.ts';

/** What was found out is believed for so long: a revocation holds within a second (rule 15). */
const MAX_AGE_MS = 500;
/** From here on it is looked up again beside what is done meanwhile, so that hardly anybody waits. */
const REFRESH_MS = 250;
const MAX_WAITING = 256;

const KEYS_OF_PARTIES = `
  select party, kid, (state = 'active')::text as active, (not_before <= now() + interval '30 seconds' and now() < not_after)::text as in_time
    from tidegate.trusted_key where party = any ($1::text[])`;

interface PartyKey {
  readonly kid: string;
  readonly active: boolean;
  readonly inTime: boolean;
}

/** Whether both sides of a link are still believed at this store. */
export interface StandingTrust {
  /**
   * Checks before anything moves that this side's own signing key is registered here, active and in its time, and that the
   * other side has a key that is. Throws `key-unknown`: whoever revokes at one store silences both directions.
   */
  assertTrusted(own: { readonly kid: string; readonly party: string }): Promise<void>;
}

/** Standing trust by `tidegate.trusted_key`; looked up again after half a second. */
export function postgresStandingTrust(pool: Pool, nowMs: () => number = () => performance.now()): StandingTrust {
  const find = batchedLookup<readonly PartyKey[]>({ maxWaiting: MAX_WAITING, query: (parties) => readKeys(pool, parties) });
  const seen = new Map<string, { readonly keys: readonly PartyKey[]; readonly atMs: number }>();
  const looking = new Set<string>();
  const look = async (party: string): Promise<readonly PartyKey[]> => {
    const atMs = nowMs();
    looking.add(party);
    try {
      const keys = (await find(party)) ?? [];
      if ((seen.get(party)?.atMs ?? -Infinity) <= atMs) seen.set(party, { keys, atMs });
      return keys;
    } finally {
      looking.delete(party);
    }
  };
  const keysOf = async (party: string): Promise<readonly PartyKey[]> => {
    const known = seen.get(party);
    const ageMs = known === undefined ? Infinity : nowMs() - known.atMs;
    if (known === undefined || ageMs >= MAX_AGE_MS) return look(party);
    // Who finds it too old is told what went wrong.
    if (ageMs >= REFRESH_MS && !looking.has(party)) look(party).catch(() => undefined);
    return known.keys;
  };
  return {
    assertTrusted: async ({ kid, party }) => {
      const [own, others] = await Promise.all([keysOf(party), keysOf(counterpart(party))]);
      const key = own.find((one) => one.kid === kid);
      if (key === undefined) throw new TidegateError('key-unknown', 'The own signing key is not registered at this side.', { kid, party });
      if (!key.active) throw new TidegateError('key-unknown', 'The own signing key was revoked at this side.', { kid, party });
      if (!key.inTime) throw new TidegateError('key-unknown', 'The own signing key is outside its time of validity.', { kid, party });
      if (!others.some(({ active, inTime }) => active && inTime))
        throw new TidegateError('key-unknown', 'No key of the other side is valid at this side.', { party: counterpart(party) });
    },
  };
}

async function readKeys(pool: Pool, parties: readonly string[]): Promise<ReadonlyMap<string, readonly PartyKey[]>> {
  const { rows } = await runStatement(pool, 'tidegate-keys-of-parties', KEYS_OF_PARTIES, [parties]);
  const keys = rows.map((row) => ({ party: row['party'] ?? '', kid: row['kid'] ?? '', active: row['active'] === 'true', inTime: row['in_time'] === 'true' }));
  return Map.groupBy(keys, ({ party }) => party);
}
