import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { limitConnectionAge } from '../../adaptor/auth/connection-age.ts';
import { serverTlsOptions } from '../../adaptor/auth/tls.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { toProblem } from '../../exchange/problem.ts';
import { ACCEPTED_PROTOCOL_VERSIONS, PROBLEM_MEDIA_TYPE } from '../../exchange/protocol.ts';
import { guardRequests } from './authority.ts';
import { parseBodies } from './bodies.ts';
import type { ProducerDependencies } from './dependencies.ts';
import { chunkEndpoint } from './endpoints/chunk.ts';
import { closeLoadEndpoint } from './endpoints/close-load.ts';
import { erasuresEndpoint } from './endpoints/erasures.ts';
import { healthEndpoint } from './endpoints/health.ts';
import { openingEndpoint } from './endpoints/opening.ts';
import { reconciliationEndpoint } from './endpoints/reconciliation.ts';
import { previewEndpoint } from './endpoints/preview.ts';
import { registrationEndpoint } from './endpoints/registration.ts';
import { reverseEndpoint } from './endpoints/reverse.ts';
import { reverseReceiptEndpoint } from './endpoints/reverse-receipt.ts';
import { settleEndpoint } from './endpoints/settle.ts';
import { tokenEndpoint } from './endpoints/token.ts';
import { windowEndpoint } from './endpoints/window.ts';
import { routeOf, unknownPath } from './protocol-versions.ts';
import { asTidegateError, refuse } from './problems.ts';

/** Every endpoint of the producer; docs/openapi.json is generated from the routes they register. */
export const ENDPOINTS = [
  healthEndpoint,
  tokenEndpoint,
  openingEndpoint,
  registrationEndpoint,
  windowEndpoint,
  chunkEndpoint,
  closeLoadEndpoint,
  settleEndpoint,
  erasuresEndpoint,
  reverseEndpoint,
  reverseReceiptEndpoint,
  reconciliationEndpoint,
  previewEndpoint,
];

/** The producer web service, over https with client certificates; not listening yet. Refusals are problem documents (RFC 9457). */
export function buildProducer(deps: ProducerDependencies): FastifyInstance {
  const { limits, protocolVersions = ACCEPTED_PROTOCOL_VERSIONS } = deps;
  const app = Fastify({
    https: {
      ...serverTlsOptions(deps.tls),
      ALPNProtocols: ['http/1.1'],
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs / 2, 5000),
      requireHostHeader: true,
    },
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    bodyLimit: limits.maxJwsBytes,
    rewriteUrl: ({ url = '' }) => routeOf(url, protocolVersions),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    exposeHeadRoutes: false,
    logger: false,
    clientErrorHandler: refuseConnection,
    // A path that is no path (bad percent encoding) never gets as far as the handlers of errors.
    frameworkErrors: (_error, request, reply) => void refuse(deps, new TidegateError('bad-request'), request as FastifyRequest, reply as FastifyReply),
  }) as unknown as FastifyInstance;
  limitConnectionAge(app.server as unknown as Server, limits.maxConnectionAgeMs);
  deps.observer?.app(app);
  app.setErrorHandler((error, request, reply) => refuse(deps, error, request, reply));
  app.setNotFoundHandler((request, reply) => refuse(deps, unknownPath(request.originalUrl, protocolVersions), request, reply));
  guardRequests(app, deps);
  parseBodies(app, limits);
  for (const endpoint of ENDPOINTS) endpoint(app, deps);
  return app;
}

/** What is no HTTP request at all, or comes too slowly, is told so where the socket still takes an answer. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = toProblem(
    tooLarge ? new TidegateError('too-large', 'The headers are too long.') : asTidegateError(Object.assign(error, { statusCode: 400 })),
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
