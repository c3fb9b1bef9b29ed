import type { Pool } from 'pg';
import type { TrustAct } from '../../adaptor/auth/register.ts';
import { loadSigningKeys } from '../../adaptor/auth/signing-key-file.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { sideEnvironment } from '../../configuration/home.ts';
import { keysSettings } from '../../configuration/settings/command-line.ts';
import { readSettings } from '../../configuration/settings/read-settings.ts';
import { systemUser } from '../../configuration/system-user.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Side } from '../../exchange/names.ts';

/** What the commands about keys work with at one side. They need that side's settings, and none of the other's. */
export interface KeysParts extends AsyncDisposable {
  readonly side: Side;
  /** The side's store, as its keeper. */
  readonly pool: Pool;
  readonly files: {
    readonly signingKey: string;
    readonly ca: string | undefined;
    readonly certificate: string | undefined;
    readonly key: string | undefined;
  };
  /** Base URL of the producer; at the CRM only. */
  readonly cloudUrl: string | undefined;
  /** Who acts: the system's user. */
  act(reason: string): TrustAct;
  /** The own party that is named, or the only one that the key file has. Throws `bad-request`. */
  ownParty(link: string | undefined): Promise<string>;
}

/** Reads a side's settings. Throws `not-running` where nothing tells where its store is, `configuration-invalid`. */
export function openKeysParts(side: Side, environment: Readonly<Record<string, string | undefined>>): KeysParts {
  const own = sideEnvironment(side, environment);
  const variable = side === 'crm' ? 'TIDEGATE_CRM_KEEPER_URL' : 'TIDEGATE_CLOUD_KEEPER_DATABASE_URL';
  if ((own[variable] ?? own[`${variable}_FILE`]) === undefined)
    throw new TidegateError('not-running', `Neither a running stack nor ${variable} was found.`, { side });
  const settings = side === 'crm' ? readSettings(keysSettings.crm, own) : readSettings(keysSettings.cloud, own);
  const url = 'TIDEGATE_CRM_KEEPER_URL' in settings ? settings.TIDEGATE_CRM_KEEPER_URL : settings.TIDEGATE_CLOUD_KEEPER_DATABASE_URL;
  const pool = createPool(url, { applicationName: 'tidegate keys', maxConnections: 2 });
  const signingKey = settings.TIDEGATE_SIGNING_KEY;
  return {
    side,
    pool,
    files: { signingKey, ca: settings.TIDEGATE_TLS_CA, certificate: settings.TIDEGATE_TLS_CERTIFICATE, key: settings.TIDEGATE_TLS_KEY },
    cloudUrl: 'TIDEGATE_CLOUD_URL' in settings ? settings.TIDEGATE_CLOUD_URL : undefined,
    act: (reason) => ({ by: systemUser(), reason }),
    ownParty: async (link) => {
      const parties = [...(await loadSigningKeys(signingKey)).keys()];
      const found = link === undefined ? (parties.length === 1 ? parties[0] : undefined) : parties.find((party) => matches(party, link));
      if (found === undefined) throw new TidegateError('bad-request', `Name a link of ${parties.join(', ')} (--link).`);
      return found;
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** A link is named in full, or by its last part. */
const matches = (party: string, link: string): boolean => party.slice(party.indexOf(':') + 1) === link || party.split('/').at(-1) === link;
