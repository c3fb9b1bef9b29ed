import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitRequests } from '../../../web/http/limit-requests.ts';
import { parsePart } from '../../../web/http/parse-part.ts';
import { answerProblems } from '../../../web/http/problems.ts';
import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';

let app: FastifyInstance;
beforeEach(() => {
  app = fastify();
  answerProblems(app, (error) => error);
  limitRequests(app, ({ headers }) => headers['x-user']?.toString(), { requests: 2, windowMs: 60_000 });
  app.get('/', async () => 'in');
});
afterEach(() => app.close());

const ask = async (user: string | undefined, remoteAddress = '192.0.2.1'): Promise<number> =>
  (await app.inject({ url: '/', remoteAddress, headers: user === undefined ? {} : { 'x-user': user } })).statusCode;

describe('the bound of an API’s requests', () => {
  it('is each user’s own, wherever they sit: one who asks too much stops nobody else', async () => {
    expect([await ask('ada'), await ask('ada', '192.0.2.2'), await ask('ada', '192.0.2.3')]).toEqual([200, 200, 429]);
    expect([await ask('uwe'), await ask(undefined)]).toEqual([200, 200]);
  });

  it('is the address’s for whom nobody knows, however many names they have for it', async () => {
    expect([await ask(undefined), await ask(undefined, '::ffff:192.0.2.1'), await ask(undefined)]).toEqual([200, 200, 429]);
    expect(await ask(undefined, '192.0.2.9')).toBe(200);
    // Who is signed in at the same address goes on.
    expect(await ask('ada')).toBe(200);
  });

  it('does not mix up a user and an address that are called alike', async () => {
    for (let i = 0; i < 3; i++) await ask('192.0.2.1');
    expect(await ask(undefined)).toBe(200);
  });

  it('says when to come again', async () => {
    for (let i = 0; i < 2; i++) await ask('ada');
    const answer = await app.inject({ url: '/', headers: { 'x-user': 'ada' } });
    expect(answer.json()).toMatchObject({ code: 'too-many-requests', noUpdate: 'No update was performed.' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60);
  });
});

describe('a part of a request', () => {
  const schema = z.strictObject({ page: z.coerce.number().int().min(1).default(1), note: z.string().optional() });

  it('is what its schema makes of it', () => {
    expect(parsePart(schema, { page: '3' })).toEqual({ page: 3 });
    expect(parsePart(schema, {})).toEqual({ page: 1 });
  });

  it('that is wrong is refused with every fault and without its values', () => {
    for (const part of [{ page: 0, note: 4711, other: 'secret' }, null, 'secret']) {
      const refused = (() => {
        try {
          return parsePart(schema, part);
        } catch (error) {
          return error;
        }
      })();
      expect(refused).toBeInstanceOf(TidegateError);
      const { code, facts, message } = refused as TidegateError;
      expect(code).toBe('bad-request');
      expect(facts['faults']).toHaveLength(part === null || part === 'secret' ? 1 : 3);
      expect(JSON.stringify([facts, message])).not.toMatch(/secret|4711/);
    }
  });
});
