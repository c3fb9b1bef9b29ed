import { readFileSync, statSync } from 'node:fs';
import { TidegateError } from '../exchange/errors.ts';

/** Greatest file that is read whole. Keys, certificates and settings are far smaller. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What the system's names for its refusals mean. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go in a circle',
};

/** Text of a file, or why there is none, in words that name neither the file nor what it holds. */
export type TextOrFault = { readonly text: string; readonly fault?: never } | { readonly fault: string; readonly text?: never };

/**
 * Reads a small file of text that a process needs: UTF-8, with or without a byte order mark. A file that is missing, unreadable,
 * a folder, empty, larger than 16 MiB or no text (a crash leaves zeros, some editors UTF-16) is a fault. Read at once, not in the
 * background: such files are read at a start, and when they have changed.
 */
export function readText(file: string): TextOrFault {
  let bytes: Uint8Array;
  try {
    const found = statSync(file);
    if (found.isDirectory()) return { fault: 'cannot be read (EISDIR: it is a folder)' };
    // A pipe serves (a shell's `<(...)`); a device may never end.
    if (!found.isFile() && !found.isFIFO()) return { fault: 'cannot be read (it is no file)' };
    if (found.size > MAX_BYTES) return { fault: 'cannot be read (it is larger than 16 MiB)' };
    bytes = readFileSync(file);
  } catch (error) {
    return { fault: `cannot be read (${systemReason(error)})` };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'is no text in UTF-8' };
  }
  if (text.includes('\0')) return { fault: 'is no text in UTF-8' };
  return text.trim() === '' ? { fault: 'is empty' } : { text };
}

/** As `readText`; `variable` is the setting that names the file. Throws `configuration-invalid`, which names both. */
export function readTextFile(file: string, variable?: string): string {
  const { text, fault } = readText(file);
  if (fault !== undefined) throw wrongFile(file, `${fault}.`, variable);
  return text;
}

/** The error for a file that a process needs: `what` says what is wrong and never what the file holds. */
export function wrongFile(file: string, what: string, variable?: string, cause?: unknown): TidegateError {
  const named = variable === undefined ? '' : `${variable}: `;
  return new TidegateError('configuration-invalid', `${named}${file} ${what}`, { file }, cause === undefined ? {} : { cause });
}

/** The system's name for a failure, and what it means. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return MEANINGS[code] === undefined ? code : `${code}: ${MEANINGS[code]}`;
}
