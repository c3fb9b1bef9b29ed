import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSecretFile } from '../../files/secret-file.ts';
import { readText, readTextFile } from '../../files/text-file.ts';
import type { TidegateError } from '../../exchange/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-text-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const place = (name: string): string => join(folder, name);
function written(name: string, content: string | Uint8Array, mode = 0o600): string {
  writeFileSync(place(name), content);
  chmodSync(place(name), mode);
  return place(name);
}

/** A file of each kind that a process may be given by mistake, or find after a crash. */
const WRONG: readonly (readonly [what: string, file: () => string, told: string])[] = [
  ['missing', () => place('none'), 'ENOENT: there is no such file'],
  ['in a file instead of a folder', () => join(written('a-file', 'x'), 'below'), 'ENOTDIR'],
  [
    'a folder',
    () => {
      mkdirSync(place('folder'), { recursive: true });
      return place('folder');
    },
    'EISDIR: it is a folder',
  ],
  ['empty', () => written('empty', ''), 'is empty'],
  ['of white space', () => written('blank', ' \r\n\n'), 'is empty'],
  ['of a byte order mark alone', () => written('mark', '\uFEFF'), 'is empty'],
  ['of zeros, as a crash leaves it', () => written('zeros', new Uint8Array(200)), 'is no text in UTF-8'],
  ['in UTF-16, as some editors save it', () => written('utf-16', Buffer.from('\uFEFFhunter2', 'utf16le')), 'is no text in UTF-8'],
  ['in Latin-1', () => written('latin-1', Buffer.from('hünter2', 'latin1')), 'is no text in UTF-8'],
  [
    'far too large',
    () => {
      const file = written('large', 'hunter2');
      truncateSync(file, 17 * 1024 * 1024);
      return file;
    },
    'larger than 16 MiB',
  ],
  ['a device that never ends', () => '/dev/zero', 'it is no file'],
  [
    'a link to itself',
    () => {
      symlinkSync(place('circle'), place('circle'));
      return place('circle');
    },
    'ELOOP',
  ],
];

describe('a file of text', () => {
  it('is read with or without a byte order mark, which is no part of it', () => {
    expect(readTextFile(written('plain', 'Zoë\n'))).toBe('Zoë\n');
    expect(readTextFile(written('marked', '\uFEFF{"a": 1}'))).toBe('{"a": 1}');
  });

  it.each(WRONG)('is refused where it is %s: the file is named, and never what it holds', (_what, file, told) => {
    const named = file();
    expect(readText(named).fault).toContain(told);
    const error = (() => {
      try {
        return readTextFile(named, 'TIDEGATE_SOME_FILE');
      } catch (thrown) {
        return thrown as TidegateError;
      } finally {
        rmSync(named.startsWith(folder) && !named.endsWith('below') ? named : place('a-file'), { recursive: true, force: true });
      }
    })() as TidegateError;
    expect(error).toMatchObject({ code: 'configuration-invalid', facts: { file: named } });
    expect(error.message).toContain(`TIDEGATE_SOME_FILE: ${named} `);
    expect(error.message).not.toContain('nter2');
  });

  it.skipIf(process.getuid?.() === 0)('is refused where this user may not read it', () => {
    expect(readText(written('shut', 'x', 0o000)).fault).toContain('EACCES: this user may not');
  });
});

describe('a secret file', () => {
  it.skipIf(process.platform === 'win32').each([0o604, 0o620, 0o644])('is refused where its mode is %o, also before it is read', async (mode) => {
    await expect(readSecretFile(written('open', 'hunter2', mode))).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining('set its mode to 0600'),
    });
    await expect(readSecretFile(place('none'), 'TIDEGATE_TLS_KEY')).rejects.toThrow(`TIDEGATE_TLS_KEY: ${place('none')} cannot be read (ENOENT`);
  });

  it('may be readable for its group, as mounted secrets are', async () => {
    expect(await readSecretFile(written('group', '\uFEFFhunter2', 0o640))).toBe('hunter2');
  });
});
