import { readCompactJws } from '../../adaptor/auth/compact-jws.ts';
import type { KeyRegistry, TrustedKey } from '../../adaptor/auth/key-registry.ts';

/** What was read of a key is believed for so long within a request: a body can take minutes, and a revocation holds within a second. */
const MAX_AGE_MS = 500;

/** The registry as one request sees it: what signs its token, proof and manifest is looked up once, and early. */
export interface RequestKeys extends KeyRegistry {
  /** Looks up the keys that signed objects name, all with one query; what is none of them is passed over. */
  lookAhead(signed: readonly (string | undefined)[]): void;
}

/** The registry for one request. */
export function requestKeys(registry: KeyRegistry, clock: () => number = () => performance.now()): RequestKeys {
  const asked = new Map<string, { readonly key: Promise<TrustedKey | undefined>; readonly atMs: number }>();
  const findKey = (kid: string): Promise<TrustedKey | undefined> => {
    const nowMs = clock();
    const known = asked.get(kid);
    if (known !== undefined && nowMs - known.atMs < MAX_AGE_MS) return known.key;
    const key = registry.findKey(kid);
    // Whoever needs it is told.
    key.catch(() => undefined);
    asked.set(kid, { key, atMs: nowMs });
    return key;
  };
  return { findKey, lookAhead: (signed) => void signed.flatMap(kidOf).map(findKey) };
}

function kidOf(jws: string | undefined): readonly string[] {
  try {
    return jws === undefined ? [] : [readCompactJws(jws).header.kid];
  } catch {
    return [];
  }
}
