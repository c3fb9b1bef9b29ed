import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Side } from '../exchange/names.ts';
import { readText, wrongFile } from '../files/text-file.ts';
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
  if (!isThere(file)) return set;
  const kept = Object.entries(readEnvironmentFile(file)).filter(([name]) => set[`${name}_FILE`] === undefined);
  return { ...Object.fromEntries(kept), ...set };
}

/** What this user may not look at is there: that it is shut says more than that nothing runs. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

function readEnvironmentFile(file: string): Readonly<Record<string, string>> {
  const { text, fault } = readText(file);
  const read = environmentFileSchema.safeParse(text === undefined ? undefined : parsed(text));
  if (read.success) return read.data;
  throw wrongFile(
    file,
    `${fault ?? 'is not what tidegate start writes'}. Start the stack again; or name another home folder (TIDEGATE_HOME), and set the variables.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser's own message would quote the file, which holds passwords
  }
}
