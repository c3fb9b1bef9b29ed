import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import { readSecretFile, writeSecretFile } from '../../../files/secret-file.ts';
import { decrypt, encrypt } from './aes-gcm.ts';
import type { KeyWrapper } from './key-wrapper.ts';

const KEY_BYTES = 32;

/** A wrapping key as a JWK (RFC 7517): symmetric, for AES-256-GCM. */
const sealKeySchema = z.strictObject({
  kty: z.literal('oct'),
  kid: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  k: z.string().refine((k) => Buffer.from(k, 'base64url').length === KEY_BYTES && Buffer.from(k, 'base64url').toString('base64url') === k, '32 bytes'),
  createdAt: z.iso.datetime(),
});

/** The file: a key set whose `current` wraps what is new. The others open what is still under them. */
const sealKeyFileSchema = z
  .strictObject({ current: z.string(), keys: z.array(sealKeySchema).min(1) })
  .refine(({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys have one id')
  .refine(({ current, keys }) => keys.some(({ kid }) => kid === current), 'the current key is not among the keys');

type SealKeyFile = z.infer<typeof sealKeyFileSchema>;

/** A wrapping key, without the key. */
export interface SealKeyId {
  readonly keyId: string;
  readonly createdAt: string;
  readonly current: boolean;
}

/** The keys of a file by their ids. Throws `configuration-invalid`, without any part of a key in its text. */
export async function listSealKeys(file: string): Promise<readonly SealKeyId[]> {
  const { current, keys } = await readSealKeys(file);
  return keys.map(({ kid, createdAt }) => ({ keyId: kid, createdAt, current: kid === current }));
}

/** Makes the file (0600) with one key where it is missing. */
export async function ensureSealKeys(file: string): Promise<void> {
  if (!existsSync(file)) await writeSealKeys(file, { keys: [] });
}

/** Adds a key that is current from now on, and gives its id. Workers take it up with their next window. */
export async function addSealKey(file: string): Promise<string> {
  return writeSealKeys(file, await readSealKeys(file));
}

/** Takes a key out of the file: what is sealed under it can be opened no more. Throws `bad-request` for the current or an unknown one. */
export async function removeSealKey(file: string, keyId: string): Promise<void> {
  const { current, keys } = await readSealKeys(file);
  if (keyId === current) throw new TidegateError('bad-request', `${keyId} is the current key: rotate first.`);
  if (!keys.some(({ kid }) => kid === keyId)) throw new TidegateError('bad-request', `There is no key ${keyId}.`);
  await writeSecretFile(file, text({ current, keys: keys.filter(({ kid }) => kid !== keyId) }));
}

/** Wraps data keys under the keys of a file, which is read again when it has changed. */
export function fileKeyWrapper(file: string): KeyWrapper {
  let known: { readonly mark: string; readonly current: string; readonly keys: ReadonlyMap<string, Buffer> } | undefined;
  const keysNow = async () => {
    const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
    const mark = `${mtimeMs}/${size}/${ino}`;
    if (known?.mark === mark) return known;
    const { current, keys } = await readSealKeys(file);
    known = { mark, current, keys: new Map(keys.map(({ kid, k }) => [kid, Buffer.from(k, 'base64url')])) };
    return known;
  };
  return {
    currentKeyId: async () => (await keysNow()).current,
    wrap: async (dataKey, context) => {
      const { current, keys } = known ?? (await keysNow());
      return { keyId: current, wrapped: encrypt(keys.get(current) ?? missing(current), dataKey, wrapContext(current, context)) };
    },
    unwrap: async ({ keyId, wrapped }, context) => {
      const key = known?.keys.get(keyId) ?? (await keysNow()).keys.get(keyId) ?? missing(keyId);
      return decrypt(key, wrapped, wrapContext(keyId, context));
    },
  };
}

/** A wrapped key says under which key it is: its id cannot be changed for another one's. */
const wrapContext = (keyId: string, context: string): string => `${keyId}\n${context}`;

function missing(keyId: string): never {
  throw new TidegateError('sealed-key-missing', undefined, { keyId });
}

async function readSealKeys(file: string): Promise<SealKeyFile> {
  const content = await readSecretFile(file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    parsed = undefined; // the parser's own message would quote the file
  }
  const keys = sealKeyFileSchema.safeParse(parsed);
  if (!keys.success) throw new TidegateError('configuration-invalid', `The file ${file} does not hold keys for sealed fields.`);
  return keys.data;
}

async function writeSealKeys(file: string, before: Pick<SealKeyFile, 'keys'>): Promise<string> {
  const kid = `seal-${new Date().toISOString().slice(0, 10)}-${randomBytes(4).toString('hex')}`;
  const key = { kty: 'oct' as const, kid, k: randomBytes(KEY_BYTES).toString('base64url'), createdAt: new Date().toISOString() };
  await writeSecretFile(file, text({ current: kid, keys: [...before.keys, key] }));
  return kid;
}

const text = (keys: SealKeyFile): string => `${JSON.stringify(keys, null, 2)}\n`;
