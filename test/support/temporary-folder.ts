import { chmodSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where Linux has a file system in memory. */
const IN_MEMORY = '/dev/shm';

/** Far more than the files of a run take, and what its processes need beside. */
const ROOM_BYTES = 10e9;

/**
 * Makes the folder for all temporary files of a run: in memory where there is room and programs may run, else among the others. A
 * database that a test makes is hundreds of files, each of which a disk has to make room for.
 */
export function makeTemporaryFolder(): string {
  const folder = mkdtempSync(join(isRoomy() ? IN_MEMORY : tmpdir(), 'tidegate-test-'));
  // Root's temporary folders are closed to others, and PostgreSQL doesn't run as root.
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  return folder;
}

function isRoomy(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    const mount =
      readFileSync('/proc/mounts', 'utf8')
        .split('\n')
        .findLast((line) => line.split(' ')[1] === IN_MEMORY) ?? 'noexec';
    return Math.min(bavail * bsize, process.availableMemory()) > ROOM_BYTES && !mount.includes('noexec');
  } catch {
    return false;
  }
}
