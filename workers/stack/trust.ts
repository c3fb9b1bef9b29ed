import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { type DevelopmentKeys, ensureDevelopmentKeys } from '../../adaptor/auth/development-keys.ts';
import { ensureSealKeys } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { registerCertificate, registerKey } from '../../adaptor/auth/register.ts';
import type { Config } from '../../configuration/config.ts';
import { withOwnMaterial } from './own-material.ts';
import type { StackStore } from './store.ts';

/** Where the CRM's keys for sealed fields are: beside its other secrets. */
export const sealKeyFile = ({ crm }: Pick<DevelopmentKeys, 'crm'>): string => join(dirname(crm.ca), 'seal-keys.json');

/**
 * Makes certificates and keys on the first start, and registers in each store what it has to know of both sides: the
 * reference keys. Own certificates and keys, named in the environment, take the place of those made here.
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
      for (const key of material.keys) await registerKey(client, key);
      if (store.side === 'cloud') await registerCertificate(client, material.clientCertificate);
    } finally {
      await client.end();
    }
  }
  return material;
}
