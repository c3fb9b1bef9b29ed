import { chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const LOG_LIMIT_BYTES = 10_000_000;

/**
 * Makes Tidegate's home folder with a place for logs. Only its owner may read it. Root's can be passed through (0711),
 * because PostgreSQL's data lie in it and PostgreSQL does not run as root; what is secret in it has 0600 or 0700 itself.
 */
export function makeHome(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
}

/** The log of a part. A large one is put aside, once, when the part is started again. */
export function logFileOf(folder: string, name: string): string {
  const file = join(folder, 'logs', `${name}.log`);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) renameSync(file, `${file}.1`);
  return file;
}
