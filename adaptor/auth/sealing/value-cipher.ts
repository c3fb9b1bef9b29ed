import { randomBytes } from 'node:crypto';
import { TidegateError } from '../../../exchange/errors.ts';
import { type ValueCipher, formatSealed, sealedContext } from '../../../exchange/sealed.ts';
import { decrypt, encrypt } from './aes-gcm.ts';
import type { KeyWrapper } from './key-wrapper.ts';

/**
 * Values sealed with AES-256-GCM. Each has a data key of its own, used once, so that no nonce can ever repeat under a key, a
 * value can be sealed again without its neighbours, and a data key that leaks opens one version of one value.
 */
export function valueCipher(keys: KeyWrapper): ValueCipher {
  return {
    currentKeyId: () => keys.currentKeyId(),
    seal: async (text, place) => {
      const context = sealedContext(place);
      const dataKey = randomBytes(32);
      const { keyId, wrapped } = await keys.wrap(dataKey, context);
      return formatSealed({
        keyId,
        version: place.version,
        wrappedKey: Buffer.from(wrapped).toString('base64url'),
        box: encrypt(dataKey, Buffer.from(text), context).toString('base64url'),
      });
    },
    open: async ({ keyId, version, wrappedKey, box }, place) => {
      const context = sealedContext({ ...place, version });
      try {
        const dataKey = await keys.unwrap({ keyId, wrapped: strictBase64url(wrappedKey) }, context);
        return decrypt(dataKey, strictBase64url(box), context).toString();
      } catch (error) {
        if (error instanceof TidegateError) throw error;
        throw new TidegateError('sealed-value-refused', 'It was altered, or belongs to another record or field.');
      }
    },
  };
}

/** One text for each value: base64url with stray bits in its last character is another text of the same bytes. */
function strictBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw new Error('not canonical');
  return bytes;
}
