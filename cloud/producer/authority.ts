import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Verified, verify } from '../../adaptor/auth/verify.ts';
import { verifyAccessToken } from '../../adaptor/auth/access-token.ts';
import type { TrustedCertificate } from '../../adaptor/auth/certificate-registry.ts';
import { checkClientCertificate, thumbprintOf } from '../../adaptor/auth/client-certificate.ts';
import { covers } from '../../adaptor/auth/party.ts';
import { checkProof, spendProof } from '../../adaptor/auth/proof.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { type AccessTokenClaims, type Operation, partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type LinkIdentity, type LinkName, linkIdentitySchema, linkName } from '../../exchange/names.ts';
import { PROOF_HEADER, type SignedKind } from '../../exchange/protocol.ts';
import { RequestLimit } from '../../web/http/request-limit.ts';
import type { ProducerDependencies } from './dependencies.ts';
import { type RequestKeys, requestKeys } from './request-keys.ts';

/** Who sends a request, found out before its body is looked at. */
export interface Authority {
  readonly certificate: TrustedCertificate;
  readonly link: LinkIdentity;
  readonly linkName: LinkName;
  /** This cloud's party on the link, and its key. */
  readonly party: string;
  readonly key: SigningKey;
  readonly accessToken: string;
  readonly token: AccessTokenClaims;
  /** Keys as this request sees them. */
  readonly registry: RequestKeys;
  /** Settled once the proof of this request is used up; refused where it was used before. */
  spent: Promise<void>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every request that needs a token. */
    authority: Authority | undefined;
    /** Set on every request: the certificate of its connection. */
    certificate: TrustedCertificate | undefined;
  }
  interface FastifyContextConfig {
    /** Operation that the token must allow; `none` where a certificate is enough. */
    operation?: Operation | 'none';
    /** The handler itself waits for `spent` before it writes anything: the proof is used up while the body is read. */
    spendsMeanwhile?: boolean;
  }
}

/**
 * The gate before every handler: the connection's certificate, then the token, both before the body is read; then the
 * proof of this very request, which is used up; only then the handler. What fails goes no further. Requests are counted by
 * certificate before anything is looked up, and by signing key once it has proved one: what is only claimed counts for nobody.
 */
export function guardRequests(app: FastifyInstance, deps: ProducerDependencies): void {
  app.decorateRequest('authority', undefined);
  app.decorateRequest('certificate', undefined);
  const [certificates, keys] = [new RequestLimit(deps.limits.rate), new RequestLimit(deps.limits.rate)];
  app.addHook('onRequest', async (request) => {
    await certificates.take(thumbprintOf(request.raw.socket));
    const registry = requestKeys(deps.registry);
    const connection = checkConnection(deps, request);
    const operation = request.routeOptions.config.operation;
    // All that has to be known of certificate and keys is asked for at once.
    if (!request.is404 && operation !== 'none') registry.lookAhead([request.headers.authorization?.split(' ')[1], proofOf(request)]);
    request.certificate = await connection;
    if (request.is404 || operation === 'none') return;
    if (operation === undefined) throw new TidegateError('unexpected', 'The route names no operation.');
    request.authority = await authorise(deps, request, { certificate: request.certificate, registry, operation });
  });
  app.addHook('preHandler', async (request) => {
    if (request.authority === undefined) return;
    await proveRequest(deps, request, request.authority, keys);
    if (request.routeOptions.config.spendsMeanwhile !== true) await request.authority.spent;
  });
}

/** Who sends the request; for handlers, which run only behind the gate. */
export function authorityOf(request: FastifyRequest): Authority {
  if (request.authority === undefined) throw new TidegateError('unexpected', 'The request was not authorised.');
  return request.authority;
}

/** Checks the certificate of a request's connection as it stands now. Throws as `checkClientCertificate` does. */
export function checkConnection(deps: ProducerDependencies, request: FastifyRequest): Promise<TrustedCertificate> {
  return checkClientCertificate(request.raw.socket, deps.certificates, deps.revocations?.());
}

/** Verifies a signed object of the request's link, sent to this cloud's party. */
export function verifyFor<K extends SignedKind>({ party, registry }: Authority, jws: string, kind: K): Promise<Verified<K>> {
  return verify(jws, kind, { audience: party, registry, issuerSide: 'crm' });
}

interface Admitted {
  readonly certificate: TrustedCertificate;
  readonly registry: RequestKeys;
  readonly operation: Operation;
}

async function authorise(deps: ProducerDependencies, request: FastifyRequest, { certificate, registry, operation }: Admitted): Promise<Authority> {
  const { tenant, environment, link: name, collection } = request.params as Record<string, string>;
  const link = linkIdentitySchema.parse({ tenant, environment, link: name });
  const party = partyId('cloud', link);
  if (!covers(certificate.party, partyId('crm', link))) throw new TidegateError('client-not-allowed', undefined, { link: linkName(link) });
  const key = deps.keys.get(party);
  if (key === undefined) throw new TidegateError('key-unknown', 'This cloud has no key for the link.', { link: linkName(link) });
  const accessToken = bearerToken(request);
  const token = await verifyAccessToken(accessToken, {
    audience: party,
    registry,
    thumbprint: certificate.thumbprint,
    operation,
    ...(collection === undefined ? {} : { collection }),
  });
  return { certificate, link, linkName: linkName(link), party, key, accessToken, token, registry, spent: Promise.resolve() };
}

async function proveRequest(deps: ProducerDependencies, request: FastifyRequest, authority: Authority, keys: RequestLimit): Promise<void> {
  const { accessToken, token, party, registry } = authority;
  const proof = proofOf(request);
  if (proof === undefined) throw new TidegateError('proof-mismatch', 'The request carries no proof.');
  const proved = {
    method: request.method as 'GET' | 'POST' | 'PUT',
    path: request.originalUrl,
    accessToken,
    ...(typeof request.body === 'string' ? { body: request.body } : {}),
  };
  const verified = await checkProof(proof, { request: proved, token, audience: party, registry });
  await keys.take(verified.kid);
  authority.spent = spendProof(deps.pool, verified);
  // Whoever waits for it is told.
  authority.spent.catch(() => undefined);
}

function proofOf(request: FastifyRequest): string | undefined {
  const proof = request.headers[PROOF_HEADER];
  return typeof proof === 'string' ? proof : undefined;
}

function bearerToken(request: FastifyRequest): string {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '' || rest.length > 0)
    throw new TidegateError('invalid-token', 'The request carries no access token.');
  return token;
}
