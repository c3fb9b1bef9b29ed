import { fastify, type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { queryString, request } from '../../../web/page/request.ts';
import { sendProblem } from '../../../web/http/problems.ts';
import { codeOf } from '../../support/code-of.ts';

/* The page's requests against a real server; a browser would add the page's own address to them. */

const asked: { method: string; url: string; accept: unknown; type: unknown; body: unknown }[] = [];
const ownFetch = globalThis.fetch;
let server: FastifyInstance;
let address = '';

beforeAll(async () => {
  server = fastify({ forceCloseConnections: true });
  server.addHook('preHandler', async ({ method, url, headers, body }) => {
    asked.push({ method, url, accept: headers.accept, type: headers['content-type'], body });
  });
  server.get('/api/contacts', async () => ({ rows: [] }));
  server.post('/api/contacts', async (_request, reply) => reply.code(201).send({ id: 'c1' }));
  server.delete('/api/session', async (_request, reply) => reply.code(204).send());
  server.get('/api/full', async (_request, reply) => sendProblem(reply, new TidegateError('too-many-requests', undefined, { retryAfterSeconds: 7 })));
  server.get('/api/unheard-of', async (_request, reply) => reply.code(418).send({ code: 'teapot', detail: 'secret' }));
  server.get('/api/proxy', async (_request, reply) => reply.code(502).type('text/html').send('<h1>Bad gateway</h1>'));
  server.get('/api/empty', async (_request, reply) => reply.code(500).send());
  server.get('/api/slow', () => new Promise(() => {}));
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  globalThis.fetch = (path, init) => ownFetch(`${address}${String(path)}`, init);
});
afterEach(() => {
  globalThis.fetch = ownFetch;
});

describe('a request of the page', () => {
  it('asks below /api, for JSON, and sends a body only where there is one', async () => {
    expect(await request('GET', 'contacts?page=2')).toEqual({ rows: [] });
    expect(await request('POST', 'contacts', { familyName: 'Lovelace' })).toEqual({ id: 'c1' });
    expect(asked).toEqual([
      { method: 'GET', url: '/api/contacts?page=2', accept: 'application/json', type: undefined, body: undefined },
      { method: 'POST', url: '/api/contacts', accept: 'application/json', type: 'application/json', body: { familyName: 'Lovelace' } },
    ]);
  });

  it('that has nothing to answer, answers nothing', async () => {
    expect(await request('DELETE', 'session')).toBeUndefined();
  });

  it('throws what the API answers with, with its facts', async () => {
    const refused = await request('GET', 'full').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TidegateError);
    expect(refused).toMatchObject({ code: 'too-many-requests', retryable: true, facts: { retryAfterSeconds: 7 } });
  });

  it.each(['unheard-of', 'proxy', 'empty'])('throws an unexpected error for an answer that is none of the API: %s', async (path) => {
    const refused = await request('GET', path).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unexpected' });
    expect(String((refused as Error).message)).not.toMatch(/secret|gateway/i);
  });

  it('says that the server is away, which passes', async () => {
    globalThis.fetch = (path, init) => ownFetch(`http://127.0.0.1:1${String(path)}`, init);
    expect(await request('GET', 'contacts').catch((error: unknown) => error)).toMatchObject({ code: 'connection-failed', retryable: true });
  });

  it('that is given up is no failure of the server', async () => {
    const given = new AbortController();
    const answer = request('GET', 'slow', undefined, given.signal).catch((error: unknown) => error);
    given.abort();
    expect(await answer).toMatchObject({ name: 'AbortError' });
    expect(await codeOf(request('GET', 'contacts', undefined, new AbortController().signal))).toBe('accepted');
  });
});

describe('a query', () => {
  it('holds what is given, lists several times, and nothing that is empty', () => {
    expect(queryString({ search: 'Ada & Söhne', page: 2, size: undefined, sort: '', key: ['a', 'b c'] })).toBe(
      '?search=Ada+%26+S%C3%B6hne&page=2&key=a&key=b+c',
    );
    expect(queryString({ page: 0 })).toBe('?page=0');
    expect(queryString({ search: '', key: [] })).toBe('');
  });

  it('cannot be broken out of', () => {
    expect(new URLSearchParams(queryString({ search: 'x&private=false#', note: '+%' }))).toEqual(
      new URLSearchParams([
        ['search', 'x&private=false#'],
        ['note', '+%'],
      ]),
    );
  });
});
