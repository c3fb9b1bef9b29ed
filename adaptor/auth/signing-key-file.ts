import { existsSync } from 'node:fs';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';
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
  const present = existsSync(file) ? await readKeyFile(file) : [];
  const missing = parties.filter((party) => !present.some((key) => key.party === party));
  if (missing.length > 0) {
    const keys = [...present, ...(await Promise.all(missing.map(createPrivateJwk)))];
    await writeSecretFile(file, `${JSON.stringify(keys.length === 1 ? keys[0] : { keys }, null, 2)}\n`);
  }
  return loadSigningKeys(file);
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
