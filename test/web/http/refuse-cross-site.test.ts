import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { answerProblems } from '../../../web/http/problems.ts';
import { refuseCrossSiteWrites } from '../../../web/http/refuse-cross-site.ts';

type Headers = Readonly<Record<string, string>>;

async function ask(method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', headers: Headers, origin?: string, others?: readonly string[]) {
  const app = fastify();
  answerProblems(app, (error) => error);
  refuseCrossSiteWrites(app, origin, others);
  app.all('/', async (_request, reply) => reply.code(204).send());
  const answer = await app.inject({ method, url: '/', headers: { host: 'crm.example:8443', ...headers } });
  await app.close();
  return answer;
}
const isLetIn = async (...asked: Parameters<typeof ask>): Promise<boolean> => (await ask(...asked)).statusCode === 204;

describe('a write', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('by %s that another site caused is refused', async (method) => {
    expect((await ask(method, { 'sec-fetch-site': 'cross-site' })).json()).toMatchObject({ status: 403, code: 'cross-site' });
  });

  it.each([
    [{ 'sec-fetch-site': 'same-site' }],
    // Typed into the address bar: no page of ours writes so.
    [{ 'sec-fetch-site': 'none' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://crm.example' }],
    [{ origin: 'https://crm.example:8443' }],
    [{ origin: 'http://crm.example:8443.evil.example' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }],
  ])('is refused with %j', async (headers) => {
    expect(await isLetIn('POST', headers)).toBe(false);
  });

  it.each([
    [{}],
    [{ 'sec-fetch-site': 'same-origin' }],
    [{ origin: 'http://crm.example:8443' }],
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://crm.example:8443' }],
  ])('of the page itself, or of what is no browser, is let in: %j', async (headers: Headers) => {
    expect(await isLetIn('POST', headers)).toBe(true);
  });

  it('behind a proxy is measured by the origin that browsers see, whatever the Host says', async () => {
    const [own, path] = ['https://crm.example.com', 'https://crm.example.com/crm/'];
    for (const origin of [own, path]) {
      expect(await isLetIn('POST', { origin: own }, origin)).toBe(true);
      expect(await isLetIn('POST', { origin: 'http://crm.example:8443' }, origin)).toBe(false);
      expect(await isLetIn('POST', { origin: 'https://crm.example.com', host: 'evil.example' }, origin)).toBe(true);
    }
  });

  it('of a page that is named is let in, and of no other', async () => {
    const others = ['http://temporal.example'];
    const from = (origin: string) => isLetIn('POST', { origin, 'sec-fetch-site': 'cross-site' }, undefined, others);
    expect([await from('http://temporal.example'), await from('http://temporal.example:81'), await from('null')]).toEqual([true, false, false]);
    expect(await isLetIn('POST', { 'sec-fetch-site': 'cross-site' }, undefined, others)).toBe(false);
  });
});

describe('what changes nothing', () => {
  it.each(['GET', 'HEAD', 'OPTIONS'] as const)('may come from anywhere (%s), and no answer is stored on the way', async (method) => {
    const answer = await ask(method, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' });
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([204, 'no-store']);
  });
});
