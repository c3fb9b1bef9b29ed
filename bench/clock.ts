import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a measured piece of work took. */
export interface Run {
  /** Milliseconds by the wall's clock. */
  readonly ms: number;
  /** Milliseconds of processor time of all processes that took part; NaN where the system does not tell (only Linux does). */
  readonly cpuMs: number;
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MS = 10;

/** A process that ends is counted once its parent has taken note: so long is waited for that, after the clock has stopped. */
const REAPED_MS = 300;

/** Starts a clock for work of these processes, their children and, unless told otherwise, this process's own; what comes back stops it. */
export function startClock(pids: readonly number[], withOwnChildren = true): () => Promise<Run> {
  const cpuBefore = cpuMs(pids, withOwnChildren);
  const startedAt = performance.now();
  return async () => {
    const ms = performance.now() - startedAt;
    await sleep(REAPED_MS);
    return { ms, cpuMs: cpuMs(pids, withOwnChildren) - cpuBefore };
  };
}

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly ended: number;
}

function cpuMs(pids: readonly number[], withOwnChildren: boolean): number {
  const all = readProcesses();
  if (all.length === 0) return Number.NaN;
  const wanted = new Set(pids);
  // Parents have lower numbers than their children, but for a wrap that a bench does not live to see.
  for (const { pid, parent } of all) if (wanted.has(parent)) wanted.add(pid);
  const here = withOwnChildren ? (all.find(({ pid }) => pid === process.pid)?.ended ?? 0) : 0;
  return TICK_MS * all.filter(({ pid }) => wanted.has(pid)).reduce((sum, { own, ended }) => sum + own + ended, here);
}

function readProcesses(): readonly ProcessTimes[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap(readTimes).toSorted((a, b) => a.pid - b.pid);
  } catch {
    return [];
  }
}

/** See proc_pid_stat(5): the name, which may hold anything, ends at the last bracket. */
function readTimes(pid: string): readonly ProcessTimes[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [fields[1], fields[11], fields[12], fields[13], fields[14]];
    return [{ pid: Number(pid), parent, own: user + system, ended: endedUser + endedSystem }];
  } catch {
    return [];
  }
}
