import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemReason, wrongFile } from './text-file.ts';
import { whileStanding } from './whole-file.ts';

/** Whoever changes a file of keys is done within milliseconds. */
const WAIT_MS = 5000;
const LOOK_EVERY_MS = 20;

/**
 * Reads, changes and writes a file while nobody else does: of two that each add a key, neither must lose the other's. A file beside
 * it (`.lock`) stands meanwhile. Throws `configuration-invalid` where it stands for too long: what held it was killed.
 */
export async function changeAlone<T>(file: string, change: () => Promise<T>, waitMs = WAIT_MS): Promise<T> {
  const lock = `${file}.lock`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw wrongFile(file, `cannot be written (${systemReason(cause)}); it is as it was.`, undefined, cause);
  });
  for (const until = performance.now() + waitMs; ; await sleep(LOOK_EVERY_MS)) {
    try {
      return await whileStanding(lock, change);
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (path !== lock) throw error;
      if (code !== 'EEXIST') throw wrongFile(file, `cannot be written (${systemReason(error)}); it is as it was.`, undefined, error);
      if (performance.now() > until) throw wrongFile(file, `is being changed by another command, and is as it was. Where there is none, remove ${lock}.`);
    }
  }
}
