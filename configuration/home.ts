import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Side } from '../exchange/names.ts';

/** Names of the files in Tidegate's home folder (default `.tidegate`), which only its owner may read. */
export const HOME_FILES = {
  /** What an outside program needs of the running embedded stack. */
  stack: 'stack.json',
  /** Environment of each side's processes, as the embedded stack made it. */
  environment: (side: Side) => join(side, 'environment.json'),
} as const;

/** Tidegate's home folder: TIDEGATE_HOME, else `.tidegate` in the working folder. */
export function homeFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return resolve(environment['TIDEGATE_HOME'] ?? '.tidegate');
}

const environmentFileSchema = z.record(z.string(), z.string());

/**
 * The environment of one side: what is really set, above what the embedded stack wrote down for that side. So the
 * command line finds the embedded stack by itself, and every part can still be replaced by a variable.
 */
export function sideEnvironment(
  side: Side,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<string, string | undefined>> {
  const file = join(homeFolder(environment), HOME_FILES.environment(side));
  if (!existsSync(file)) return environment;
  const written = environmentFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const kept = Object.entries(written).filter(([name]) => set[`${name}_FILE`] === undefined);
  return { ...Object.fromEntries(kept), ...set };
}
