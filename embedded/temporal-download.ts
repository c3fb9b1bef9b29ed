import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { TidegateError } from '../exchange/errors.ts';
import { ownProgram } from './own-program.ts';

/** Long enough for the archive on a slow line; a network that swallows packets gives no answer at all. */
const DOWNLOAD_TIMEOUT_MS = 60_000;

/**
 * Fetches the Temporal command line by the SDK's own download, into a file. The SDK offers no download alone, so a process
 * of its own starts a server that way and shuts it down again: it can be given up when the network does not answer.
 * Throws `set-up-failed`.
 */
export async function downloadTemporalBySdk(file: string, timeoutMs = DOWNLOAD_TIMEOUT_MS): Promise<void> {
  const folder = await mkdtemp(join(dirname(file), 'download-'));
  try {
    const script = ownProgram(import.meta.url, 'temporal-download-process');
    await promisify(execFile)(process.execPath, [script, folder], { timeout: timeoutMs, killSignal: 'SIGKILL' });
    const [name] = await readdir(folder);
    if (name === undefined) throw new TidegateError('set-up-failed', 'The Temporal SDK downloaded nothing.');
    await rename(join(folder, name), file);
  } catch (error) {
    throw new TidegateError('set-up-failed', 'The Temporal SDK could not download the server.', {}, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
