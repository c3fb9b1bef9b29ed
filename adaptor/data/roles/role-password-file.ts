import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Side } from '../../../exchange/names.ts';

const passwordsSchema = z.record(z.string(), z.string().min(16));

/** Passwords of a side's database roles: made once, kept in that side's folder for its owner only. */
export function rolePasswords(home: string, side: Side, roles: readonly string[]): Readonly<Record<string, string>> {
  const known = knownRolePasswords(home, side);
  const missing = roles.filter((role) => known[role] === undefined);
  if (missing.length === 0) return known;
  const all = { ...known, ...Object.fromEntries(missing.map((role) => [role, randomBytes(24).toString('base64url')])) };
  mkdirSync(join(home, side), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(home, side), `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
  return all;
}

/** Those that were made before. */
export function knownRolePasswords(home: string, side: Side): Readonly<Record<string, string>> {
  const file = fileOf(home, side);
  return existsSync(file) ? passwordsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : {};
}

const fileOf = (home: string, side: Side): string => join(home, side, 'role-passwords.json');
