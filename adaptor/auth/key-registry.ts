import { importJWK } from 'jose';
import type { Pool } from 'pg';
import { batchedLookup } from './batched-lookup.ts';
import { KID_PATTERN } from './compact-jws.ts';
import { runStatement } from './database.ts';
import { keyId, publicJwkSchema } from './signing-key.ts';

/** A public key registered in advance. */
export interface TrustedKey {
  readonly kid: string;
  /** The only party whose signatures it proves. */
  readonly party: string;
  readonly publicKey: CryptoKey;
  readonly state: 'active' | 'revoked';
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Where verifiers find keys: nothing else is ever believed. */
export interface KeyRegistry {
  /** The key with this id, in whatever state; undefined if none is registered. */
  findKey(kid: string): Promise<TrustedKey | undefined>;
}

const FIND_KEYS = `
  select kid, party, jwk::text as jwk, state,
         (extract(epoch from not_before) * 1000)::text as not_before_ms,
         (extract(epoch from not_after) * 1000)::text as not_after_ms
    from tidegate.trusted_key
   where kid = any ($1::text[])`;

/** Greatest number of different key ids that wait for one look-up. */
const MAX_WAITING = 256;

/**
 * The registry in `tidegate.trusted_key`. Every call reads the state anew (a revocation holds from the next request on);
 * look-ups are bounded: ids of another form never reach the database, the others share one query at a time.
 */
export function postgresKeyRegistry(pool: Pool): KeyRegistry {
  const find = batchedLookup({ maxWaiting: MAX_WAITING, query: (kids) => readKeys(pool, kids) });
  return { findKey: async (kid) => (KID_PATTERN.test(kid) ? find(kid) : undefined) };
}

/** Public keys by their text: what a text means never changes, so only what the store says of a key is read anew. */
const imported = new Map<string, { readonly kid: string; readonly publicKey: CryptoKey } | undefined>();
const MAX_IMPORTED = 1000;

async function importKey(text: string): Promise<{ readonly kid: string; readonly publicKey: CryptoKey } | undefined> {
  if (imported.has(text)) return imported.get(text);
  const jwk = publicJwkSchema.safeParse(JSON.parse(text));
  const key = jwk.success ? { kid: await keyId(jwk.data), publicKey: (await importJWK(jwk.data, 'EdDSA')) as CryptoKey } : undefined;
  if (imported.size >= MAX_IMPORTED) imported.clear();
  imported.set(text, key);
  return key;
}

async function readKeys(pool: Pool, kids: readonly string[]): Promise<ReadonlyMap<string, TrustedKey>> {
  const { rows } = await runStatement(pool, 'tidegate-find-keys', FIND_KEYS, [kids]);
  const found = new Map<string, TrustedKey>();
  for (const row of rows) {
    const key = await importKey(row['jwk'] ?? 'null');
    // A row whose key does not belong to its id is no registration.
    if (key === undefined || key.kid !== row['kid']) continue;
    found.set(key.kid, {
      kid: key.kid,
      party: row['party'] ?? '',
      publicKey: key.publicKey,
      state: row['state'] === 'active' ? 'active' : 'revoked',
      notBeforeMs: Number(row['not_before_ms']),
      notAfterMs: Number(row['not_after_ms']),
    });
  }
  return found;
}
