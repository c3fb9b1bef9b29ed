import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeFolder, sideEnvironment } from '../../../configuration/home.ts';
import { readStackOptions } from '../../../workers/stack/options.ts';
import { rolePasswords } from '../../../configuration/role-passwords.ts';
import { type StackFile, removeStackFile, writeStackFile } from '../../../workers/stack/stack-file.ts';
import { guardRealStores } from '../../../workers/stack/store-guard.ts';

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'tidegate-home-'))));
afterEach(() => rmSync(home, { recursive: true }));

describe('the options of npm start', () => {
  it('have their defaults', () => {
    expect(readStackOptions([])).toEqual({ once: false, json: false, reset: false, sample: true, contacts: 200, databases: [] });
  });

  it('are read', () => {
    expect(readStackOptions(['--once', '--json', '--no-sample', '--database', 'a', '--database', 'b'])).toEqual({
      once: true,
      json: true,
      reset: false,
      sample: false,
      contacts: 200,
      databases: ['a', 'b'],
    });
    expect(readStackOptions(['--reset', '--contacts', '1000000'])).toMatchObject({ reset: true, sample: true, contacts: 1_000_000 });
    expect(readStackOptions(['--help'])).toBe('help');
  });

  it('are refused where they are none', () => {
    expect(() => readStackOptions(['--twice'])).toThrow(expect.objectContaining({ code: 'bad-request' }));
    for (const contacts of ['many', '0', '-5', '1.5', '', '9007199254740993'])
      expect(() => readStackOptions([`--contacts=${contacts}`])).toThrow(expect.objectContaining({ code: 'bad-request' }));
    expect(() => readStackOptions(['crm'])).toThrow(expect.objectContaining({ code: 'bad-request' }));
  });
});

describe('a store that is not embedded', () => {
  const none = { once: false, reset: false, sample: false, databases: [] };
  const real = { embedded: false, database: 'sales' };

  it.each([{ once: true }, { reset: true }, { sample: true }])('is safe from %o', (act) => {
    expect(() => guardRealStores([real], { ...none, ...act })).toThrow(expect.objectContaining({ code: 'store-not-embedded' }));
    expect(() => guardRealStores([real], { ...none, ...act, databases: ['other'] })).toThrow();
    expect(() => guardRealStores([real], { ...none, ...act, databases: ['sales'] })).not.toThrow();
    expect(() => guardRealStores([{ ...real, embedded: true }], { ...none, ...act })).not.toThrow();
  });

  it('is safe beside one that is embedded, or one that is named', () => {
    const refused = expect.objectContaining({
      code: 'store-not-embedded',
      facts: { database: 'sales' },
      message: expect.stringMatching(/--reset, --once refused/) as string,
    });
    for (const other of [
      { embedded: true, database: 'tidegate_cloud' },
      { embedded: false, database: 'hub' },
    ])
      for (const stores of [
        [other, real],
        [real, other],
      ])
        expect(() => guardRealStores(stores, { ...none, reset: true, once: true, databases: ['hub'] })).toThrow(refused);
  });

  it('can be used where none of that is asked', () => {
    expect(() => guardRealStores([real], none)).not.toThrow();
  });
});

describe('files of the home folder', () => {
  it('keep the passwords of the roles, for their owner only', async () => {
    const first = await rolePasswords(home, 'crm', ['a', 'b']);
    expect(first['a']).not.toBe(first['b']);
    expect(await rolePasswords(home, 'crm', ['a', 'b', 'c'])).toMatchObject(first);
    expect((await rolePasswords(home, 'cloud', ['a']))['a']).not.toBe(first['a']);
    expect(statSync(join(home, 'crm', 'role-passwords.json')).mode & 0o777).toBe(0o600);
  });

  it('tell outside programs of the running stack, and go with it', async () => {
    const stack = { temporal: { address: 'a', namespace: 'n', ui: 'u' } } as StackFile;
    for (let n = 0; n < 2; n++) await writeStackFile(home, stack);
    expect(statSync(join(home, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8'))).toEqual(stack);
    removeStackFile(home);
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
  });

  it('are found through TIDEGATE_HOME, and what is really set wins', () => {
    expect(homeFolder({ TIDEGATE_HOME: home })).toBe(home);
    expect(sideEnvironment('crm', { TIDEGATE_HOME: home, X: '1' })).toEqual({ TIDEGATE_HOME: home, X: '1' });
  });
});
