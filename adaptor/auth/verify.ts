import { compactVerify } from 'jose';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Side } from '../../exchange/names.ts';
import { TYP } from '../../exchange/protocol.ts';
import type { SignedKind } from '../../exchange/protocol.ts';
import { CLAIMS_SCHEMAS } from './claims-of.ts';
import type { ClaimsOf } from './claims-of.ts';
import { readCompactJws } from './compact-jws.ts';
import { issuerSide } from './issuer-side.ts';
import type { KeyRegistry, TrustedKey } from './key-registry.ts';
import { CLOCK_SKEW_SECONDS, LIFETIMES } from './lifetime.ts';
import { parseParty, sameLink } from './party.ts';
import type { Party } from './party.ts';
import { parseStrictJson } from './strict-json.ts';

/** What a verifier demands. */
export interface VerifyOptions {
  /** Who must be addressed: the verifying party's own id on the link in question; or a function of the signer's party. */
  readonly audience: string | ((issuer: Party) => string);
  /** Keys registered in advance: the only source of keys. */
  readonly registry: KeyRegistry;
  /** Demands this side as the signer, for kinds that both sides sign (manifest, receipt). */
  readonly issuerSide?: Side;
  /** Now, in milliseconds since 1970. */
  readonly nowMs?: number;
  /** Greatest age since `iat`, in seconds; else the greatest lifetime of the kind. */
  readonly maxAgeSeconds?: number;
}

/** A signed object whose signature and claims hold. */
export interface Verified<K extends SignedKind> {
  readonly claims: ClaimsOf<K>;
  /** The text as it came, for keeping as evidence. Never compare by it: compare claims. */
  readonly jws: string;
  readonly kid: string;
}

/**
 * Verifies a signed object of one kind: header, registered key, signature, exact claims, issuer, link, audience, times
 * (RFC 8725). Single use is not checked here (`useOnce`).
 *
 * Throws `invalid-token`, `key-unknown` (not registered, revoked, outside its time), `issuer-not-crm` (what only the CRM
 * of this link may sign, signed by another), `link-mismatch` (for another link) or `message-expired` (old or from the future).
 */
export async function verify<K extends SignedKind>(jws: string, kind: K, options: VerifyOptions): Promise<Verified<K>> {
  const nowMs = options.nowMs ?? Date.now();
  const { header, payload } = readCompactJws(jws);
  if (header.typ !== TYP[kind]) throw new TidegateError('invalid-token', `It is not a ${kind}.`, { kind });
  const key = await findValidKey(options.registry, header.kid, nowMs);
  await checkSignature(jws, kind, key);
  const claims = readClaims(payload, kind);
  checkParties(claims, kind, key, options);
  checkTimes(claims, kind, Math.floor(nowMs / 1000), options.maxAgeSeconds ?? LIFETIMES[kind].greatestSeconds);
  return { claims, jws, kid: key.kid };
}

async function findValidKey(registry: KeyRegistry, kid: string, nowMs: number): Promise<TrustedKey> {
  const key = await registry.findKey(kid);
  if (key === undefined) throw new TidegateError('key-unknown', undefined, { kid });
  if (key.state !== 'active') throw new TidegateError('key-unknown', 'It was revoked.', { kid });
  if (nowMs < key.notBeforeMs - CLOCK_SKEW_SECONDS * 1000 || nowMs >= key.notAfterMs)
    throw new TidegateError('key-unknown', 'It is outside its time of validity.', { kid });
  return key;
}

/**
 * Access tokens, which come with every request, whose signature was found to hold: by the key itself, so that only this very text under
 * this very key is taken for what it is. All else about them is looked at every time.
 */
const heldTokens = new WeakMap<CryptoKey, Set<string>>();
const MAX_HELD_TOKENS = 100;

async function checkSignature(jws: string, kind: SignedKind, key: TrustedKey): Promise<void> {
  if (kind !== 'accessToken') return verifySignature(jws, kind, key);
  let held = heldTokens.get(key.publicKey);
  if (held === undefined) heldTokens.set(key.publicKey, (held = new Set()));
  if (held.has(jws)) return;
  await verifySignature(jws, kind, key);
  if (held.size >= MAX_HELD_TOKENS) held.clear();
  held.add(jws);
}

async function verifySignature(jws: string, kind: SignedKind, key: TrustedKey): Promise<void> {
  try {
    await compactVerify(jws, key.publicKey, { algorithms: ['EdDSA'] });
  } catch (cause) {
    throw new TidegateError('invalid-token', 'Its signature does not hold.', { kind }, { cause });
  }
}

function readClaims<K extends SignedKind>(payload: Uint8Array, kind: K): ClaimsOf<K> {
  let value: unknown;
  try {
    value = parseStrictJson(payload);
  } catch (cause) {
    throw new TidegateError('invalid-token', 'Its claims are not JSON with unique members.', { kind }, { cause });
  }
  const claims = CLAIMS_SCHEMAS[kind].safeParse(value);
  if (!claims.success)
    throw new TidegateError('invalid-token', `Its claims are not those of a ${kind}.`, {
      kind,
      members: claims.error.issues.slice(0, 8).map((i) => i.path.join('.')),
    });
  return claims.data as ClaimsOf<K>;
}

/** The key's party is the issuer, of the right side, of the link that the claims and the audience name. */
function checkParties<K extends SignedKind>(claims: ClaimsOf<K>, kind: K, key: TrustedKey, options: VerifyOptions): void {
  const side = issuerSide(kind, claims);
  const facts = { kind, issuer: key.party };
  const wrongIssuer = () =>
    new TidegateError(side === 'crm' ? 'issuer-not-crm' : 'invalid-token', 'The signer is not the one that it names, or may not sign it.', facts);
  const issuer = parseParty(claims.iss);
  if (issuer === undefined || key.party !== claims.iss || issuer.side !== side || (options.issuerSide ?? side) !== side) throw wrongIssuer();
  if ('tenant' in claims && partyId(side, claims) !== claims.iss) throw wrongIssuer();
  const audience = typeof options.audience === 'string' ? options.audience : options.audience(issuer);
  const own = parseParty(audience);
  if (own === undefined) throw new TidegateError('unexpected', 'The audience is not a party.');
  // Addressed to us by a signer of another link: not our CRM. Addressed to another link: lost or moved here.
  if (!sameLink(issuer.link, own.link)) throw claims.aud === audience && side === 'crm' ? wrongIssuer() : new TidegateError('link-mismatch', undefined, facts);
  if (claims.aud !== audience) throw new TidegateError('invalid-token', 'It is meant for another party.', facts);
}

function checkTimes(claims: ClaimsOf<SignedKind>, kind: SignedKind, nowSeconds: number, maxAgeSeconds: number): void {
  const { iat, exp } = claims;
  if (exp <= iat || exp - iat > LIFETIMES[kind].greatestSeconds) throw new TidegateError('invalid-token', `No ${kind} is valid for so long.`, { kind });
  const facts = { kind, issuedAt: iat, expiresAt: exp, now: nowSeconds };
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS) throw new TidegateError('message-expired', 'It comes from the future.', facts);
  if (exp <= nowSeconds - CLOCK_SKEW_SECONDS) throw new TidegateError('message-expired', 'Its time is over.', facts);
  if (nowSeconds - iat > maxAgeSeconds + CLOCK_SKEW_SECONDS) throw new TidegateError('message-expired', 'It is too old.', facts);
}
