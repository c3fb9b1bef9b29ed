import { randomBytes } from 'node:crypto';
import { decrypt, encrypt } from '../../adaptor/auth/sealing/aes-gcm.ts';
import type { KeyWrapper } from '../../adaptor/auth/sealing/key-wrapper.ts';
import { TidegateError } from '../../exchange/errors.ts';

/** A key management service in memory, as another kind of wrapper than the file. */
export interface MemoryKeys extends KeyWrapper {
  /** Makes another key current; gives its id. */
  rotate(): string;
  forget(keyId: string): void;
  /** How often it was asked to unwrap. */
  unwrapped(): number;
}

/** Makes one with one key. */
export function memoryKeys(): MemoryKeys {
  const keys = new Map<string, Buffer>();
  let current = '';
  let unwrapped = 0;
  const keyOf = (id: string): Buffer => {
    const key = keys.get(id);
    if (key === undefined) throw new TidegateError('sealed-key-missing', undefined, { keyId: id });
    return key;
  };
  const rotate = (): string => {
    current = `kms-${keys.size + 1}`;
    keys.set(current, randomBytes(32));
    return current;
  };
  rotate();
  return {
    rotate,
    forget: (id) => void keys.delete(id),
    unwrapped: () => unwrapped,
    currentKeyId: () => Promise.resolve(current),
    wrap: async (dataKey, context) => ({ keyId: current, wrapped: encrypt(keyOf(current), dataKey, context) }),
    unwrap: async ({ keyId, wrapped }, context) => {
      unwrapped++;
      return decrypt(keyOf(keyId), wrapped, context);
    },
  };
}
