import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { addCodecKey, ensureCodecKeys, listCodecKeys } from '../../adaptor/auth/codec/codec-key-file.ts';
import { intoNamedFile, writeNamedFile } from '../../cli/written-file.ts';
import { changeAlone } from '../../files/change-alone.ts';
import { makeFile, replaceFile, writeWholeFile } from '../../files/whole-file.ts';
import { codeOf } from '../support/code-of.ts';

const root = mkdtempSync(join(tmpdir(), 'tidegate-whole-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'f'));
});
const place = (name = 'file'): string => join(folder, name);
const fails = async (): Promise<never> => {
  throw new Error('half way');
};

describe('a file that is written whole', () => {
  it('takes the place of the one before, with the mode that is asked for, and leaves nothing beside it', async () => {
    for (const text of ['one', 'two']) await writeWholeFile(join(folder, 'new', 'file'), text, 0o600);
    expect(readFileSync(join(folder, 'new', 'file'), 'utf8')).toBe('two');
    expect(statSync(join(folder, 'new', 'file')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'new')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'new'))).toEqual(['file']);
  });

  it('is as it was where writing fails half way', async () => {
    writeFileSync(place(), 'before');
    const half = replaceFile(place(), 0o600, async (handle) => {
      await handle.writeFile('half');
      return fails();
    });
    await expect(half).rejects.toThrow('half way');
    expect(readFileSync(place(), 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('cannot be a folder, nor lie below a file: the file is named, and nothing is left', async () => {
    mkdirSync(place('taken'));
    expect(await codeOf(writeWholeFile(place('taken'), 'x'))).toBe('configuration-invalid');
    await writeWholeFile(place('plain'), 'x');
    await expect(writeWholeFile(join(place('plain'), 'below'), 'x')).rejects.toThrow(`${join(place('plain'), 'below')} cannot be written (`);
    expect(readdirSync(folder).toSorted()).toEqual(['plain', 'taken']);
  });

  it('is new where it must not be there, and gone again where it was not finished', async () => {
    await expect(makeFile(place(), 0o600, fails)).rejects.toThrow('half way');
    expect(existsSync(place())).toBe(false);
    expect(await makeFile(place(), 0o600, async (handle) => handle.writeFile('kept').then(() => 7))).toBe(7);
    await expect(makeFile(place(), 0o600, fails)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(place(), 'utf8')).toBe('kept');
  });
});

describe('a file that several change', () => {
  it('loses nobody’s change: of keys that are added at once, each is there', async () => {
    await ensureCodecKeys(place('keys'));
    const ids = await Promise.all(Array.from({ length: 8 }, () => addCodecKey(place('keys'), { current: true })));
    const keys = await listCodecKeys(place('keys'));
    expect(keys).toHaveLength(9);
    expect(keys.map(({ keyId }) => keyId)).toEqual(expect.arrayContaining(ids));
    expect(readdirSync(folder)).toEqual(['keys']);
  });

  it('is as it was where a command that was killed holds it, and what to remove is named', async () => {
    await writeWholeFile(place(), 'before');
    writeFileSync(`${place()}.lock`, '');
    const change = changeAlone(place(), () => writeWholeFile(place(), 'after'), 0);
    await expect(change).rejects.toMatchObject({ code: 'configuration-invalid', message: expect.stringContaining(`remove ${place()}.lock`) });
    expect(readFileSync(place(), 'utf8')).toBe('before');
    rmSync(`${place()}.lock`);
    await changeAlone(place(), () => writeWholeFile(place(), 'after'), 0);
    await expect(changeAlone(place(), fails)).rejects.toThrow('half way');
    expect([readFileSync(place(), 'utf8'), readdirSync(folder)]).toEqual(['after', ['file']]);
  });
});

describe('a file that an operator names', () => {
  it('keeps its mode and its links, and what was in it until all of the new is there', async () => {
    writeFileSync(place('real'), 'before');
    chmodSync(place('real'), 0o640);
    symlinkSync(place('real'), place('link'));
    await expect(intoNamedFile(place('link'), fails)).rejects.toThrow('half way');
    expect(readFileSync(place('real'), 'utf8')).toBe('before');
    await writeNamedFile(place('link'), 'after');
    expect(readFileSync(place('real'), 'utf8')).toBe('after');
    expect(statSync(place('real')).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).toSorted()).toEqual(['link', 'real']);
  });

  it('may be no file at all', async () => {
    await writeNamedFile('/dev/null', 'gone');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it.each([
    ['a folder', () => folder],
    ['in no folder', () => join(folder, 'none', 'file')],
  ])('is refused where it is %s', async (_what, named) => {
    await expect(writeNamedFile(named(), 'x')).rejects.toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining(`${named()} cannot be written (`),
    });
  });
});

/** A command in a process of its own: it has begun to write a file, and goes on for ever, or prints without end. */
async function command(code: string, args: readonly string[] = []) {
  const url = (name: string) => JSON.stringify(new URL(`../../${name}`, import.meta.url).href);
  const text = `import { endInOrder } from ${url('cli/interruption.ts')}; import { makeFile } from ${url('files/whole-file.ts')}; ${code}`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', text, ...args], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, first: first.toString(), stderr: () => stderr };
}

describe('a command that is stopped', () => {
  const writing = (json: boolean) =>
    `endInOrder(${json}); setInterval(() => {}, 1000);
     await makeFile(${JSON.stringify(place())}, 0o600, async (handle) => { await handle.writeFile('half'); console.log('began'); await new Promise(() => {}); });`;

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s says so, ends with %i, and leaves no half a file', async (signal, status) => {
    const { child, stderr } = await command(writing(false));
    expect(existsSync(place())).toBe(true);
    const exited = once(child, 'close');
    child.kill(signal);
    expect(await exited).toEqual([status, null]);
    expect(stderr()).toMatch(new RegExp(`tidegate: .*\\(${signal}\\) \\[interrupted\\]\\n {2}Is this normal\\? .*\\n {2}What to do: `));
    expect(stderr()).not.toContain('No update');
    expect(existsSync(place())).toBe(false);
  });

  it('says it as JSON where JSON is asked for', async () => {
    const { child } = await command(writing(true));
    let stdout = '';
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    const exited = once(child, 'close');
    child.kill('SIGINT');
    await exited;
    const { error } = JSON.parse(stdout) as { error: Record<string, string> };
    expect(error).toMatchObject({ code: 'interrupted', action: expect.any(String) });
    expect(error).not.toHaveProperty('noUpdate');
  });

  it('when it is done already, ends as what it did', async () => {
    const { child, stderr } = await command(`endInOrder(false); setInterval(() => {}, 1000); process.exitCode = 1; console.log('began');`);
    const exited = once(child, 'close');
    child.kill('SIGINT');
    expect([await exited, stderr()]).toEqual([[1, null], '']);
  });
});

describe('a command whose output goes nowhere', () => {
  it('goes on where whoever read it has read enough', async () => {
    const { child, stderr } = await command(
      `endInOrder(false); console.log('began'); for (let n = 0; n < 50; n++) { process.stdout.write('x'.repeat(100000)); await new Promise((done) => setImmediate(done)); }
       process.stderr.write('the act is done'); process.exitCode ??= 0;`,
    );
    const exited = once(child, 'close');
    child.stdout.destroy();
    expect([await exited, stderr()]).toEqual([[0, null], 'the act is done']);
  });
});
