import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemReason, wrongFile } from './text-file.ts';

/**
 * Files that are not yet what they shall be. They go with the process, however it ends in order: a command that Ctrl-C ends
 * leaves no half a file, and no copy of a key.
 */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const file of unfinished) rmSync(file, { force: true });
});

/** Has `write` fill a new file. It is on the disk when this returns, and gone where anything fails. Throws as `node:fs` does: `EEXIST` where it is there already. */
export async function makeFile<T>(file: string, mode: number, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(file, 'wx', mode);
  unfinished.add(file);
  try {
    const written = await write(handle);
    await handle.sync();
    unfinished.delete(file);
    return written;
  } finally {
    await handle.close();
    if (unfinished.delete(file)) rmSync(file, { force: true });
  }
}

/** Has a file stand while something is done, and no longer. Throws as `node:fs` does: `EEXIST` where it is there already. */
export async function whileStanding<T>(file: string, act: () => Promise<T>): Promise<T> {
  await (await open(file, 'wx', 0o600)).close();
  unfinished.add(file);
  try {
    return await act();
  } finally {
    unfinished.delete(file);
    rmSync(file, { force: true });
  }
}

/** Has `write` fill a file that takes the place of the one of before, if there is one: whoever reads meanwhile sees the old or the new one. Throws as `node:fs` does. */
export async function replaceFile<T>(file: string, mode: number, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const written = await makeFile(draft, mode, write);
    unfinished.add(draft);
    await rename(draft, file);
    unfinished.delete(draft);
    await keepEntry(dirname(file));
    return written;
  } finally {
    if (unfinished.delete(draft)) rmSync(draft, { force: true });
  }
}

/**
 * Writes a text whole or not at all. Its folder is made for its owner only if it is missing. Throws `configuration-invalid`, and the
 * file is as it was.
 */
export async function writeWholeFile(file: string, text: string, mode = 0o644): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await replaceFile(file, mode, (handle) => handle.writeFile(text));
  } catch (cause) {
    throw wrongFile(file, `cannot be written (${systemReason(cause)}); it is as it was.`, undefined, cause);
  }
}

/** After a loss of power the folder has to know the new file too. Not every system lets a folder be synced; the file is whole without. */
async function keepEntry(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
