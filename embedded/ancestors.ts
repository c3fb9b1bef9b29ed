import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

const POLL_MS = 500;
const FARTHEST = 3;

/**
 * Calls back once npm, having started this process, is gone: a SIGTERM to `npm start` ends npm and its shell, but does not
 * reach the process below them. Does nothing where npm did not start it, so that it can be left running by a shell that exits.
 * Answers a function that ends the watch.
 */
export function watchNpm(onGone: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  const watched = env['npm_lifecycle_event'] === undefined ? [] : ancestorsUpToNpm(process.ppid);
  if (watched.length === 0) return () => {};
  const timer = setInterval(() => {
    if (watched.every(isRunning)) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** The processes from a parent up to npm itself; the parent alone if npm is not among the nearest. */
export function ancestorsUpToNpm(parent: number): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (let pid = parent; found.length < FARTHEST; pid = parentOf(pid)) {
    const identity = pid > 1 ? identifyProcess(pid) : undefined;
    if (identity === undefined) break;
    found.push(identity);
    if (/^npm\b|npm-cli|node .*\bnpm\b/.test(commandOf(pid))) return found;
  }
  return found.slice(0, 1);
}

function parentOf(pid: number): number {
  return Number(process.platform === 'linux' ? fieldsOnLinux(pid)[1] : byPs(pid, 'ppid=')) || 0;
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') return byPs(pid, 'args=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function fieldsOnLinux(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function byPs(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
