import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { allowOrigin } from '../../../web/http/allow-origin.ts';
import { answerProblems } from '../../../web/http/problems.ts';

const ORIGIN = 'http://temporal.example:8233';

let app: FastifyInstance;
beforeEach(() => {
  app = fastify();
  answerProblems(app, (error) => error);
  allowOrigin(app, ORIGIN, ['/decode']);
  app.post('/decode', async () => {
    throw new TidegateError('not-signed-in');
  });
});
afterEach(() => app.close());

const preflight = (origin: string, headers = 'content-type, x-namespace') =>
  app.inject({
    method: 'OPTIONS',
    url: '/decode',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  });

describe('the one page that may ask from elsewhere', () => {
  it('is told what it may ask, with its user’s session', async () => {
    const answer = await preflight(ORIGIN);
    expect(answer.statusCode).toBe(204);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'content-type, x-namespace',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
  });

  it('can read refusals too', async () => {
    const answer = await app.inject({ method: 'POST', url: '/decode', headers: { origin: ORIGIN }, payload: {} });
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([401, ORIGIN]);
  });
});

describe('any other page', () => {
  it.each(['https://evil.example', 'http://temporal.example', 'http://temporal.example:8233.evil.example', 'null'])(
    'is told nothing that would let its browser read: %s',
    async (origin) => {
      for (const { headers } of [await preflight(origin), await app.inject({ method: 'POST', url: '/decode', headers: { origin }, payload: {} })]) {
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
        // One answer is not kept for the other.
        expect(headers.vary).toBe('Origin');
      }
    },
  );
});
