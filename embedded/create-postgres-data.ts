import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TidegateError } from '../exchange/errors.ts';
import type { SystemUser } from './database-user.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** What a new cluster is made from. */
export interface PostgresDataOptions {
  /** An empty folder that belongs to the user. */
  readonly dataFolder: string;
  readonly binaries: PostgresBinaries;
  readonly user: SystemUser | undefined;
  readonly password: string;
  /** Whether the files may be lost with the machine's power. */
  readonly throwAway: boolean;
}

/**
 * Makes the files of a new cluster: UTF-8, sorted by code point alike on every system, passwords by scram-sha-256 only.
 * An interrupted attempt leaves nothing that looks like a cluster: the files are moved into place when they are complete.
 */
export async function createPostgresData(options: PostgresDataOptions): Promise<void> {
  const { dataFolder, user, password } = options;
  const making = join(dataFolder, 'making');
  const finished = join(making, 'data');
  const passwordFile = join(making, 'password');
  rmSync(making, { recursive: true, force: true });
  if (readdirSync(dataFolder).length > 0) {
    throw new TidegateError('part-not-started', 'The folder for PostgreSQL holds other files.');
  }
  try {
    mkdirSync(making, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) for (const path of [making, passwordFile]) chownSync(path, user.uid, user.gid);
    await initdb(options, finished, passwordFile);
    moveUp(finished, dataFolder);
  } finally {
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(join(dataFolder, 'PG_VERSION')))
      for (const name of readdirSync(dataFolder)) rmSync(join(dataFolder, name), { recursive: true, force: true });
  }
}

async function initdb({ binaries, user, throwAway }: PostgresDataOptions, folder: string, passwordFile: string): Promise<void> {
  const args = ['--pgdata', folder, '--username=postgres', `--pwfile=${passwordFile}`];
  args.push('--auth-host=scram-sha-256', '--auth-local=reject', '--encoding=UTF8', '--no-instructions');
  args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
  if (throwAway) args.push('--no-sync');
  try {
    await promisify(execFile)(binaries.initdb, args, {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
    });
  } catch (error) {
    const text = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw new TidegateError('part-not-started', `initdb failed.\n${text}`, {}, { cause: error });
  }
}

/** PG_VERSION goes last: a folder that has it is complete. */
function moveUp(from: string, to: string): void {
  const names = readdirSync(from).filter((name) => name !== 'PG_VERSION');
  for (const name of [...names, 'PG_VERSION']) renameSync(join(from, name), join(to, name));
  rmdirSync(from);
}
