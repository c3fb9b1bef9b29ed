import type { Socket } from 'node:net';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { toProblem } from '../../exchange/problem.ts';
import { type LinkName, linkIdentitySchema, linkName } from '../../exchange/names.ts';
import { PROBLEM_MEDIA_TYPE } from '../../exchange/protocol.ts';
import { translateDatabaseError } from '../../adaptor/data/database-error.ts';
import { recordAudit } from '../../adaptor/data/state/audit.ts';
import type { ProducerDependencies } from './dependencies.ts';

/** A client that is refused has so long to stop sending, so that it can read why. */
const LINGER_MS = 2000;

/** What fastify refuses by itself. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Answers a request with the problem document of an error, and records the refusal. */
export async function refuse(deps: ProducerDependencies, error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const known = asTidegateError(error);
  const problem = toProblem(known);
  deps.observer?.refused(known.code);
  const link = request.authority?.linkName ?? linkOfPath(request.params);
  const subject = request.certificate?.thumbprint;
  const event = {
    event: 'request-refused',
    ...(link === undefined ? {} : { link }),
    ...(subject === undefined ? {} : { subject }),
    code: known.code,
    facts: { method: request.method, route: request.routeOptions.url ?? 'unknown', ...known.facts },
  };
  // Who sends too much fills neither log nor store: the first refusal of a window stands for the others.
  if (known.facts['repeated'] !== true) {
    deps.log[problem.status >= 500 ? 'error' : 'warn']({ ...event, cause: problem.status >= 500 ? causeOf(error) : undefined }, 'request refused');
    // A store that is away must not keep the refusal from being told.
    await recordAudit(deps.pool, event).catch((cause: unknown) => deps.log.error({ code: asTidegateError(cause).code }, 'refusal not recorded'));
  }
  const wait = known.facts['retryAfterSeconds'];
  if (typeof wait === 'number') reply.header('retry-after', wait);
  if (!request.raw.complete) lingerThenClose(request, reply);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer error="invalid_token"');
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** The error that stands for anything thrown: fastify's and zod's refusals by their kind, a database's by its class, all else `unexpected`. */
export function asTidegateError(error: unknown): TidegateError {
  if (error instanceof TidegateError) return error;
  if (error instanceof ZodError)
    return new TidegateError('bad-request', undefined, { members: error.issues.slice(0, 8).map((i) => i.path.join('.')) }, { cause: error });
  const { code, statusCode } = error as Partial<FastifyError>;
  const own = code === undefined ? undefined : FASTIFY_CODES[code];
  if (own !== undefined) return new TidegateError(own, undefined, {}, { cause: error });
  if (typeof statusCode === 'number' && statusCode < 500) return new TidegateError('bad-request', undefined, {}, { cause: error });
  const translated = translateDatabaseError(error);
  if (translated instanceof TidegateError) return translated;
  return new TidegateError('unexpected', undefined, {}, { cause: error });
}

/** The link that a path names, where it names a well-formed one. */
function linkOfPath(params: unknown): LinkName | undefined {
  const identity = linkIdentitySchema.strip().safeParse(params);
  return identity.success ? linkName(identity.data) : undefined;
}

/** For the log of this process: what failed and where, without the message of a database, which may quote values. */
function causeOf(error: unknown): string {
  const root = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(root instanceof Error)) return 'not an error';
  const { code } = root as NodeJS.ErrnoException;
  const frames = (root.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return [`${root.name} ${code ?? ''}`, ...frames.slice(0, 8)].join('\n');
}

function lingerThenClose(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('connection', 'close');
  request.raw.resume();
  // Node takes the socket from a request that has ended, whatever the types say.
  const socket = request.raw.socket as Socket | null;
  if (socket === null) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}
