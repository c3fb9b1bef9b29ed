import type { FastifyInstance } from 'fastify';
import { issueAccessToken, verifyAssertion } from '../../../adaptor/auth/access-token.ts';
import { partyId, type Operation, operationSchema } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { nameSchema } from '../../../exchange/names.ts';
import { PATHS } from '../../../exchange/protocol.ts';
import { formOf } from '../bodies.ts';
import type { ProducerDependencies } from '../dependencies.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const COLLECTION_PREFIX = 'collection:';

/**
 * Client credentials with a signed assertion (RFC 7523) over mutual TLS, answered with an access token (RFC 9068) that is
 * bound to the certificate of the connection (RFC 8705). The scope names operations, and collections as `collection:<name>`.
 */
export function tokenEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(PATHS.token, { config: { operation: 'none' } }, async (request, reply) => {
    const form = formOf(request);
    if (form['grant_type'] !== 'client_credentials') throw new TidegateError('bad-request', 'The grant type has to be client_credentials.');
    if (form['client_assertion_type'] !== ASSERTION_TYPE) throw new TidegateError('bad-request', `The assertion type has to be ${ASSERTION_TYPE}.`);
    const scope = readScope(form['scope'] ?? '');
    const { certificate } = request;
    if (certificate === undefined) throw new TidegateError('certificate-missing');
    const assertion = await verifyAssertion(deps.pool, form['client_assertion'] ?? '', { registry: deps.registry, certificate });
    const key = deps.keys.get(partyId('cloud', assertion));
    if (key === undefined) throw new TidegateError('key-unknown', 'This cloud has no key for the link.');
    const grant = { client: assertion.iss, thumbprint: certificate.thumbprint, ...scope };
    const { accessToken, expiresInSeconds } = await issueAccessToken(key, grant, { lifetimeSeconds: deps.limits.tokenLifetimeSeconds });
    return reply
      .header('cache-control', 'no-store')
      .send({ access_token: accessToken, token_type: 'Bearer', expires_in: expiresInSeconds, scope: form['scope'] });
  });
}

/** Reads a scope (RFC 6749, 3.3). Throws `bad-request` if it names something unknown, or no operation or collection. */
function readScope(text: string): { operations: readonly Operation[]; collections: readonly string[] } {
  const parts = text.split(' ').filter((part) => part !== '');
  const collections = parts.filter((part) => part.startsWith(COLLECTION_PREFIX)).map((part) => nameSchema.parse(part.slice(COLLECTION_PREFIX.length)));
  const operations = parts.filter((part) => !part.startsWith(COLLECTION_PREFIX)).map((part) => operationSchema.parse(part));
  if (operations.length === 0 || collections.length === 0) throw new TidegateError('bad-request', 'The scope has to name operations and collections.');
  return { operations, collections };
}
