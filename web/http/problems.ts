import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';
import { toProblem } from '../../exchange/problem.ts';
import { PROBLEM_MEDIA_TYPE } from '../../exchange/protocol.ts';

/**
 * Answers every error of an API as a problem document (RFC 9457); `translateStore` tells what an error of the database means.
 * Only unexpected ones are logged, by name: texts can hold content.
 */
export function answerProblems(app: FastifyInstance, translateStore: (error: unknown) => unknown): void {
  app.setErrorHandler((error, request, reply) => {
    const meant = translate(error, translateStore);
    if (!(meant instanceof TidegateError))
      request.log.error({ name: error instanceof Error ? error.name : typeof error, code: codeOf(error) }, 'unexpected error');
    return sendProblem(reply, meant);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, new TidegateError('path-unknown')));
}

/** Sends a problem document. */
export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = toProblem(error);
  const wait = problem.facts['retryAfterSeconds'];
  if (typeof wait === 'number') reply.header('retry-after', wait);
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem));
}

function translate(error: unknown, translateStore: (error: unknown) => unknown): unknown {
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TidegateError('too-large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new TidegateError('unsupported-media', 'This API takes application/json.');
    default:
      return isClientFault(error) ? new TidegateError('bad-request') : translateStore(error);
  }
}

/** Faults that fastify itself found in a request: a body that is no JSON, a length that is wrong. */
function isClientFault(error: unknown): boolean {
  const { statusCode = 500 } = error as Partial<FastifyError>;
  return !(error instanceof TidegateError) && error instanceof Error && statusCode >= 400 && statusCode < 500;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
