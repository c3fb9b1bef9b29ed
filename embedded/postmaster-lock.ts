import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';
import { endProcess, type Ending } from './end-process.ts';
import { identifyProcess } from './process-identity.ts';

/**
 * Clears the way for a server on a data folder. PostgreSQL recovers from the lock file of a crashed server by itself,
 * but not if another process of the same user has its number by now; and it refuses, rightly, if the old server still lives.
 * That one is ended if the caller owns the folder (`end`), else `already-running` is thrown.
 */
export async function clearPostmasterLock(dataFolder: string, leftBehind: 'refuse' | 'end', ending: Ending): Promise<void> {
  const lockFile = join(dataFolder, 'postmaster.pid');
  const pid = pidIn(lockFile);
  const holder = pid === undefined ? undefined : identifyProcess(pid);
  if (holder === undefined) return;
  const folder = workingFolder(holder.pid);
  // Where the system doesn't tell a process's folder, PostgreSQL itself has to decide.
  if (folder === undefined) return;
  if (folder !== dataFolder) {
    rmSync(lockFile, { force: true });
    return;
  }
  if (leftBehind === 'refuse') throw new TidegateError('already-running', `PostgreSQL (pid ${holder.pid}) runs on this folder.`, { pid: holder.pid });
  await endProcess(holder, ending);
}

function pidIn(lockFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** PostgreSQL's processes work in their data folder (proc(5): `cwd`). */
function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
