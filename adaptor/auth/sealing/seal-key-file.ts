import { TidegateError } from '../../../exchange/errors.ts';
import { type KeyPurpose, type KeyStanding, addKey, ensureKeys, listKeys, liveKeys, removeKey } from '../key-set-file.ts';
import { decrypt, encrypt } from './aes-gcm.ts';
import type { KeyWrapper } from './key-wrapper.ts';

const PURPOSE: KeyPurpose = { prefix: 'seal', holds: 'keys for sealed fields' };

/** A wrapping key, without the key. */
export type SealKeyId = Pick<KeyStanding, 'keyId' | 'createdAt' | 'current'>;

/** The keys of a file by their ids. Throws `configuration-invalid`, without any part of a key in its text. */
export async function listSealKeys(file: string): Promise<readonly SealKeyId[]> {
  return (await listKeys(file, PURPOSE)).map(({ keyId, createdAt, current }) => ({ keyId, createdAt, current }));
}

/** Makes the file (0600) with one key where it is missing. */
export const ensureSealKeys = (file: string): Promise<void> => ensureKeys(file, PURPOSE);

/** Adds a key that is current from now on, and gives its id. Workers take it up with their next window. */
export const addSealKey = (file: string): Promise<string> => addKey(file, PURPOSE, { current: true });

/** Takes a key out of the file: what is sealed under it can be opened no more. Throws `bad-request` for the current or an unknown one. */
export const removeSealKey = (file: string, keyId: string): Promise<void> => removeKey(file, PURPOSE, keyId);

/** Wraps data keys under the keys of a file, which is read again when it has changed. */
export function fileKeyWrapper(file: string): KeyWrapper {
  const keysNow = liveKeys(file, PURPOSE);
  let known: Awaited<ReturnType<typeof keysNow>> | undefined;
  return {
    currentKeyId: async () => (known = await keysNow()).current,
    wrap: async (dataKey, context) => {
      const { current, keys } = (known ??= await keysNow());
      return { keyId: current, wrapped: encrypt(keys.get(current) ?? missing(current), dataKey, wrapContext(current, context)) };
    },
    unwrap: async ({ keyId, wrapped }, context) => {
      const key = known?.keys.get(keyId) ?? (known = await keysNow()).keys.get(keyId) ?? missing(keyId);
      return decrypt(key, wrapped, wrapContext(keyId, context));
    },
  };
}

/** A wrapped key says under which key it is: its id cannot be changed for another one's. */
const wrapContext = (keyId: string, context: string): string => `${keyId}\n${context}`;

function missing(keyId: string): never {
  throw new TidegateError('sealed-key-missing', undefined, { keyId });
}
