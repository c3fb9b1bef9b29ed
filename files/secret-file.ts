import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';

/** Bits of a mode that let others in: nothing for others, no writing for the group (it may read: mounted secrets come so). */
const OPEN_BITS = 0o027;

/** Writes a file that only its owner may read (0600), whole or not at all; its folder is made 0700 if it is missing. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Text of a file that nobody else may read; `variable` is the setting that names it. Throws `configuration-invalid` if it is missing or open to others. */
export async function readSecretFile(file: string, variable?: string): Promise<string> {
  const named = variable === undefined ? '' : `${variable}: `;
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & OPEN_BITS) !== 0)
      throw new TidegateError('configuration-invalid', `${named}Others may read or write ${file}: set its mode to 0600.`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('configuration-invalid', `${named}The file ${file} cannot be read.`, {}, { cause });
  }
}
