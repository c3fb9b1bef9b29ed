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

/** A certificate as it is registered. */
export interface CertificateRegistration {
  readonly thumbprint: string;
  /** A party (`crm:tenant/environment/link`) or the beginning of one (`crm:tenant/environment`). */
  readonly party: string;
  readonly subject: string;
  readonly notAfterMs: number;
}

/** Who acts, and why: both stand in the row and in the audit log. Without them the database's role is named. */
export interface TrustAct {
  readonly by: string;
  readonly reason: string;
}

// One statement, so that the settings hold for it alone (guard_trust and audit_trust of the control plane read them).
const ACTING = (by: number) => `acting as (select set_config('tidegate.actor', $${by}, true) as by, set_config('tidegate.reason', $${by + 1}, true) as reason)`;

// A second registration of the same key changes its times only: it never gives it to another party or takes a revocation back.
const REGISTER_KEY = `
  with ${ACTING(6)}
  insert into tidegate.trusted_key as known (kid, party, jwk, not_before, not_after)
  select $1, $2, $3::jsonb, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000) from acting where by is not null and reason is not null
  on conflict (kid) do update set not_before = least(known.not_before, excluded.not_before), not_after = excluded.not_after
   where known.party = excluded.party and known.state = 'active'
  returning kid`;

const REGISTER_CERTIFICATE = `
  with ${ACTING(5)}
  insert into tidegate.trusted_certificate as known (thumbprint, party, subject, not_after)
  select $1, $2, $3, to_timestamp($4::float8 / 1000) from acting where by is not null and reason is not null
  on conflict (thumbprint) do update set subject = excluded.subject
   where known.party = excluded.party and known.state = 'active'
  returning thumbprint`;

const REVOKE_KEY = `
  with ${ACTING(2)}
  update tidegate.trusted_key set state = 'revoked' from acting where by is not null and reason is not null and kid = $1 and state <> 'revoked' returning kid`;

const REVOKE_CERTIFICATE = `
  with ${ACTING(2)}
  update tidegate.trusted_certificate set state = 'revoked' from acting
   where by is not null and reason is not null and thumbprint = $1 and state <> 'revoked' returning thumbprint`;

const END_OTHERS = `
  with ${ACTING(4)}
  update tidegate.trusted_key set not_after = to_timestamp($3::float8 / 1000) from acting
   where by is not null and reason is not null and party = $1 and kid <> $2 and state = 'active' and not_after > to_timestamp($3::float8 / 1000)
  returning kid`;

const acting = (act: TrustAct | undefined): readonly [string, string] => [act?.by ?? '', act?.reason ?? ''];

/** Registers a party's public key in advance and gives its id. Throws `not-allowed` if the key is revoked or another party's. */
export async function registerKey(database: Database, { party, publicJwk, notBeforeMs, notAfterMs }: KeyRegistration, act?: TrustAct): Promise<string> {
  if (parseParty(party) === undefined) throw new TidegateError('configuration-invalid', `"${party}" is not a party.`);
  const jwk = publicJwkSchema.parse(publicJwk);
  const kid = await keyId(jwk);
  const values = [kid, party, JSON.stringify(jwk), notBeforeMs, notAfterMs, ...acting(act)];
  const { rows } = await runStatement(database, 'tidegate-register-key', REGISTER_KEY, values);
  if (rows.length === 0) throw new TidegateError('not-allowed', 'The key is revoked, or registered for another party.', { kid });
  return kid;
}

/** A party, or the beginning of one: `crm:tenant`, `crm:tenant/environment`, `crm:tenant/environment/link`. */
const OWNER = /^(crm|cloud):[a-z][a-z0-9_-]*(\/[a-z][a-z0-9_-]*){0,2}$/;

/** Registers a certificate in advance. Throws `not-allowed` if it is revoked or another party's. */
export async function registerCertificate(
  database: Database,
  { thumbprint, party, subject, notAfterMs }: CertificateRegistration,
  act?: TrustAct,
): Promise<void> {
  if (!OWNER.test(party)) throw new TidegateError('configuration-invalid', `"${party}" is not a party.`);
  const values = [thumbprint, party, subject, notAfterMs, ...acting(act)];
  const { rows } = await runStatement(database, 'tidegate-register-certificate', REGISTER_CERTIFICATE, values);
  if (rows.length === 0) throw new TidegateError('not-allowed', 'The certificate is revoked, or registered for another party.', { thumbprint });
}

/** Revokes a key for good, from the next request on. Whether it was valid before. */
export async function revokeKey(database: Database, kid: string, act?: TrustAct): Promise<boolean> {
  return (await runStatement(database, 'tidegate-revoke-key', REVOKE_KEY, [kid, ...acting(act)])).rows.length > 0;
}

/** Revokes a certificate for good, from the next request on, also on connections that are open. Whether it was valid before. */
export async function revokeCertificate(database: Database, thumbprint: string, act?: TrustAct): Promise<boolean> {
  return (await runStatement(database, 'tidegate-revoke-certificate', REVOKE_CERTIFICATE, [thumbprint, ...acting(act)])).rows.length > 0;
}

/** Lets a party's other active keys end at a time, where they would last longer; gives their ids. `kid` is the one that stays. */
export async function endOtherKeys(
  database: Database,
  { party, kid, endsAtMs }: { readonly party: string; readonly kid: string; readonly endsAtMs: number },
  act: TrustAct,
): Promise<readonly string[]> {
  const { rows } = await runStatement(database, 'tidegate-end-other-keys', END_OTHERS, [party, kid, endsAtMs, ...acting(act)]);
  return rows.map((row) => row['kid'] ?? '');
}
