import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from './process-identity.ts';

/** How a process is asked to end, and for how long before it is killed. */
export interface Ending {
  /** PostgreSQL takes SIGINT as a fast shutdown; everything else here takes SIGTERM. */
  readonly signal: 'SIGINT' | 'SIGTERM';
  readonly graceMs: number;
}

const POLL_MS = 20;
const KILL_WAIT_MS = 5_000;

/**
 * Ends a process by its signal, and its whole group by SIGKILL once the grace is over.
 * A process that has gone already, or whose number another process has now, is left alone.
 * Answers how it went.
 */
export async function endProcess(target: ProcessIdentity, ending: Ending): Promise<'gone' | 'ended' | 'killed'> {
  if (!isRunning(target)) return 'gone';
  send(target.pid, ending.signal);
  if (await gone(target, ending.graceMs)) return 'ended';
  // Parts are started detached, so each leads a group that holds its own children.
  send(-target.pid, 'SIGKILL');
  send(target.pid, 'SIGKILL');
  await gone(target, KILL_WAIT_MS);
  return 'killed';
}

/** Ends a process and its group without waiting: PostgreSQL without a checkpoint (it recovers at its next start), anything else by SIGKILL. */
export function endAtOnce(target: ProcessIdentity, { signal }: Ending): void {
  if (!isRunning(target)) return;
  if (signal === 'SIGINT') {
    send(target.pid, 'SIGQUIT');
    return;
  }
  send(-target.pid, 'SIGKILL');
  send(target.pid, 'SIGKILL');
}

async function gone(target: ProcessIdentity, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (isRunning(target)) {
    if (performance.now() > until) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended between the look and the signal.
  }
}
