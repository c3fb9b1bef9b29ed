import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { z } from 'zod';
import { TidegateError } from '../../exchange/errors.ts';
import { parseParty } from './party.ts';

const coordinate = z.string().regex(/^[A-Za-z0-9_-]{43}$/, '32 bytes in base64url');

/** A public Ed25519 key (RFC 8037). */
export const publicJwkSchema = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: coordinate,
});

/** A public Ed25519 key (RFC 8037). */
export type PublicJwk = z.infer<typeof publicJwkSchema>;

/** A private Ed25519 key as it stands in a key file, with the party that signs with it. */
export const privateJwkSchema = publicJwkSchema.extend({
  d: coordinate,
  kid: coordinate,
  party: z.string().refine((id) => parseParty(id) !== undefined, 'a party: crm:tenant/environment/link or cloud:...'),
});

/** A private Ed25519 key as it stands in a key file. */
export type PrivateJwk = z.infer<typeof privateJwkSchema>;

/** A key that a party signs with. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string;
  /** Who signs with it, as in `iss`. */
  readonly party: string;
  readonly publicJwk: PublicJwk;
  /** Not extractable. */
  readonly privateKey: CryptoKey;
}

/** Makes a new private key for a party. */
export async function createPrivateJwk(party: string): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { kty, crv, x, d } = await exportJWK(privateKey);
  const kid = await keyId({ kty, crv, x } as PublicJwk);
  return privateJwkSchema.parse({ kty, crv, x, d, kid, party });
}

/** The key that a private JWK describes. Throws `configuration-invalid` if the key id is not its thumbprint or the halves do not belong together. */
export async function signingKeyFrom({ kid, party, d, ...publicJwk }: PrivateJwk): Promise<SigningKey> {
  if ((await keyId(publicJwk)) !== kid) throw new TidegateError('configuration-invalid', 'The key id of a signing key is not its thumbprint.');
  try {
    const privateKey = (await importJWK({ ...publicJwk, d }, 'EdDSA', {
      extractable: false,
    })) as CryptoKey;
    return { kid, party, publicJwk, privateKey };
  } catch (cause) {
    throw new TidegateError('configuration-invalid', 'A signing key is not a private Ed25519 key.', {}, { cause });
  }
}

/** A new signing key that is kept nowhere. */
export async function generateSigningKey(party: string): Promise<SigningKey> {
  return signingKeyFrom(await createPrivateJwk(party));
}

/** Id of a public key: its RFC 7638 thumbprint (SHA-256, base64url). */
export function keyId(jwk: PublicJwk): Promise<string> {
  return calculateJwkThumbprint({ kty: jwk.kty, crv: jwk.crv, x: jwk.x }, 'sha256');
}
