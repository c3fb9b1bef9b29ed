import type { Pool } from 'pg';
import type { LinkSetup } from '../../activities/link-setup.ts';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { fileKeyWrapper } from '../../adaptor/auth/sealing/seal-key-file.ts';
import { valueCipher } from '../../adaptor/auth/sealing/value-cipher.ts';
import { producerCertificateCheck } from '../../adaptor/auth/server-certificate.ts';
import type { LiveTls } from '../../adaptor/auth/live-tls.ts';
import type { SigningKeySource } from '../../adaptor/auth/live-signing-keys.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import type { StandingTrust } from '../../adaptor/auth/standing-trust.ts';
import { type TlsMaterial, clientTlsOptions } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { type Config, type LinkConfig, inParentOrder } from '../../configuration/config.ts';
import type { CrmWorkerSettings } from '../../configuration/settings/crm.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { linkName } from '../../exchange/names.ts';
import type { ValueCipher } from '../../exchange/sealed.ts';

/** Who this side is now, and whom it believes now. */
export interface Trust {
  readonly keys: SigningKeySource;
  readonly tls: LiveTls;
  readonly standing: StandingTrust;
  /** The CRM's store, as a role that reads what is registered. */
  readonly pool: Pool;
}

/** Options of connections to the producer with some material. */
export function producerTls({ TIDEGATE_CLOUD_URL }: Pick<CrmWorkerSettings, 'TIDEGATE_CLOUD_URL'>, material: TlsMaterial) {
  return clientTlsOptions(material, new URL(TIDEGATE_CLOUD_URL).hostname.replace(/^\[|\]$/g, ''));
}

/** The links of the configuration, each with its signing key and its client of the producer. Throws `configuration-invalid`. */
export async function openLinks(config: Config, settings: CrmWorkerSettings, { keys, tls, standing, pool }: Trust): Promise<ReadonlyMap<string, LinkSetup>> {
  const cipher = await cipherFor(config, settings.TIDEGATE_SEAL_KEYS);
  const baseUrl = settings.TIDEGATE_CLOUD_URL;
  return new Map(
    config.links.map((link) => {
      const { tenant, environment, link: name } = link;
      const identity = { tenant, environment, link: name };
      const signingKey = (): SigningKey => {
        const key = keys.get(partyId('crm', identity));
        if (key === undefined) throw new TidegateError('configuration-invalid', `There is no signing key for ${partyId('crm', identity)}.`);
        return key;
      };
      signingKey();
      const producer = new ProducerClient({
        baseUrl,
        tls: producerTls(settings, tls.material),
        checkServer: producerCertificateCheck(pool, partyId('cloud', identity), () => tls.revocations),
        link: identity,
        auth: producerAuth(signingKey, standing),
        maxConnections: link.load.streams + 6,
      });
      const parts = {
        get signingKey() {
          return signingKey();
        },
        producer,
        cipher,
        readCertificate: async () => tls.material.certificate,
      };
      return [linkName(identity), linkSetup(link, parts)];
    }),
  );
}

/** What seals and opens sealed fields. Without its keys a worker that has such fields does not start. */
async function cipherFor({ links }: Config, file: string | undefined): Promise<ValueCipher | undefined> {
  const isSealed = links.some(({ collections }) =>
    collections.some(({ fields }) => Object.values(fields).some((field) => 'sealed' in field && field.sealed === true)),
  );
  if (!isSealed) return undefined;
  if (file === undefined) throw new TidegateError('configuration-invalid', 'Fields are sealed: set TIDEGATE_SEAL_KEYS to their key file.');
  const cipher = valueCipher(fileKeyWrapper(file));
  await cipher.currentKeyId();
  return cipher;
}

/** What the client of the producer needs of the authentication module. */
export function producerAuth(key: () => SigningKey, standing?: StandingTrust) {
  return {
    createAssertion: () => createAssertion(key()),
    createProof: (request: Parameters<typeof createProof>[1]) => createProof(key(), request),
    ...(standing === undefined ? {} : { assertTrusted: () => standing.assertTrusted(key()) }),
  };
}

/** A link's configuration in the form that activities work with; the signing key is asked for whenever it is needed. */
export function linkSetup(link: LinkConfig, parts: Pick<LinkSetup, 'signingKey' | 'producer' | 'readCertificate' | 'cipher'>): LinkSetup {
  const { tenant, environment, link: name, pump, load, reverse, schedules, reconciliation, approvals } = link;
  const identity = { tenant, environment, link: name };
  return {
    identity,
    name: linkName(identity),
    pump,
    load,
    reverse,
    reconciliation,
    approvals,
    reverseEveryMs: schedules.reverseEveryMs,
    collections: inParentOrder(link.collections).map((collection) => ({
      source: collectionSource(collection),
      deleteBudget: collection.deleteBudget,
      changeShare: collection.changeShare,
      approval: collection.approval,
    })),
    get signingKey() {
      return parts.signingKey;
    },
    producer: parts.producer,
    cipher: parts.cipher,
    readCertificate: parts.readCertificate,
  };
}
