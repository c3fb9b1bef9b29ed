import { chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LOG_LIMIT_BYTES = 10_000_000;

/** Makes Tidegate's home folder with a place for logs: its owner's alone (0700). PostgreSQL, which does not run as root, finds its data by another way then (reachable-folder.ts). */
export function makeHome(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
}

/** The log of a part. A large one is put aside, once, when the part is started again. */
export function logFileOf(folder: string, name: string): string {
  const file = join(folder, 'logs', `${name}.log`);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return file;
}
