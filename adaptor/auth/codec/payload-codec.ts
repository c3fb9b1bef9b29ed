import type { Payload, PayloadCodec } from '@temporalio/common';
import { TidegateError } from '../../../exchange/errors.ts';
import { KEY_ID, type OpenKeys } from '../key-set-file.ts';
import { decrypt, encrypt } from '../sealing/aes-gcm.ts';
import { liveCodecKeys } from './codec-key-file.ts';
import { fromPayloadJson, payloadJsonSchema, toPayloadJson } from './payload-json.ts';

/** Metadata of an encoded payload, by the names that Temporal's own samples use; they stay in the open. */
const METADATA = { encoding: 'binary/encrypted', cipher: 'AES/GCM' } as const;
const KEY_ID_NAME = 'encryption-key-id';

/** Whether a codec with keys encodes what is new, or only decodes: how it is switched off while runs hold encoded payloads. */
export type CodecMode = 'encode' | 'decode';

/** What encodes and decodes the payloads of Temporal. */
export interface TemporalCodec extends PayloadCodec {
  /** Whether it has keys. One without lets plain payloads through, and names the key that an encoded one needs. */
  readonly decodes: boolean;
  /** Whether it encodes what is new. */
  readonly encodes: boolean;
}

/**
 * The codec of a process: AES-256-GCM under the current key of a file (`TIDEGATE_CODEC_KEYS`), whose id stands in the
 * payload's metadata; what is under any other key of the file is decoded as well, and what is plain passes, so that runs of
 * before it was switched on go on. In the mode `decode` what is new stays plain. Without a file it is off. The file is read
 * again when it has changed.
 *
 * Throws `configuration-invalid` where the file cannot be used; decoding throws `codec-key-missing` (fact `keyId`) and
 * `codec-payload-damaged`.
 */
export async function openCodec(file: string | undefined, mode: CodecMode = 'encode'): Promise<TemporalCodec> {
  const keysNow = file === undefined ? undefined : liveCodecKeys(file);
  await keysNow?.();
  return {
    decodes: keysNow !== undefined,
    encodes: keysNow !== undefined && mode === 'encode',
    encode: async (payloads) => {
      if (keysNow === undefined || mode === 'decode') return payloads;
      const keys = await keysNow();
      return payloads.map((payload) => (keyIdOf(payload) === undefined ? encodePayload(payload, keys) : payload));
    },
    decode: async (payloads) => {
      if (payloads.every((payload) => keyIdOf(payload) === undefined)) return payloads;
      const keys = await keysNow?.();
      return payloads.map((payload) => decodePayload(payload, keys));
    },
  };
}

/** Id of the key that a payload is under; undefined for one that this codec did not encode. Throws `codec-payload-damaged`. */
export function keyIdOf({ metadata }: Payload): string | undefined {
  if (textOf(metadata?.['encoding']) !== METADATA.encoding) return undefined;
  const keyId = textOf(metadata?.[KEY_ID_NAME]) ?? '';
  if (!KEY_ID.test(keyId)) throw new TidegateError('codec-payload-damaged', 'It names no key.');
  return keyId;
}

function encodePayload(payload: Payload, { current, keys }: OpenKeys): Payload {
  const metadata = { encoding: METADATA.encoding, 'encryption-cipher': METADATA.cipher, [KEY_ID_NAME]: current };
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value)])),
    data: encrypt(keys.get(current) ?? missing(current), Buffer.from(JSON.stringify(toPayloadJson(payload))), context(current)),
  };
}

function decodePayload(payload: Payload, open: OpenKeys | undefined): Payload {
  const keyId = keyIdOf(payload);
  if (keyId === undefined) return payload;
  const key = open?.keys.get(keyId) ?? missing(keyId, open === undefined ? 'TIDEGATE_CODEC_KEYS is not set here.' : undefined);
  try {
    return fromPayloadJson(payloadJsonSchema.parse(JSON.parse(decrypt(key, payload.data ?? new Uint8Array(), context(keyId)).toString())));
  } catch {
    throw new TidegateError('codec-payload-damaged', undefined, { keyId });
  }
}

/** A payload says under which key it is: its id cannot be changed for another one's. */
const context = (keyId: string): string => `tidegate-codec:1\n${keyId}`;

const textOf = (bytes: Uint8Array | null | undefined): string | undefined => (bytes == null ? undefined : Buffer.from(bytes).toString());

function missing(keyId: string, detail = `It is not in the file: ${keyId}.`): never {
  throw new TidegateError('codec-key-missing', detail, { keyId });
}
