import { constants } from 'node:fs';
import { type FileHandle, access, open, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';
import { replaceFile } from '../files/whole-file.ts';

/** What a new file may be: as the shell's umask leaves it. */
export const NEW_MODE = 0o666;

/** What the file system is asked for. Errors of a network have other names there. */
const FILE_CALLS = new Set(['open', 'write', 'fsync', 'rename', 'close', 'lstat', 'realpath']);

/** Writes a file that the operator named. Throws `bad-request` where it cannot be written. */
export async function writeNamedFile(file: string, text: string): Promise<void> {
  await intoNamedFile(file, (handle) => handle.writeFile(text));
}

/**
 * Has a file filled that the operator named: what was there stays until all of the new is. A pipe or a device is written to as it is,
 * and so is a file whose folder takes no other. Throws `bad-request` where it cannot be written, and what `write` throws.
 */
export async function intoNamedFile<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const known = await stat(file).catch(() => undefined);
    const target = known === undefined ? resolve(file) : await realpath(file);
    const takesOthers = await access(dirname(target), constants.W_OK).then(
      () => true,
      () => false,
    );
    if (known === undefined || (known.isFile() && takesOthers)) return await replaceFile(target, (known?.mode ?? NEW_MODE) & 0o777, write);
    const handle = await open(target, 'w');
    return await write(handle).finally(() => handle.close());
  } catch (cause) {
    throw FILE_CALLS.has((cause as NodeJS.ErrnoException).syscall ?? '') ? unwritable(file, cause) : cause;
  }
}

/** Looks whether a file can be written, before something is done that cannot be taken back. Throws `bad-request`. */
export async function requireWritable(file: string): Promise<void> {
  const known = await stat(file).catch(() => undefined);
  if (known?.isDirectory() === true) throw unwritable(file, { code: 'EISDIR' });
  await access(known === undefined ? dirname(resolve(file)) : file, constants.W_OK).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
}

/** The error for a file that the operator named and that cannot be written. */
export function unwritable(file: string, cause: unknown): TidegateError {
  return new TidegateError('bad-request', `${file} cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`, {}, { cause });
}
