import type { LinkIdentity } from './names.ts';

/**
 * A sealed value as it stands in the cloud: `sealed:1:<key id>:<version>:<wrapped data key>:<nonce, ciphertext, tag>`, the last
 * two in base64url. Each value has a data key of its own (AES-256-GCM), wrapped under the key that is named. docs/sealed.md.
 */
export interface SealedValue {
  /** Id of the wrapping key. */
  readonly keyId: string;
  /** Version of the value in its record and field, from 1. */
  readonly version: number;
  readonly wrappedKey: string;
  readonly box: string;
}

/** How every sealed value begins: what else stands in a sealed column is none. */
export const SEALED_PREFIX = 'sealed:1:';

const SEALED = /^sealed:1:([A-Za-z0-9_-]{1,64}):([1-9]\d{0,14}):([A-Za-z0-9_-]+):([A-Za-z0-9_-]+)$/;

/** Where a sealed value belongs: it opens nowhere else. */
export interface SealedPlace extends LinkIdentity {
  readonly collection: string;
  /** Key of the record on the wire. */
  readonly key: readonly string[];
  readonly field: string;
  readonly version: number;
}

/** The parts of a sealed value; undefined where the text is none. */
export function parseSealed(text: string): SealedValue | undefined {
  const [, keyId, version, wrappedKey, box] = SEALED.exec(text) ?? [];
  if (keyId === undefined || version === undefined || wrappedKey === undefined || box === undefined) return undefined;
  return { keyId, version: Number(version), wrappedKey, box };
}

/** The text of a sealed value. */
export function formatSealed({ keyId, version, wrappedKey, box }: SealedValue): string {
  return `${SEALED_PREFIX}${keyId}:${version}:${wrappedKey}:${box}`;
}

/** What is authenticated with a sealed value, beside it: where it belongs, as canonical text. */
export function sealedContext({ tenant, environment, link, collection, key, field, version }: SealedPlace): string {
  return JSON.stringify(['tidegate-sealed-1', tenant, environment, link, collection, key, field, version]);
}

/** Seals values for one place each, and opens them there. */
export interface ValueCipher {
  /** Id of the key under which values are sealed now. */
  currentKeyId(): Promise<string>;
  /** Seals text under a data key of its own. */
  seal(text: string, place: SealedPlace): Promise<string>;
  /** The text again. Throws `sealed-value-refused` where it was altered or belongs elsewhere, `sealed-key-missing`. */
  open(value: SealedValue, place: Omit<SealedPlace, 'version'>): Promise<string>;
}
