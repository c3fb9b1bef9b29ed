import cookie from '@fastify/cookie';
import { fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { isSecure, pageCookie } from '../../../web/http/page-cookies.ts';

const UNTIL = new Date('2031-01-01T00:00:00Z');

async function app(secure: boolean, sameSite?: 'lax') {
  const made = fastify();
  await made.register(cookie);
  const own = pageCookie('tidegate-session', secure, sameSite);
  made.get('/set', async (_request, reply) => (own.set(reply, 'secret', UNTIL), reply.send()));
  made.get('/clear', async (_request, reply) => (own.clear(reply), reply.send()));
  made.get('/read', async (request) => ({ read: own.read(request) ?? null }));
  return made;
}

describe('the cookie of a page', () => {
  it('is out of reach for scripts and other sites, and ends with the session', async () => {
    const { cookies } = await (await app(false)).inject('/set');
    expect(cookies).toEqual([{ name: 'tidegate-session', value: 'secret', httpOnly: true, sameSite: 'Strict', path: '/', expires: UNTIL }]);
  });

  it('over https is bound to host, path and https by its name', async () => {
    const { cookies, headers } = await (await app(true)).inject('/set');
    expect(cookies).toEqual([
      { name: '__Host-tidegate-session', value: 'secret', httpOnly: true, secure: true, sameSite: 'Strict', path: '/', expires: UNTIL },
    ]);
    // Browsers refuse the prefix with a domain.
    expect(String(headers['set-cookie'])).not.toMatch(/domain/i);
  });

  it('over https is not taken under the name that a sister site could set', async () => {
    const secure = await app(true);
    const read = async (name: string) => (await secure.inject({ url: '/read', cookies: { [name]: 'x' } })).json<{ read: string | null }>().read;
    expect([await read('tidegate-session'), await read('__Host-tidegate-session')]).toEqual([null, 'x']);
  });

  it('is taken back under the same name and path', async () => {
    for (const secure of [false, true]) {
      const page = await app(secure);
      const [set, cleared] = [(await page.inject('/set')).cookies[0], (await page.inject('/clear')).cookies[0]];
      expect(cleared).toMatchObject({ name: set?.name, path: set?.path, value: '' });
      expect(Number(cleared?.expires)).toBeLessThan(Date.now());
    }
  });

  it('goes along with a way back from another site only where that is wanted', async () => {
    expect((await (await app(false, 'lax')).inject('/set')).cookies[0]).toMatchObject({ sameSite: 'Lax' });
  });

  it.each([
    ['https://crm.example.com', true],
    ['http://crm.example.com', false],
    ['http://https.example', false],
    [undefined, false],
  ])('is Secure by the origin that browsers see: %s', (origin, secure) => {
    expect(isSecure(origin)).toBe(secure);
  });
});
