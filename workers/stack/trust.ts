import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { type DevelopmentKeys, ensureDevelopmentKeys } from '../../adaptor/auth/development-keys.ts';
import { type TrustAct, registerCertificate, registerKey } from '../../adaptor/auth/register.ts';
import { ensureSealKeys } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { keyId } from '../../adaptor/auth/signing-key.ts';
import { type Trusted, listTrusted } from '../../adaptor/auth/trust-list.ts';
import type { Config } from '../../configuration/config.ts';
import { withOwnMaterial } from './own-material.ts';
import type { StackStore } from './store.ts';

const ACT: TrustAct = { by: 'npm start', reason: 'reference keys of both sides' };
/** What ends sooner is registered again, for longer. */
const RENEW_MS = 30 * 86_400_000;

/** Where the CRM's keys for sealed fields are: beside its other secrets. */
export const sealKeyFile = ({ crm }: Pick<DevelopmentKeys, 'crm'>): string => join(dirname(crm.ca), 'seal-keys.json');

/**
 * Makes certificates and keys on the first start, and registers in each store what it has to know of both sides: the
 * reference keys. Own certificates and keys, named in the environment, take the place of those made here. What is known
 * stays as it is; what was revoked stays revoked, and the start goes on without it.
 */
export async function establishTrust(
  home: string,
  config: Config,
  stores: readonly StackStore[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<DevelopmentKeys> {
  const links = config.links.map(({ tenant, environment: stage, link }) => ({ tenant, environment: stage, link }));
  const material = await withOwnMaterial(await ensureDevelopmentKeys(home, { links }), environment);
  await ensureSealKeys(sealKeyFile(material));
  for (const store of stores) {
    const client = new Client({ connectionString: store.adminUrl });
    await client.connect();
    try {
      await registerMissing(client, material, store.side === 'cloud' ? material.clientCertificate : material.serverCertificate);
    } finally {
      await client.end();
    }
  }
  return material;
}

async function registerMissing(client: Client, material: DevelopmentKeys, certificate: DevelopmentKeys['clientCertificate']): Promise<void> {
  const known = await listTrusted(client);
  for (const key of material.keys) if (isMissing(known, await keyId(key.publicJwk))) await registerKey(client, key, ACT);
  if (isMissing(known, certificate.thumbprint)) await registerCertificate(client, certificate, ACT);
}

function isMissing(known: readonly Trusted[], id: string): boolean {
  const found = known.find((one) => one.id === id);
  return found === undefined || (found.kind === 'key' && found.state !== 'revoked' && found.notAfterMs < Date.now() + RENEW_MS);
}
