import { execFileSync } from 'node:child_process';
import { TidegateError } from '../exchange/errors.ts';

/** A user of the operating system, for `uid` and `gid` of a spawned process. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['tidegate', 'postgres', 'nobody'] as const;

/**
 * The user that runs PostgreSQL, which refuses to run as root: `undefined` (ourselves) for an ordinary user,
 * else the first that exists of a dedicated user, the system's PostgreSQL user, and nobody.
 * Throws `part-not-started` where none exists.
 */
export function databaseUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    const uid = idOf(name, '-u');
    const gid = idOf(name, '-g');
    if (uid !== undefined && gid !== undefined && uid !== 0) return { name, uid, gid };
  }
  throw new TidegateError(
    'part-not-started',
    `PostgreSQL does not run as root, and none of the users ${CANDIDATES.join(', ')} exists. Create one, or run as an ordinary user.`,
  );
}

function idOf(name: string, flag: '-u' | '-g'): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}
