import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { createPageApp } from '../../../web/http/create-page-app.ts';
import { answerProblems } from '../../../web/http/problems.ts';

/** An application with endpoints that fail in every way, and what it writes into its log. */
let app: FastifyInstance;
let log: string[];
beforeEach(async () => {
  log = [];
  const logger = pino(new Writable({ write: (line, _encoding, done) => (log.push(String(line)), done()) }));
  app = await createPageApp({ logger });
  answerProblems(app, (error) => (error instanceof RangeError ? new TidegateError('database-unavailable') : error));
  app.post('/take', async ({ body }) => ({ body }));
  app.get('/fails', async () => {
    throw Object.assign(new Error('duplicate key (email)=(ada@acme.example)'), { code: '23505' });
  });
  app.get('/away', async () => {
    throw new RangeError('connect ECONNREFUSED 10.0.0.7:5432');
  });
  app.get('/wait', async () => {
    throw new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 7 });
  });
  app.get('/text', async () => {
    // oxlint-disable-next-line typescript/only-throw-error -- what libraries throw is not always an error
    throw 'ada@acme.example';
  });
});
afterEach(() => app.close());

describe('what goes wrong in an API', () => {
  it('is answered as a problem document that says that nothing was updated', async () => {
    const answer = await app.inject('/wait');
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.json()).toMatchObject({ status: 429, code: 'too-many-requests', noUpdate: 'No update was performed.', facts: { retryAfterSeconds: 7 } });
    expect((await app.inject('/away')).headers).not.toHaveProperty('retry-after');
  });

  it.each(['/fails', '/text'])('and nobody foresaw is answered without its words, and logged without them: %s', async (path) => {
    const answer = await app.inject(path);
    expect(answer.json()).toMatchObject({ status: 500, code: 'unexpected' });
    expect(answer.body).not.toMatch(/ada@|duplicate/);
    expect(log).toHaveLength(1);
    expect(log[0]).not.toMatch(/ada@|duplicate/);
    if (path === '/fails') expect(JSON.parse(log[0] ?? '')).toMatchObject({ name: 'Error', code: '23505', msg: 'unexpected error' });
  });

  it('with the store is told as what it means, without its address, and is not logged as unexpected', async () => {
    const answer = await app.inject('/away');
    expect(answer.json()).toMatchObject({ status: 503, code: 'database-unavailable' });
    expect(answer.body).not.toContain('10.0.0.7');
    expect(log).toEqual([]);
  });

  it('with what a client sent is the client’s fault', async () => {
    const post = (payload: string, type = 'application/json') => app.inject({ method: 'POST', url: '/take', payload, headers: { 'content-type': type } });
    expect((await post('{"note": ')).json()).toMatchObject({ status: 400, code: 'bad-request' });
    expect((await post('')).json()).toMatchObject({ status: 400, code: 'bad-request' });
    expect((await post(JSON.stringify({ note: 'x'.repeat(1 << 20) }))).json()).toMatchObject({ status: 413, code: 'too-large' });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      expect((await post('note=x', type)).json()).toMatchObject({ status: 415, code: 'unsupported-media' });
    expect((await post('{"__proto__": {"role": "integration-admin"}}')).json()).toMatchObject({ status: 400 });
    expect((await post(JSON.stringify({ note: 'x'.repeat(100_000) }))).statusCode).toBe(200);
    expect(log).toEqual([]);
  });

  it.each(['/nowhere', '/%E0%A4%A', '/take'])('with a path is a problem document too: %s', async (path) => {
    const answer = await app.inject(path);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: path === '/%E0%A4%A' ? 'bad-request' : 'path-unknown' });
  });
});

describe('every answer', () => {
  it.each(['/wait', '/nowhere', '/fails'])('has the headers that keep a browser from doing what nobody meant: %s', async (path) => {
    expect((await app.inject(path)).headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('geolocation=()'),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is not logged: queries hold what users search for', async () => {
    await app.inject('/nowhere?search=lovelace');
    await app.inject('/wait?search=lovelace');
    expect(log.join('')).not.toContain('lovelace');
  });
});
