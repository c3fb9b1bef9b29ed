import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TidegateError } from '../exchange/errors.ts';
import type { Side } from '../exchange/names.ts';
import { type Environment, setVariables } from './set-variables.ts';

/** Names of the files in Tidegate's home folder (default `.tidegate`), which only its owner may read. */
export const HOME_FILES = {
  /** What an outside program needs of the running embedded stack. */
  stack: 'stack.json',
  /** Environment of each side's processes, as the embedded stack made it. */
  environment: (side: Side) => join(side, 'environment.json'),
} as const;

/** Tidegate's home folder: TIDEGATE_HOME, else `.tidegate` in the working folder. */
export function homeFolder(environment: Environment): string {
  return resolve(setVariables(environment)['TIDEGATE_HOME'] ?? '.tidegate');
}

const environmentFileSchema = z.record(z.string(), z.string());

/**
 * The environment of one side: what is really set, above what the embedded stack wrote down for that side. So the
 * command line finds the embedded stack by itself, and every part can still be replaced by a variable. Throws
 * `configuration-invalid` where what was written down cannot be read.
 */
export function sideEnvironment(side: Side, environment: Environment = process.env): Environment {
  const file = join(homeFolder(environment), HOME_FILES.environment(side));
  const set = setVariables(environment);
  if (!existsSync(file)) return set;
  const kept = Object.entries(readEnvironmentFile(file)).filter(([name]) => set[`${name}_FILE`] === undefined);
  return { ...Object.fromEntries(kept), ...set };
}

function readEnvironmentFile(file: string): Readonly<Record<string, string>> {
  try {
    return environmentFileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'it is not what tidegate start writes';
    throw new TidegateError('configuration-invalid', `${file} cannot be read (${reason}). Start the stack again, or set the variables.`, {}, { cause });
  }
}
