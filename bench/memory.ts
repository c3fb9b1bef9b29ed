import { readFileSync } from 'node:fs';

/** Greatest memory that a process has had, in MiB; undefined where the system does not tell (only Linux does). */
export function greatestMemoryMib(pid: number): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Math.round(Number(kib) / 1024);
  } catch {
    return undefined;
  }
}
