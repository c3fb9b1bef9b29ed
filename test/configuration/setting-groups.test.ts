import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cloudConfigSchema } from '../../configuration/cloud-config.ts';
import { configSchema } from '../../configuration/config.ts';
import { secretSettings } from '../../configuration/secret-files.ts';
import { readEachSetting, readSettings } from '../../configuration/settings/read-settings.ts';
import { type SettingGroup, settingGroups } from '../support/setting-groups.ts';

/* What holds of every setting, whichever process reads it. */

const GROUPS = await settingGroups();
const NAMES = GROUPS.map(({ name }) => name);
const byName = (group: string): SettingGroup => GROUPS.find(({ name }) => name === group) as SettingGroup;

/** A group's settings, each with the schema that is below `optional` and `default`. */
function settingsOf({ name: group, schema }: SettingGroup) {
  return Object.entries(schema.shape).map(([name, setting]) => ({ group, name, setting: setting as z.ZodType }));
}
const ALL = [...new Map(GROUPS.flatMap(settingsOf).map((each) => [`${each.group} ${each.name}`, each])).values()];

/** What JSON Schema tells of a setting. */
const told = (setting: z.ZodType) => z.toJSONSchema(setting, { io: 'output' }) as { type?: string; default?: unknown; minimum?: number; maximum?: number };
/** The faults that a value of one setting is refused with. */
const faultsOf = ({ name, setting }: (typeof ALL)[number], value: string | undefined) =>
  readEachSetting(z.object({ [name]: setting }), { [name]: value }).faults;

describe('the groups', () => {
  it('are those of every process and command', () => {
    expect(GROUPS.map(({ name }) => name).toSorted()).toEqual(
      [
        'clientSettingsSchema',
        'cliSettingsSchema',
        'cloudPageSettingsSchema',
        'cloudUserSettingsSchema',
        'crmAppSettingsSchema',
        'crmWorkerSettingsSchema',
        'doctorSettings.cloud',
        'doctorSettings.crm',
        'initSettingsSchema',
        'keysSettings.cloud',
        'keysSettings.crm',
        'producerSettingsSchema',
        'provisionSettingsSchema',
        'provisionStoreSettings.cloud',
        'provisionStoreSettings.crm',
        'stackSettingsSchema',
        'temporalSettingsSchema',
        'usersSettingsSchema',
      ].toSorted(),
    );
  });

  it('of one side hold no secret of the other', () => {
    const secretsOf = (...names: readonly string[]) => new Set(names.flatMap((name) => secretSettings(byName(name).schema)));
    const crm = secretsOf(
      'crmWorkerSettingsSchema',
      'crmAppSettingsSchema',
      'cliSettingsSchema',
      'usersSettingsSchema',
      'keysSettings.crm',
      'doctorSettings.crm',
    );
    const cloud = secretsOf('producerSettingsSchema', 'cloudPageSettingsSchema', 'cloudUserSettingsSchema', 'keysSettings.cloud', 'doctorSettings.cloud');
    expect([...crm].filter((name) => cloud.has(name))).toEqual([]);
    expect([crm.size, cloud.size].every((size) => size >= 5)).toBe(true);
  });

  it('keep from the CRM’s page what only the worker may do', () => {
    const names = Object.keys(byName('crmAppSettingsSchema').schema.shape);
    expect(names.filter((name) => /REVERSE|VERIFIER|CONSUMER|SIGNING|TLS_KEY|SEAL|ADMIN/.test(name) && !name.includes('TEMPORAL'))).toEqual([]);
  });
});

