import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Side } from '../exchange/names.ts';
import { changeAlone } from '../files/change-alone.ts';
import { readSecretFile, writeSecretFile } from '../files/secret-file.ts';
import { wrongFile } from '../files/text-file.ts';

type Passwords = Readonly<Record<string, string>>;

const passwordsSchema = z.record(z.string(), z.string().min(16));

/** Passwords of a side's database roles: made once, kept in that side's folder for its owner only. Throws `configuration-invalid`. */
export async function rolePasswords(home: string, side: Side, roles: readonly string[]): Promise<Passwords> {
  const known = await knownRolePasswords(home, side);
  if (roles.every((role) => known[role] !== undefined)) return known;
  return changeAlone(fileOf(home, side), async () => {
    const made = Object.fromEntries(roles.map((role) => [role, randomBytes(24).toString('base64url')]));
    const all = { ...made, ...(await knownRolePasswords(home, side)) };
    await writeSecretFile(fileOf(home, side), `${JSON.stringify(all, null, 2)}\n`);
    return all;
  });
}

/** Those that were made before. Throws `configuration-invalid`, which names the file, where it is damaged: new ones would shut running processes out. */
export async function knownRolePasswords(home: string, side: Side): Promise<Passwords> {
  const file = fileOf(home, side);
  if (!existsSync(file)) return {};
  const known = passwordsSchema.safeParse(parsed(await readSecretFile(file)));
  if (known.success) return known.data;
  throw wrongFile(
    file,
    'does not hold the passwords of database roles: put it back, or remove it and give the roles new ones (tidegate provision --new-passwords).',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's own message would quote the file
  }
}

const fileOf = (home: string, side: Side): string => join(home, side, 'role-passwords.json');
