import { TidegateError } from '../../exchange/errors.ts';
import type { Database } from './database.ts';
import { runStatement } from './database.ts';
import { parseParty } from './party.ts';
import { keyId, publicJwkSchema } from './signing-key.ts';
import type { PublicJwk } from './signing-key.ts';

/** A public key as it is registered. Times in milliseconds since 1970. */
export interface KeyRegistration {
  readonly party: string;
  readonly publicJwk: PublicJwk;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A client certificate as it is registered. */
export interface CertificateRegistration {
  readonly thumbprint: string;
  /** A party (`crm:tenant/environment/link`) or the beginning of one (`crm:tenant/environment`). */
  readonly party: string;
  readonly subject: string;
  readonly notAfterMs: number;
}

// A second registration of the same key changes its times only: it never gives it to another party or takes a revocation back.
const REGISTER_KEY = `
  insert into tidegate.trusted_key as known (kid, party, jwk, not_before, not_after)
  values ($1, $2, $3::jsonb, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000))
  on conflict (kid) do update set not_before = least(known.not_before, excluded.not_before), not_after = excluded.not_after
   where known.party = excluded.party and known.state = 'active'
  returning kid`;

const REGISTER_CERTIFICATE = `
  insert into tidegate.trusted_certificate as known (thumbprint, party, subject, not_after)
  values ($1, $2, $3, to_timestamp($4::float8 / 1000))
  on conflict (thumbprint) do update set subject = excluded.subject
   where known.party = excluded.party and known.state = 'active'
  returning thumbprint`;

const REVOKE_KEY = `update tidegate.trusted_key set state = 'revoked', revoked_at = now() where kid = $1 and state <> 'revoked' returning kid`;

const REVOKE_CERTIFICATE = `update tidegate.trusted_certificate set state = 'revoked', revoked_at = now() where thumbprint = $1 and state <> 'revoked' returning thumbprint`;

/** Registers a party's public key in advance and gives its id. Throws `not-allowed` if the key is revoked or another party's. */
export async function registerKey(database: Database, { party, publicJwk, notBeforeMs, notAfterMs }: KeyRegistration): Promise<string> {
  if (parseParty(party) === undefined) throw new TidegateError('configuration-invalid', `"${party}" is not a party.`);
  const jwk = publicJwkSchema.parse(publicJwk);
  const kid = await keyId(jwk);
  const { rows } = await runStatement(database, 'tidegate-register-key', REGISTER_KEY, [kid, party, JSON.stringify(jwk), notBeforeMs, notAfterMs]);
  if (rows.length === 0)
    throw new TidegateError('not-allowed', 'The key is revoked, or registered for another party.', {
      kid,
    });
  return kid;
}

/** A party, or the beginning of one: `crm:tenant`, `crm:tenant/environment`, `crm:tenant/environment/link`. */
const OWNER = /^(crm|cloud):[a-z][a-z0-9_-]*(\/[a-z][a-z0-9_-]*){0,2}$/;

/** Registers a client certificate in advance. Throws `not-allowed` if it is revoked or another party's. */
export async function registerCertificate(database: Database, { thumbprint, party, subject, notAfterMs }: CertificateRegistration): Promise<void> {
  if (!OWNER.test(party)) throw new TidegateError('configuration-invalid', `"${party}" is not a party.`);
  const { rows } = await runStatement(database, 'tidegate-register-certificate', REGISTER_CERTIFICATE, [thumbprint, party, subject, notAfterMs]);
  if (rows.length === 0) throw new TidegateError('not-allowed', 'The certificate is revoked, or registered for another party.', { thumbprint });
}

/** Revokes a key for good, from the next request on. Whether it was valid before. */
export async function revokeKey(database: Database, kid: string): Promise<boolean> {
  return (await runStatement(database, 'tidegate-revoke-key', REVOKE_KEY, [kid])).rows.length > 0;
}

/** Revokes a client certificate for good, from the next request on, also on connections that are open. Whether it was valid before. */
export async function revokeCertificate(database: Database, thumbprint: string): Promise<boolean> {
  return (await runStatement(database, 'tidegate-revoke-certificate', REVOKE_CERTIFICATE, [thumbprint])).rows.length > 0;
}
