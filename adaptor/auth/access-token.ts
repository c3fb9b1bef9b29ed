import { partyId } from '../../exchange/claims.ts';
import type { AccessTokenClaims, AssertionClaims, Operation } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { TrustedCertificate } from './certificate-registry.ts';
import type { Database } from './database.ts';
import type { KeyRegistry } from './key-registry.ts';
import { LIFETIMES } from './lifetime.ts';
import { covers, parseParty } from './party.ts';
import { issue } from './sign.ts';
import type { SigningKey } from './signing-key.ts';
import { useOnce } from './single-use.ts';
import { verify } from './verify.ts';

/** Signs the assertion with which the CRM asks the token endpoint for a token (RFC 7523, 2.2). */
export function createAssertion(key: SigningKey, options: { readonly nowMs?: number } = {}): Promise<string> {
  return issue(key, 'assertion', { ...linkOf(key), sub: key.party }, options);
}

/** What the token endpoint demands. */
export interface AssertionDemand {
  readonly registry: KeyRegistry;
  /** The client certificate of the connection, as `checkClientCertificate` gave it. */
  readonly certificate: TrustedCertificate;
  readonly nowMs?: number;
}

/**
 * Verifies a client's assertion and uses it up. The link is the signer's. Throws as `verify` does, `client-not-allowed`
 * (a certificate that does not belong to the signer) or `replayed`.
 */
export async function verifyAssertion(database: Database, assertion: string, { registry, certificate, nowMs }: AssertionDemand): Promise<AssertionClaims> {
  const { claims } = await verify(assertion, 'assertion', {
    registry,
    audience: ({ link }) => partyId('cloud', link),
    ...(nowMs === undefined ? {} : { nowMs }),
  });
  if (claims.sub !== claims.iss) throw new TidegateError('invalid-token', 'Its subject is not its issuer.');
  if (!covers(certificate.party, claims.iss)) throw new TidegateError('client-not-allowed', undefined, { issuer: claims.iss });
  await useOnce(database, {
    issuer: claims.iss,
    id: claims.jti,
    purpose: 'assertion',
    expiresAtMs: claims.exp * 1000,
  });
  return claims;
}

/** What a token allows. */
export interface TokenGrant {
  /** The party that asked: `iss` of the verified assertion. */
  readonly client: string;
  /** Thumbprint of its client certificate (RFC 8705): the token is worth nothing on another connection. */
  readonly thumbprint: string;
  readonly operations: readonly Operation[];
  readonly collections: readonly string[];
}

/** Issues an access token (RFC 9068), for minutes. The cloud signs it, and is the one that it is meant for. */
export async function issueAccessToken(
  key: SigningKey,
  { client, thumbprint, operations, collections }: TokenGrant,
  options: { readonly nowMs?: number; readonly lifetimeSeconds?: number } = {},
): Promise<{ readonly accessToken: string; readonly expiresInSeconds: number }> {
  const lifetimeSeconds = options.lifetimeSeconds ?? LIFETIMES.accessToken.usualSeconds;
  const body = {
    ...linkOf(key),
    sub: client,
    client_id: client,
    operations: [...operations],
    collections: [...collections],
    cnf: { 'x5t#S256': thumbprint },
  };
  return {
    accessToken: await issue(key, 'accessToken', body, {
      ...options,
      lifetimeSeconds,
      audience: key.party,
    }),
    expiresInSeconds: lifetimeSeconds,
  };
}

/** What a request demands of its token. */
export interface TokenDemand {
  /** The party that issued it and receives the request: `cloud:tenant/environment/link` of the path. */
  readonly audience: string;
  readonly registry: KeyRegistry;
  /** Thumbprint of the client certificate of this connection. */
  readonly thumbprint: string;
  readonly operation?: Operation;
  readonly collection?: string;
  readonly nowMs?: number;
}

/** Verifies an access token. Throws as `verify` does, `proof-mismatch` (another certificate's token) or `scope-denied`. */
export async function verifyAccessToken(token: string, { thumbprint, operation, collection, ...options }: TokenDemand): Promise<AccessTokenClaims> {
  const { claims } = await verify(token, 'accessToken', options);
  if (claims.client_id !== claims.sub || claims.sub !== partyId('crm', claims))
    throw new TidegateError('invalid-token', 'Its subject is not the client of the link.');
  if (claims.cnf['x5t#S256'] !== thumbprint) throw new TidegateError('proof-mismatch', 'The token belongs to another certificate.');
  if (operation !== undefined && !claims.operations.includes(operation)) throw new TidegateError('scope-denied', undefined, { operation });
  if (collection !== undefined && !claims.collections.includes(collection)) throw new TidegateError('scope-denied', undefined, { collection });
  return claims;
}

function linkOf(key: SigningKey) {
  const party = parseParty(key.party);
  if (party === undefined) throw new TidegateError('unexpected', 'The signing key has no party.');
  return party.link;
}
