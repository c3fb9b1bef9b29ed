import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { changeAlone } from '../../files/change-alone.ts';
import { readSecretFile, writeSecretFile } from '../../files/secret-file.ts';

const KEY_BYTES = 32;

/** Ids of keys: they stand in the open beside what is under them. */
export const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A symmetric key as a JWK (RFC 7517), for AES-256-GCM. */
const keySchema = z.strictObject({
  kty: z.literal('oct'),
  kid: z.string().regex(KEY_ID),
  k: z.string().refine((k) => Buffer.from(k, 'base64url').length === KEY_BYTES && Buffer.from(k, 'base64url').toString('base64url') === k, '32 bytes'),
  createdAt: z.iso.datetime(),
  replacedAt: z.iso.datetime().optional(),
});

/** The file: a key set whose `current` encrypts what is new. The others open what is still under them. */
const keySetSchema = z
  .strictObject({ current: z.string(), keys: z.array(keySchema).min(1) })
  .refine(({ keys }) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'two keys have one id')
  .refine(({ current, keys }) => keys.some(({ kid }) => kid === current), 'the current key is not among the keys');

type KeySet = z.infer<typeof keySetSchema>;

/** What the keys of a file are for: how their ids begin, and what the file is said not to hold where it cannot be read. */
export interface KeyPurpose {
  readonly prefix: string;
  readonly holds: string;
}

/** A key, without the key. */
export interface KeyStanding {
  readonly keyId: string;
  readonly createdAt: string;
  /** When another one became current in its place; null while it is current, and for one that never was. */
  readonly replacedAt: string | null;
  readonly current: boolean;
}

/** The keys of a file, opened. */
export interface OpenKeys {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** The keys of a file by their ids. Throws `configuration-invalid`, without any part of a key in its text. */
export async function listKeys(file: string, purpose: KeyPurpose): Promise<readonly KeyStanding[]> {
  const { current, keys } = await readKeySet(file, purpose);
  return keys.map(({ kid, createdAt, replacedAt }) => ({ keyId: kid, createdAt, replacedAt: replacedAt ?? null, current: kid === current }));
}

/** Makes the file (0600) with one key where it is missing. */
export async function ensureKeys(file: string, purpose: KeyPurpose): Promise<void> {
  if (existsSync(file)) return;
  await changeAlone(file, async () => {
    const key = makeKey(purpose);
    if (!existsSync(file)) await writeKeySet(file, { current: key.kid, keys: [key] });
  });
}

/** Adds a key, current from now on or only there to open what others put under it, and gives its id. */
export async function addKey(file: string, purpose: KeyPurpose, { current }: { readonly current: boolean }): Promise<string> {
  const key = makeKey(purpose);
  await changeKeySet(file, purpose, (before) => {
    const added = { ...before, keys: [...before.keys, key] };
    return current ? withCurrent(added, key.kid) : added;
  });
  return key.kid;
}

/** Makes a key of the file the current one. Throws `bad-request` for an unknown one. */
export async function makeCurrent(file: string, purpose: KeyPurpose, keyId: string): Promise<void> {
  await changeKeySet(file, purpose, (before) => {
    assertKnown(before, keyId);
    return before.current === keyId ? before : withCurrent(before, keyId);
  });
}

/** Takes a key out of the file: what is under it can be opened no more. Throws `bad-request` for the current or an unknown one. */
export async function removeKey(file: string, purpose: KeyPurpose, keyId: string): Promise<void> {
  await changeKeySet(file, purpose, (before) => {
    if (keyId === before.current) throw new TidegateError('bad-request', `${keyId} is the current key: rotate first.`);
    assertKnown(before, keyId);
    return { ...before, keys: before.keys.filter(({ kid }) => kid !== keyId) };
  });
}

/** Writes what `change` makes of the keys of a file that is there. */
async function changeKeySet(file: string, purpose: KeyPurpose, change: (before: KeySet) => KeySet): Promise<void> {
  // A file that is not there is told of before anything is made beside it.
  await readKeySet(file, purpose);
  await changeAlone(file, async () => {
    const before = await readKeySet(file, purpose);
    const after = change(before);
    if (after !== before) await writeKeySet(file, after);
  });
}

/** Gives the keys of a file as they are when asked; it is read again when it has changed. */
export function liveKeys(file: string, purpose: KeyPurpose): () => Promise<OpenKeys> {
  let known: (OpenKeys & { readonly mark: string }) | undefined;
  return async () => {
    const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
    const mark = `${mtimeMs}/${size}/${ino}`;
    if (known?.mark === mark) return known;
    const { current, keys } = await readKeySet(file, purpose);
    known = { mark, current, keys: new Map(keys.map(({ kid, k }) => [kid, Buffer.from(k, 'base64url')])) };
    return known;
  };
}

function assertKnown({ keys }: KeySet, keyId: string): void {
  if (!keys.some(({ kid }) => kid === keyId)) throw new TidegateError('bad-request', `There is no key ${keyId}.`);
}

/** One that comes back into use is replaced no more. */
function withCurrent({ current: before, keys }: KeySet, current: string): KeySet {
  const now = new Date().toISOString();
  return {
    current,
    keys: keys.map(({ replacedAt, ...key }) => {
      if (key.kid === before) return { ...key, replacedAt: now };
      return key.kid === current || replacedAt === undefined ? key : { ...key, replacedAt };
    }),
  };
}

async function readKeySet(file: string, { holds }: KeyPurpose): Promise<KeySet> {
  const content = await readSecretFile(file);
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    parsed = undefined; // the parser's own message would quote the file
  }
  const keys = keySetSchema.safeParse(parsed);
  if (!keys.success) throw new TidegateError('configuration-invalid', `The file ${file} does not hold ${holds}.`);
  return keys.data;
}

function makeKey({ prefix }: KeyPurpose): KeySet['keys'][number] {
  const createdAt = new Date().toISOString();
  return {
    kty: 'oct',
    kid: `${prefix}-${createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`,
    k: randomBytes(KEY_BYTES).toString('base64url'),
    createdAt,
  };
}

const writeKeySet = (file: string, keys: KeySet): Promise<void> => writeSecretFile(file, `${JSON.stringify(keys, null, 2)}\n`);
