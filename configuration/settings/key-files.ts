import { file } from './values.ts';

/** Files of transport level security and signing keys of one side. */
export const keyFiles = {
  TIDEGATE_TLS_CA: file("PEM file of the authority that signs the other side's certificate."),
  TIDEGATE_TLS_CERTIFICATE: file("PEM file of this side's certificate."),
  TIDEGATE_TLS_KEY: file('PEM file of its private key, readable by its owner only.'),
  TIDEGATE_TLS_CRL: file('PEM file of revocation lists (CRL) of that authority. Not set: only what is revoked in the store is.').optional(),
  TIDEGATE_SIGNING_KEY: file("File of this side's private signing keys (JWK), readable by its owner only."),
};

/** File of the keys of sealed fields. */
export const sealKeys = {
  TIDEGATE_SEAL_KEYS: file(
    'File of the keys under which sealed fields are wrapped, readable by its owner only; needed where a collection has such fields.',
  ).optional(),
};
