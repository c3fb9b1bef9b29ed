import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TidegateError } from '../../exchange/errors.ts';
import { JWS_MEDIA_TYPE, WINDOW_MEDIA_TYPES } from '../../exchange/protocol.ts';
import type { RowForm } from '../../exchange/wire-row.ts';
import type { ProducerLimits } from './dependencies.ts';

const FORM_MEDIA_TYPE = 'application/x-www-form-urlencoded';

/** What bodies are taken: a form (token endpoint), one signed object, or a stream of frames. All else is refused unread. */
export function parseBodies(app: FastifyInstance, limits: ProducerLimits): void {
  app.removeAllContentTypeParsers();
  app.addHook('onRequest', async (request) => {
    // A compressed body could be a bomb, and compressing costs more than it saves on a fast link.
    if (request.headers['content-encoding'] !== undefined) throw new TidegateError('unsupported-media', 'Content codings are not taken.');
  });
  for (const type of [FORM_MEDIA_TYPE, JWS_MEDIA_TYPE])
    app.addContentTypeParser(type, { parseAs: 'string', bodyLimit: limits.maxJwsBytes }, (_request, body, done) => done(null, body));
  app.addContentTypeParser(Object.values(WINDOW_MEDIA_TYPES), (_request, payload, done) => done(null, payload));
}

/** The signed object that a request's body is. Throws `bad-request` if it is something else. */
export function jwsOf(request: FastifyRequest): string {
  if (typeof request.body !== 'string' || request.headers['content-type']?.startsWith(JWS_MEDIA_TYPE) !== true)
    throw new TidegateError('bad-request', `The body has to be one signed object (${JWS_MEDIA_TYPE}).`);
  return request.body;
}

/** The form that a request's body is. Throws `bad-request`, also for a parameter that comes twice (RFC 6749, 3.2). */
export function formOf(request: FastifyRequest): Readonly<Record<string, string>> {
  if (typeof request.body !== 'string' || request.headers['content-type']?.startsWith(FORM_MEDIA_TYPE) !== true)
    throw new TidegateError('bad-request', `The body has to be a form (${FORM_MEDIA_TYPE}).`);
  const form = new URLSearchParams(request.body);
  if (new Set(form.keys()).size !== [...form.keys()].length) throw new TidegateError('bad-request', 'A parameter comes twice.');
  return Object.fromEntries(form);
}

/** The form of the rows that a request's body has. Throws `bad-request` where it is none of those that are taken here. */
export function rowFormOf(request: FastifyRequest, taken: readonly RowForm[]): RowForm {
  const form = taken.find((each) => request.headers['content-type'] === WINDOW_MEDIA_TYPES[each]);
  if (form === undefined) throw new TidegateError('bad-request', `The body has to be a window (${taken.map((each) => WINDOW_MEDIA_TYPES[each]).join(', ')}).`);
  return form;
}

/** The frames that a request's body is, bounded in size and in silence. Throws `too-large`, `request-timeout`, or `connection-failed` where the body is cut. */
export function framesOf(request: FastifyRequest, limits: ProducerLimits): AsyncIterable<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxWindowBytes) throw new TidegateError('too-large');
  return boundedBody(request.raw, limits);
}

async function* boundedBody(body: IncomingMessage, { maxWindowBytes, silenceTimeoutMs }: ProducerLimits): AsyncGenerator<Uint8Array> {
  let length = 0;
  let heardAt = performance.now();
  const silence: { error?: TidegateError } = {};
  const watch = setInterval(
    () => {
      // Where this side is slow to take the next piece, the buffer is full: that is no silence of the client.
      if (body.readableLength > 0) heardAt = performance.now();
      if (performance.now() - heardAt < silenceTimeoutMs) return;
      silence.error = new TidegateError('request-timeout', 'Nothing came for too long.');
      body.emit('error', silence.error);
    },
    Math.min(silenceTimeoutMs / 2, 1000),
  );
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      heardAt = performance.now();
      length += (chunk as Uint8Array).length;
      if (length > maxWindowBytes) throw new TidegateError('too-large');
      yield chunk as Uint8Array;
      heardAt = performance.now();
    }
  } catch (error) {
    if (silence.error !== undefined) throw silence.error;
    if (error instanceof TidegateError) throw error;
    throw new TidegateError('connection-failed', 'The body was cut.', {}, { cause: error });
  } finally {
    clearInterval(watch);
  }
}
