import { importJWK } from 'jose';
import type { KeyRegistry, TrustedKey } from '../../adaptor/auth/key-registry.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';

/** A registry that knows these keys for all time, for tests of what verifies; it counts the look-ups. */
export async function trust(...keys: readonly (SigningKey | TrustedKey)[]): Promise<KeyRegistry & { lookups: string[] }> {
  const trusted = await Promise.all(keys.map((key) => ('publicKey' in key ? key : trustedKey(key))));
  const lookups: string[] = [];
  return {
    lookups,
    findKey: async (kid) => {
      lookups.push(kid);
      return trusted.find((key) => key.kid === kid);
    },
  };
}

/** The registered half of a signing key; valid for all time where nothing else is said. */
export async function trustedKey({ kid, party, publicJwk }: SigningKey, changed: Partial<TrustedKey> = {}): Promise<TrustedKey> {
  const publicKey = (await importJWK(publicJwk, 'EdDSA')) as CryptoKey;
  return { kid, party, publicKey, state: 'active', notBeforeMs: 0, notAfterMs: Number.MAX_SAFE_INTEGER, ...changed };
}
