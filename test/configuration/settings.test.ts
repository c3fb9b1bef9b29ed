import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sideEnvironment } from '../../configuration/home.ts';
import { secretSettings } from '../../configuration/secret-files.ts';
import { producerSettingsSchema } from '../../configuration/settings/cloud.ts';
import { doctorSettings, initSettingsSchema } from '../../configuration/settings/command-line.ts';
import { readEachSetting, readSettings } from '../../configuration/settings/read-settings.ts';

const complete = {
  TIDEGATE_TLS_CA: 'ca.pem',
  TIDEGATE_TLS_CERTIFICATE: 'certificate.pem',
  TIDEGATE_TLS_KEY: 'key.pem',
  TIDEGATE_SIGNING_KEY: 'signing.jwk',
  TIDEGATE_PRODUCER_DATABASE_URL: 'postgresql://tidegate_producer:secret@127.0.0.1/cloud',
  TIDEGATE_REGISTRAR_DATABASE_URL: 'postgresql://tidegate_registrar:secret@127.0.0.1/cloud',
};

describe('settings', () => {
  it('are read with their defaults', () => {
    const settings = readSettings(producerSettingsSchema, { ...complete, TIDEGATE_PRODUCER_PORT: '8443', UNRELATED: 'x' });
    expect(settings.TIDEGATE_PRODUCER_PORT).toBe(8443);
    expect(settings.TIDEGATE_PRODUCER_HOST).toBe('127.0.0.1');
  });

  it('are refused with every fault by name, and never show a value', () => {
    const wrong = { ...complete, TIDEGATE_PRODUCER_PORT: '99999', TIDEGATE_PRODUCER_DATABASE_URL: 'mysql://u:secret@h/d', TIDEGATE_TLS_CA: undefined };
    const error = (() => {
      try {
        return readSettings(producerSettingsSchema, wrong);
      } catch (thrown) {
        return thrown as Error;
      }
    })() as Error;
    expect(error.message).toContain('TIDEGATE_PRODUCER_PORT');
    expect(error.message).toContain('TIDEGATE_PRODUCER_DATABASE_URL');
    expect(error.message).toContain('TIDEGATE_TLS_CA');
    expect(error.message).not.toContain('secret');
  });
});

describe('secrets', () => {
  const { TIDEGATE_PRODUCER_DATABASE_URL: url, ...rest } = complete;
  let folder: string;
  let file: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-secrets-'));
    file = join(folder, 'url');
    writeFileSync(file, `${url}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const faultsOf = (environment: Record<string, string>): unknown => {
    try {
      return readSettings(producerSettingsSchema, environment);
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('are those that hold a password', () => {
    expect(secretSettings(producerSettingsSchema)).toEqual(['TIDEGATE_PRODUCER_DATABASE_URL', 'TIDEGATE_REGISTRAR_DATABASE_URL']);
  });

  it('come from the file that is named', () => {
    const settings = readSettings(producerSettingsSchema, { ...rest, TIDEGATE_PRODUCER_DATABASE_URL_FILE: file });
    expect(settings.TIDEGATE_PRODUCER_DATABASE_URL).toBe(url);
  });

  it('come from it too where every setting is read by itself, beside the faults of the others', () => {
    const { values, faults } = readEachSetting(producerSettingsSchema, { ...rest, TIDEGATE_TLS_CA: '', TIDEGATE_PRODUCER_DATABASE_URL_FILE: file });
    expect(values).toMatchObject({ TIDEGATE_PRODUCER_DATABASE_URL: url, TIDEGATE_TLS_KEY: 'key.pem' });
    expect(faults).toEqual([expect.stringContaining('TIDEGATE_TLS_CA')]);
  });

  it('are refused where they come twice, cannot be read, or are wrong, without being told', () => {
    expect(faultsOf({ ...complete, TIDEGATE_PRODUCER_DATABASE_URL_FILE: file })).toContain('TIDEGATE_PRODUCER_DATABASE_URL is set as well');
    expect(faultsOf({ ...rest, TIDEGATE_PRODUCER_DATABASE_URL_FILE: join(folder, 'gone') })).toMatch(/TIDEGATE_PRODUCER_DATABASE_URL_FILE: .*ENOENT/);
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'hunter2');
    const told = faultsOf({ ...rest, TIDEGATE_PRODUCER_DATABASE_URL_FILE: wrong });
    expect(told).toContain('TIDEGATE_PRODUCER_DATABASE_URL: a postgresql:// URL');
    expect(told).not.toContain('hunter2');
  });

  it('come from no file where they are no secrets', () => {
    expect(faultsOf({ ...complete, TIDEGATE_TLS_CA: '', TIDEGATE_TLS_CA_FILE: file })).toContain('TIDEGATE_TLS_CA');
  });

  it('come from it where another group can do without them, and from no file where none is named', () => {
    const variables = { TIDEGATE_CRM_PAGE_URL_FILE: file };
    expect(readEachSetting(doctorSettings.crm, variables).values).toMatchObject({ TIDEGATE_CRM_PAGE_URL: url });
    expect(readSettings(initSettingsSchema, { TIDEGATE_CRM_ADMIN_URL_FILE: file })).toEqual({ TIDEGATE_CRM_ADMIN_URL: url });
    expect(readSettings(producerSettingsSchema, { ...complete, TIDEGATE_PRODUCER_DATABASE_URL_FILE: '' }).TIDEGATE_PRODUCER_DATABASE_URL).toBe(url);
  });

  it('are told of once where their file is at fault', () => {
    const { faults } = readEachSetting(producerSettingsSchema, { ...rest, TIDEGATE_PRODUCER_DATABASE_URL_FILE: folder });
    expect(faults).toEqual([`TIDEGATE_PRODUCER_DATABASE_URL_FILE: ${folder} cannot be read (EISDIR: it is a folder)`]);
  });

  it('in a file stand above what the embedded stack wrote down', () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, 'crm'), { recursive: true });
    writeFileSync(join(home, 'crm', 'environment.json'), JSON.stringify({ A_URL: 'written', B_URL: 'written' }));
    expect(sideEnvironment('crm', { TIDEGATE_HOME: home, A_URL_FILE: file })).toEqual({ TIDEGATE_HOME: home, A_URL_FILE: file, B_URL: 'written' });
  });
});
