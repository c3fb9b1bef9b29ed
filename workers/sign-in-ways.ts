import { parseRoleMapping } from '../configuration/role-mapping.ts';
import type { OpenIdSetting } from '../configuration/settings/sign-in.ts';
import { TidegateError } from '../exchange/errors.ts';
import { OPENID_CALLBACK_PATH } from '../web/sign-in/openid-endpoints.ts';
import { type OpenIdProvider, openIdProvider } from '../web/sign-in/openid-provider.ts';

type Page = 'CRM_APP' | 'CLOUD_PAGE';

/** Settings of one page's sign-in, as configuration/settings/sign-in.ts has them. */
type SignInSettings<P extends Page> = {
  readonly [Name in `TIDEGATE_${P}_${'ORIGIN' | 'PASSWORDS'}` | `TIDEGATE_${P}_OIDC_${OpenIdSetting}`]?: string | undefined;
};

/**
 * How users of a page sign in, by its settings. Throws `configuration-invalid` where a provider is named without what it
 * takes, or nothing is left that opens the door.
 */
export function signInWays<P extends Page>(
  page: P,
  settings: SignInSettings<P>,
  roles: readonly string[],
): { readonly passwords: boolean; readonly openId: OpenIdProvider | undefined } {
  const read = (name: string): string | undefined => (settings as Readonly<Record<string, string | undefined>>)[`TIDEGATE_${page}_${name}`];
  const passwords = read('PASSWORDS') === 'on';
  const issuer = read('OIDC_ISSUER');
  if (issuer === undefined) {
    if (!passwords) throw new TidegateError('configuration-invalid', `TIDEGATE_${page}_PASSWORDS is off, and no OpenID provider is named.`);
    return { passwords, openId: undefined };
  }
  const [origin, clientId, mapping] = ['ORIGIN', 'OIDC_CLIENT_ID', 'OIDC_ROLES'].map((name) => {
    const value = read(name);
    if (value === undefined) throw new TidegateError('configuration-invalid', `TIDEGATE_${page}_OIDC_ISSUER needs TIDEGATE_${page}_${name}.`);
    return value;
  }) as [string, string, string];
  const openId = openIdProvider({
    issuer,
    clientId,
    clientSecret: read('OIDC_CLIENT_SECRET'),
    name: read('OIDC_NAME') ?? '',
    scope: read('OIDC_SCOPE') ?? 'openid',
    roleClaim: read('OIDC_ROLE_CLAIM') ?? '',
    roles: parseRoleMapping(mapping, roles),
    trustEmail: read('OIDC_EMAIL') === 'any',
    redirectUri: new URL(OPENID_CALLBACK_PATH, origin).href,
  });
  return { passwords, openId };
}
