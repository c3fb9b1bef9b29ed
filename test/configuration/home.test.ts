import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { homeFolder, sideEnvironment } from '../../configuration/home.ts';
import { unknownSettings } from '../../configuration/settings/known-names.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidegate-home-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = { A_URL: 'written', B_URL: 'written' };
const writeDown = (side: string, text: string): void => {
  mkdirSync(join(folder, side), { recursive: true });
  writeFileSync(join(folder, side, 'environment.json'), text);
};
beforeEach(() => writeDown('crm', JSON.stringify(written)));

describe('the home folder', () => {
  it('is .tidegate in the working folder unless another one is named', () => {
    expect(homeFolder({})).toBe(resolve('.tidegate'));
    expect(homeFolder({ TIDEGATE_HOME: '' })).toBe(resolve('.tidegate'));
    expect(homeFolder({ TIDEGATE_HOME: 'elsewhere' })).toBe(resolve('elsewhere'));
  });
});

describe('the environment of a side', () => {
  const home = { TIDEGATE_HOME: folder };

  it('is what the stack wrote down for that side, below what is set', () => {
    expect(sideEnvironment('crm', home)).toEqual({ ...home, ...written });
    expect(sideEnvironment('crm', { ...home, A_URL: 'set' })).toEqual({ ...home, A_URL: 'set', B_URL: 'written' });
    expect(sideEnvironment('cloud', { ...home, A_URL: 'set' })).toEqual({ ...home, A_URL: 'set' });
  });

  it('keeps what was written down where a variable is empty', () => {
    expect(sideEnvironment('crm', { ...home, A_URL: '' })).toEqual({ ...home, ...written });
    expect(sideEnvironment('crm', { ...home, A_URL_FILE: '' })).toEqual({ ...home, ...written });
  });

  it('has no empty variable where nothing was written down either', () => {
    expect(sideEnvironment('cloud', { ...home, A_URL: '', B_URL: undefined, C: ' ' })).toEqual(home);
  });

  it.each([
    ['no JSON', '{'],
    ['another form', '{"A_URL": 1}'],
    ['half a file', ''],
  ])('is refused with %s in the stack’s file, which is named', (_what, text) => {
    writeDown('crm', text);
    const said = expect.objectContaining({ code: 'configuration-invalid', message: expect.stringContaining(join(folder, 'crm', 'environment.json')) });
    expect(() => sideEnvironment('crm', home)).toThrow(said);
    expect(sideEnvironment('cloud', home)).toEqual(home);
  });
});

describe('variables that nothing reads', () => {
  it('are those with the name of a setting that is none', () => {
    const right = { TIDEGATE_HOME: 'h', TIDEGATE_CRM_APP_PORT: '1', TIDEGATE_CRM_PAGE_URL_FILE: 'f', TIDEGATE_CLOUD_TLS_KEY: 'k', PATH: 'p', OTEL_OTHER: 'o' };
    expect(unknownSettings(right)).toEqual([]);
    expect(unknownSettings({ ...right, TIDEGATE_CRM_APP_PROT: '80', TIDEGATE_TLS_KEY_FILE: 'no secret', TIDEGATE_OLD: '' })).toEqual([
      'TIDEGATE_CRM_APP_PROT',
      'TIDEGATE_TLS_KEY_FILE',
    ]);
  });
});
