import { readFile } from 'node:fs/promises';
import type { LinkSetup } from '../../activities/link-setup.ts';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import type { SigningKeys } from '../../adaptor/auth/signing-key-file.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { clientTlsOptions, readTlsMaterial } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { type Config, type LinkConfig, inParentOrder } from '../../configuration/config.ts';
import type { CrmWorkerSettings } from '../../configuration/settings.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';

/** The links of the configuration, each with its signing key and its client of the producer. Throws `configuration-invalid`. */
export async function openLinks(config: Config, settings: CrmWorkerSettings, keys: SigningKeys): Promise<ReadonlyMap<string, LinkSetup>> {
  const tls = await readTlsMaterial({ ca: settings.TIDEGATE_TLS_CA, certificate: settings.TIDEGATE_TLS_CERTIFICATE, key: settings.TIDEGATE_TLS_KEY });
  const baseUrl = settings.TIDEGATE_CLOUD_URL;
  return new Map(
    config.links.map((link) => {
      const { tenant, environment, link: name } = link;
      const identity = { tenant, environment, link: name };
      const signingKey = keys.get(partyId('crm', identity));
      if (signingKey === undefined) throw new TidegateError('configuration-invalid', `There is no signing key for ${partyId('crm', identity)}.`);
      const producer = new ProducerClient({
        baseUrl,
        tls: clientTlsOptions(tls, new URL(baseUrl).hostname.replace(/^\[|\]$/g, '')),
        link: identity,
        auth: producerAuth(signingKey),
        maxConnections: link.load.streams + 6,
      });
      return [linkName(identity), linkSetup(link, { signingKey, producer, readCertificate: () => readFile(settings.TIDEGATE_TLS_CERTIFICATE, 'utf8') })];
    }),
  );
}

/** What the client of the producer needs of the authentication module. */
export function producerAuth(key: SigningKey) {
  return { createAssertion: () => createAssertion(key), createProof: (request: Parameters<typeof createProof>[1]) => createProof(key, request) };
}

/** A link's configuration in the form that activities work with. */
export function linkSetup(link: LinkConfig, parts: Pick<LinkSetup, 'signingKey' | 'producer' | 'readCertificate'>): LinkSetup {
  const { tenant, environment, link: name, pump, load, reverse, schedules, approvals } = link;
  const identity = { tenant, environment, link: name };
  return {
    identity,
    name: linkName(identity),
    pump,
    load,
    reverse,
    approvals,
    reverseEveryMs: schedules.reverseEveryMs,
    collections: inParentOrder(link.collections).map((collection) => ({
      source: collectionSource(collection),
      deleteBudget: collection.deleteBudget,
      changeShare: collection.changeShare,
      approval: collection.approval,
    })),
    ...parts,
  };
}
