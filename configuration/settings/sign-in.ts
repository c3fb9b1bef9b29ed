import { z } from 'zod';
import { webUrl } from './values.ts';

/** Names of the settings with which users sign in at an OpenID provider. */
export type OpenIdSetting = 'ISSUER' | 'CLIENT_ID' | 'CLIENT_SECRET' | 'NAME' | 'SCOPE' | 'ROLE_CLAIM' | 'ROLES' | 'EMAIL';

/** Sign-in of a page with an OpenID provider; all optional, ISSUER switches it on. */
export const openIdSettingsOf = <P extends 'CRM_APP' | 'CLOUD_PAGE'>(page: P, roles: string) => {
  const settings = {
    ISSUER: webUrl
      .optional()
      .meta({ description: `Issuer of the OpenID provider that users may sign in with (https). Needs TIDEGATE_${page}_ORIGIN, CLIENT_ID and ROLES.` }),
    CLIENT_ID: z.string().min(1).optional().meta({ description: 'Name of this page at the provider.' }),
    CLIENT_SECRET: z.string().min(1).optional().meta({ description: "The client's secret at the provider; none for a public client.", secret: true }),
    NAME: z.string().min(1).max(60).default('single sign-on').meta({ description: 'What the page calls the provider.' }),
    SCOPE: z.string().min(1).default('openid email profile').meta({ description: 'Scopes that are asked for.' }),
    ROLE_CLAIM: z.string().min(1).default('roles').meta({ description: 'The claim that says what a user may do: a text or a list of texts.' }),
    ROLES: z
      .string()
      .optional()
      .meta({ description: `Roles by values of that claim, \`value=role, ...\`; the first that fits counts, \`*\` fits everybody. Roles: ${roles}.` }),
    EMAIL: z.enum(['verified', 'any']).default('verified').meta({
      description: 'Whether an e-mail address counts only where the provider calls it verified.',
      cost: '`any`: whoever can choose an address there is that user here.',
    }),
  };
  return Object.fromEntries(Object.entries(settings).map(([name, each]) => [`TIDEGATE_${page}_OIDC_${name}`, each])) as {
    [Name in OpenIdSetting as `TIDEGATE_${P}_OIDC_${Name}`]: (typeof settings)[Name];
  };
};

/** Whether passwords open a page. */
export const passwordSignIn = z
  .enum(['on', 'off'])
  .default('on')
  .meta({ description: 'Whether passwords open the page.', cost: '`off` without an OpenID provider lets nobody in.' });
