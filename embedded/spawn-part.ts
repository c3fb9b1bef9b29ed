import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { TidegateError } from '../exchange/errors.ts';
import type { SystemUser } from './database-user.ts';
import type { Ending } from './end-process.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

/** How a part's process is started. */
export interface PartCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string | undefined;
  readonly user?: SystemUser | undefined;
  /** Gets everything that the part prints; nowhere if left out. */
  readonly logFile?: string | undefined;
  readonly ending: Ending;
  /** Whether the child gets a channel for `process.send`. */
  readonly channel?: boolean;
  /** Called as soon as the process exists: whoever has to end it later notes it down here. */
  readonly onSpawn?: OnSpawn | undefined;
}

/** Told of every process that is started, before it is ready. */
export type OnSpawn = (identity: ProcessIdentity, ending: Ending) => void;

/** How a process ended. */
export interface PartExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started process, perhaps not ready yet. */
export interface SpawnedPart {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly exited: Promise<PartExit>;
  /** Set once it has exited. */
  readonly exit: () => PartExit | undefined;
  /** What it has written to its log until now: the file holds what others before it wrote, too. Empty without a log. */
  readonly printed: () => string;
}

/**
 * Starts a process in a group of its own, so that Ctrl-C in a terminal reaches only the supervisor, which stops parts in order.
 * Throws `part-not-started` if it can't be started at all.
 */
export async function spawnPart(part: PartCommand): Promise<SpawnedPart> {
  const log = part.logFile === undefined ? 'ignore' : openSync(part.logFile, 'a', 0o600);
  const logFrom = typeof log === 'number' ? fstatSync(log).size : 0;
  const child = spawn(part.command, part.args, {
    detached: true,
    cwd: part.cwd,
    env: part.env,
    stdio: part.channel === true ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
    ...(part.user === undefined ? {} : { uid: part.user.uid, gid: part.user.gid }),
  });
  if (typeof log === 'number') closeSync(log);
  let exit: PartExit | undefined;
  const exited = new Promise<PartExit>((resolve) => {
    child.once('exit', (code, signal) => resolve((exit = { code, signal })));
  });
  const started = new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  try {
    await started;
  } catch (error) {
    throw new TidegateError('part-not-started', part.command, {}, { cause: error });
  }
  // A process that has ended within these milliseconds has no start any more; nobody will have to end it.
  const identity = identifyProcess(child.pid ?? 0) ?? { pid: child.pid ?? 0, startedAt: 'ended' };
  part.onSpawn?.(identity, part.ending);
  return { child, identity, exited, exit: () => exit, printed: () => readLog(part.logFile, logFrom) };
}

/** The last lines of a log, for an error that has to say why a part did not start. */
export function lastLogLines(logFile: string | undefined, count = 5): string {
  return readLog(logFile).trimEnd().split('\n').slice(-count).join('\n');
}

/** The text of a log from a byte on; empty where there is none. */
function readLog(logFile: string | undefined, from = 0): string {
  try {
    return logFile === undefined ? '' : readFileSync(logFile).toString('utf8', from);
  } catch {
    return '';
  }
}