describe('a default', () => {
  it.each(NAMES)('of %s takes what it says itself', (group) => {
    const defaults = settingsOf(byName(group)).flatMap(({ name, setting }) => {
      const { default: usual } = told(setting);
      return usual === undefined ? [] : [{ name, usual, taken: setting.safeParse(String(usual)).data }];
    });
    expect(defaults.map(({ name, taken }) => [name, taken])).toEqual(defaults.map(({ name, usual }) => [name, usual]));
  });

  it.each([
    [
      'tidegate.config.ts',
      configSchema,
      { links: [{ tenant: 'a', environment: 'b', link: 'c', collections: [{ name: 'd', table: 'e.f', key: ['g'], fields: { g: 'g' } }] }] },
    ],
    ['tidegate.cloud.config.ts', cloudConfigSchema, { access: [{ tenant: 'a', collection: 'b', rules: [{ role: 'reader' }] }] }],
  ])('of %s is within its own bounds: what was filled in may be written down', (_name, schema, smallest) => {
    const filled = (schema as z.ZodType).parse(smallest);
    expect((schema as z.ZodType).parse(filled)).toEqual(filled);
  });
});

describe('a setting', () => {
  it.each(NAMES)('of %s counts as not set where it is empty', (group) => {
    for (const each of settingsOf(byName(group))) {
      const { name, setting } = each;
      const read = (value?: string) => readEachSetting(z.object({ [name]: setting }), { [name]: value });
      for (const empty of ['', ' ', '\t\n']) expect({ [name]: read(empty) }).toEqual({ [name]: read() });
    }
  });

  it.each(NAMES)('of %s takes no word for a number, and none beyond its bounds', (group) => {
    for (const each of settingsOf(byName(group)).filter(({ setting }) => ['integer', 'number'].includes(told(setting).type ?? ''))) {
      const { type, minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = told(each.setting);
      const beyond = [minimum - 1, ...(maximum === Number.MAX_SAFE_INTEGER ? [] : [maximum + 1])].map(String);
      for (const wrong of ['many', '12 h', ...beyond, ...(type === 'integer' ? [`${minimum}.5`] : [])])
        expect({ wrong, faults: faultsOf(each, wrong) }).toEqual({ wrong, faults: [expect.stringMatching(new RegExp(`^${each.name}: `))] });
      expect(faultsOf(each, String(minimum))).toEqual([]);
    }
  });

  it.each(NAMES)('of %s takes no address without its scheme, nor with a strange one', (group) => {
    for (const each of settingsOf(byName(group)).filter(({ name }) => /URL|ISSUER|ORIGIN|ENDPOINT|TEMPORAL_UI$/.test(name)))
      for (const wrong of ['crm.example.com', 'localhost:4700', 'ftp://crm.example.com', 'javascript:alert(1)'])
        expect({ name: each.name, wrong, faults: faultsOf(each, wrong).length }).toEqual({ name: each.name, wrong, faults: 1 });
  });

  it('that is the producer’s address is https', () => {
    const [each] = settingsOf(byName('crmWorkerSettingsSchema')).filter(({ name }) => name === 'TIDEGATE_CLOUD_URL');
    expect(each && [faultsOf(each, 'http://cloud.example'), faultsOf(each, 'https://cloud.example/tidegate')]).toEqual([
      [expect.stringContaining('https://')],
      [],
    ]);
  });

  it('that is a password or holds one is a secret, and may come from a file', () => {
    const open = ALL.filter(
      ({ group, name }) => /PASSWORD$|SECRET$|API_KEY$|(DATABASE|CONSUMER|REVERSE|VERIFIER|PAGE|KEEPER)_URL$/.test(name) && group !== 'stackSettingsSchema',
    );
    expect(open.length).toBeGreaterThan(20);
    for (const { group, name } of open) expect([group, secretSettings(byName(group).schema)]).toEqual([group, expect.arrayContaining([name])]);
    // Also where a group wants what others can do without, or the other way round.
    for (const group of ['initSettingsSchema', 'cliSettingsSchema', 'provisionStoreSettings.crm'])
      expect(secretSettings(byName(group).schema)).toContain('TIDEGATE_CRM_ADMIN_URL');
  });

  it('that is missing is named, with the file that could hold it where it is a secret', () => {
    expect(() => readSettings(byName('usersSettingsSchema').schema, {})).toThrow('TIDEGATE_CRM_PAGE_URL: it is not set, nor is TIDEGATE_CRM_PAGE_URL_FILE');
    expect(() => readSettings(byName('temporalSettingsSchema').schema, {})).toThrow(/TIDEGATE_TEMPORAL_ADDRESS: it is not set$/);
  });
});
