import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { changeAlone } from '../../files/change-alone.ts';
import { readSecretFile, writeSecretFile } from '../../files/secret-file.ts';
import { createPrivateJwk, privateJwkSchema, signingKeyFrom } from './signing-key.ts';
import type { PrivateJwk, SigningKey } from './signing-key.ts';

/** A key file holds one private JWK, or a set of them (RFC 7517, 5), one for each link that the side serves. */
const keyFileSchema = z.union([z.strictObject({ keys: z.array(privateJwkSchema).min(1) }), privateJwkSchema.transform((key) => ({ keys: [key] }))]);

/** The signing keys of one side by party. */
export type SigningKeys = ReadonlyMap<string, SigningKey>;

/** Reads the signing keys in a file. Throws `configuration-invalid`, without any part of a key in its text. */
export async function loadSigningKeys(file: string): Promise<SigningKeys> {
  const keys = await Promise.all((await readKeyFile(file)).map(signingKeyFrom));
  return new Map(keys.map((key) => [key.party, key]));
}

/** Reads the signing key of a party; without a party the file must hold one key. Throws `configuration-invalid`. */
export async function loadSigningKey(file: string, party?: string): Promise<SigningKey> {
  const keys = await loadSigningKeys(file);
  const key = party === undefined && keys.size === 1 ? [...keys.values()][0] : keys.get(party ?? '');
  if (key === undefined) throw new TidegateError('configuration-invalid', `The file ${file} holds no signing key for ${party ?? 'exactly one party'}.`);
  return key;
}

/** Makes the file if it is missing, and a key for each party that has none yet. Keys that are there stay. */
export async function ensureSigningKeys(file: string, parties: readonly string[]): Promise<SigningKeys> {
  const missing = async () => {
    const present = await keysIn(file);
    return { present, parties: parties.filter((party) => !present.some((key) => key.party === party)) };
  };
  if ((await missing()).parties.length > 0)
    await changeAlone(file, async () => {
      const { present, parties: without } = await missing();
      await writeKeyFile(file, [...present, ...(await Promise.all(without.map(createPrivateJwk)))]);
    });
  return loadSigningKeys(file);
}

/** Where the keys lie that a side made and does not sign with yet: beside its key file. */
export function nextKeyFile(file: string): string {
  return file.endsWith('.json') ? file.replace(/\.json$/, '.next.json') : `${file}.next`;
}

/** The party's next key: made now, or by an earlier call that was not followed by `takeNextKey`. */
export async function ensureNextKey(file: string, party: string): Promise<SigningKey> {
  return changeAlone(file, async () => {
    const next = nextKeyFile(file);
    const [waiting, current] = [await keysIn(next), await keysIn(file)];
    // A key that is signed with already was left here by a `takeNextKey` that was interrupted.
    const usable = waiting.filter((key) => !current.some(({ kid }) => kid === key.kid));
    const known = usable.find((key) => key.party === party);
    if (known !== undefined) return signingKeyFrom(known);
    const made = await createPrivateJwk(party);
    await writeKeyFile(next, [...usable, made]);
    return signingKeyFrom(made);
  });
}

/** Forgets the party's next key: it was revoked before it was ever signed with. */
export async function dropNextKey(file: string, party: string): Promise<void> {
  if (existsSync(nextKeyFile(file))) await changeAlone(file, () => removeNextKey(file, party));
}

async function removeNextKey(file: string, party: string): Promise<void> {
  const next = nextKeyFile(file);
  const left = (await keysIn(next)).filter((key) => key.party !== party);
  if (left.length === 0) await rm(next, { force: true });
  else await writeKeyFile(next, left);
}

/** The party's next key, where one waits. */
export async function findNextKey(file: string, party: string): Promise<SigningKey | undefined> {
  const next = nextKeyFile(file);
  return existsSync(next) ? (await loadSigningKeys(next)).get(party) : undefined;
}

/** Makes the next key the one that the party signs with; the private half of the old one is gone. Throws `bad-request` where none waits. */
export async function takeNextKey(file: string, party: string): Promise<SigningKey> {
  if (!existsSync(nextKeyFile(file))) throw noneWaits(party);
  return changeAlone(file, async () => {
    const taken = (await keysIn(nextKeyFile(file))).find((key) => key.party === party);
    if (taken === undefined) throw noneWaits(party);
    await writeKeyFile(file, [...(await keysIn(file)).filter((key) => key.party !== party), taken]);
    await removeNextKey(file, party);
    return signingKeyFrom(taken);
  });
}

const noneWaits = (party: string): TidegateError => new TidegateError('bad-request', `No new key of ${party} waits; make one with \`tidegate keys rotate\`.`);

/** The keys of a file; none where it is missing. */
const keysIn = async (file: string): Promise<readonly PrivateJwk[]> => (existsSync(file) ? readKeyFile(file) : []);

async function writeKeyFile(file: string, keys: readonly PrivateJwk[]): Promise<void> {
  await writeSecretFile(file, `${JSON.stringify(keys.length === 1 ? keys[0] : { keys }, null, 2)}\n`);
}

async function readKeyFile(file: string): Promise<readonly PrivateJwk[]> {
  const keys = keyFileSchema.safeParse(parseOrUndefined(await readSecretFile(file)));
  if (!keys.success) throw new TidegateError('configuration-invalid', `The file ${file} does not hold private Ed25519 keys with kid and party.`);
  if (new Set(keys.data.keys.map((key) => key.party)).size !== keys.data.keys.length)
    throw new TidegateError('configuration-invalid', `The file ${file} holds two keys for one party.`);
  return keys.data.keys;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's own message would quote the file
  }
}
