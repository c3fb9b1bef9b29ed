import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id as OWASP's Password Storage Cheat Sheet recommends: 19 MiB, 2 passes, 1 lane. The library's default kind is Argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Encoded hash (PHC string) of a password, with a salt of its own. Keyboards differ in how they compose a letter: it is composed first. */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFC'), COST);
}

/** Hash of a password that nobody has, so that an unknown user costs the same time as a known one. */
const NOBODY = hashPassword(crypto.randomUUID());

/** Whether a password belongs to a stored hash; without a hash it takes as long and is false. */
export async function checkPassword(stored: string | null | undefined, password: string): Promise<boolean> {
  const fits = await verify(stored ?? (await NOBODY), password.normalize('NFC')).catch(() => false);
  return stored != null && fits;
}

/** A password made by chance (96 bits), shown once and kept nowhere. */
export function makePassword(): string {
  return randomBytes(12).toString('base64url');
}
