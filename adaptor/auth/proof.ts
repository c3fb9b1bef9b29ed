import { createHash } from 'node:crypto';
import type { AccessTokenClaims, ProofClaims } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { Database } from './database.ts';
import type { KeyRegistry } from './key-registry.ts';
import { issue } from './sign.ts';
import type { SigningKey } from './signing-key.ts';
import { useOnce } from './single-use.ts';
import { verify } from './verify.ts';
import type { Verified } from './verify.ts';

/** The request that a proof belongs to. */
export interface ProvedRequest {
  readonly method: ProofClaims['htm'];
  /** Path as it is sent, with the query if there is one; no scheme, host or fragment. */
  readonly path: string;
  /** The access token as it is sent. */
  readonly accessToken: string;
  /** The body, where it is one JWS. Bodies that are streams end in a signed manifest instead. */
  readonly body?: string;
}

/** Signs the proof of one request (after RFC 9449): it holds for this method, path, token and body, once. */
export function createProof(key: SigningKey, request: ProvedRequest, options: { readonly nowMs?: number; readonly id?: string } = {}): Promise<string> {
  return issue(key, 'proof', requestClaims(request), options);
}

/** What the receiver of a proof demands. */
export interface ProofDemand {
  readonly request: ProvedRequest;
  /** Claims of the access token, verified before. */
  readonly token: AccessTokenClaims;
  /** The receiving party. */
  readonly audience: string;
  readonly registry: KeyRegistry;
  readonly nowMs?: number;
}

/** Verifies that a proof belongs to the request and to the token's client. Throws as `verify` does, or `proof-mismatch`. Does not use it up. */
export async function checkProof(proof: string, { request, token, ...options }: ProofDemand): Promise<Verified<'proof'>> {
  const verified = await verify(proof, 'proof', options);
  const { claims } = verified;
  const expected = requestClaims(request);
  const wrong = (['htm', 'htu', 'ath', 'body'] as const).filter((member) => claims[member] !== expected[member]);
  if (claims.iss !== token.sub) wrong.push('ath');
  if (wrong.length > 0) throw new TidegateError('proof-mismatch', undefined, { members: wrong });
  return verified;
}

/** Uses a checked proof up. Throws `replayed`, or `replayed-different` if its id came with another request before. */
export function spendProof(database: Database, { claims }: Verified<'proof'>): Promise<void> {
  const { htm, htu, ath, body, iss, jti, exp } = claims;
  // The digest is over what the proof says, never over its text.
  return useOnce(database, {
    issuer: iss,
    id: jti,
    purpose: 'proof',
    digest: sha256(JSON.stringify([htm, htu, ath, body ?? null])),
    expiresAtMs: exp * 1000,
  });
}

/** Verifies a proof and uses it up: the usual way. Throws as `checkProof` and `spendProof` do. */
export async function verifyProof(database: Database, proof: string, demand: ProofDemand): Promise<Verified<'proof'>> {
  const verified = await checkProof(proof, demand);
  await spendProof(database, verified);
  return verified;
}

function requestClaims({ method, path, accessToken, body }: ProvedRequest) {
  return {
    htm: method,
    htu: path,
    ath: sha256(accessToken),
    ...(body === undefined ? {} : { body: sha256(body) }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
