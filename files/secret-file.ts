import { statSync } from 'node:fs';
import { readTextFile, systemReason, wrongFile } from './text-file.ts';
import { writeWholeFile } from './whole-file.ts';

/** Bits of a mode that let others in: nothing for others, no writing for the group (it may read: mounted secrets come so). */
const OPEN_BITS = 0o027;

/** Writes a file that only its owner may read (0600), whole or not at all. Throws `configuration-invalid`, and the file is as it was. */
export const writeSecretFile = (file: string, text: string): Promise<void> => writeWholeFile(file, text, 0o600);

/**
 * Text of a file that nobody else may read; `variable` is the setting that names it. Throws `configuration-invalid`, which names the
 * file, where others may read or write it, or it is no text that can be read.
 */
export async function readSecretFile(file: string, variable?: string): Promise<string> {
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch (cause) {
    throw wrongFile(file, `cannot be read (${systemReason(cause)}).`, variable, cause);
  }
  const text = readTextFile(file, variable);
  if (process.platform !== 'win32' && (mode & OPEN_BITS) !== 0) throw wrongFile(file, 'may be read or written by others: set its mode to 0600.', variable);
  return text;
}
