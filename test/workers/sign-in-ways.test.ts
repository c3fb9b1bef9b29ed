import { describe, expect, it } from 'vitest';
import { parseRoleMapping } from '../../configuration/role-mapping.ts';
import { cloudPageSettingsSchema } from '../../configuration/settings/cloud.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { signInWays } from '../../workers/sign-in-ways.ts';

const ROLES = ['editor', 'reader'];
const DATABASES = {
  TIDEGATE_CLOUD_PAGE_DATABASE_URL: 'postgresql://cloud_page@localhost/cloud',
  TIDEGATE_CLOUD_USER_DATABASE_URL: 'postgresql://cloud_user@localhost/cloud',
};
const PROVIDER = {
  TIDEGATE_CLOUD_PAGE_ORIGIN: 'https://cloud.example.com',
  TIDEGATE_CLOUD_PAGE_OIDC_ISSUER: 'https://id.example.com',
  TIDEGATE_CLOUD_PAGE_OIDC_CLIENT_ID: 'tidegate',
  TIDEGATE_CLOUD_PAGE_OIDC_ROLES: 'staff=editor, *=reader',
};
const waysOf = (environment: Readonly<Record<string, string>>) =>
  signInWays('CLOUD_PAGE', readSettings(cloudPageSettingsSchema, { ...DATABASES, ...environment }), ROLES);

describe('ways to sign in, by settings', () => {
  it('are passwords where nothing is said', () => {
    expect(waysOf({})).toEqual({ passwords: true, openId: undefined });
  });

  it('are the provider too where it is named, or alone', () => {
    expect(waysOf({ ...PROVIDER, TIDEGATE_CLOUD_PAGE_OIDC_NAME: 'Acme ID' })).toMatchObject({ passwords: true, openId: { name: 'Acme ID' } });
    expect(waysOf({ ...PROVIDER, TIDEGATE_CLOUD_PAGE_PASSWORDS: 'off' })).toMatchObject({ passwords: false, openId: { name: 'single sign-on' } });
  });

  it.each(['TIDEGATE_CLOUD_PAGE_ORIGIN', 'TIDEGATE_CLOUD_PAGE_OIDC_CLIENT_ID', 'TIDEGATE_CLOUD_PAGE_OIDC_ROLES'] as const)(
    'need %s for the provider',
    (name) => {
      const { [name]: _, ...rest } = PROVIDER;
      expect(() => waysOf(rest)).toThrow(`needs ${name}`);
    },
  );

  it('are never none', () => {
    expect(() => waysOf({ TIDEGATE_CLOUD_PAGE_PASSWORDS: 'off' })).toThrow('no OpenID provider');
  });
});

describe('a mapping of roles', () => {
  it('is read in its order, with values that hold signs', () => {
    expect(parseRoleMapping(' cn=staff=editor ,*=reader,', ROLES)).toEqual([
      ['cn=staff', 'editor'],
      ['*', 'reader'],
    ]);
  });

  it.each(['staff', 'staff=root', '=editor', 'staff='])('%j is refused', (text) => {
    expect(() => parseRoleMapping(text, ROLES)).toThrow('is not VALUE=ROLE');
  });
});
