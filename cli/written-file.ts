import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';

/** Writes a file that the operator named. Throws `bad-request` where it cannot be written. */
export async function writeNamedFile(file: string, text: string): Promise<void> {
  await writeFile(file, text).catch((cause: unknown) => {
    throw unwritable(file, cause);
  });
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
