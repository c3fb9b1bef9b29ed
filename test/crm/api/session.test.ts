import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

const attempt = (email: string, password: string, headers: Record<string, string> = {}) =>
  crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password }, headers });

describe('signing in', () => {
  it('gives a session that scripts and other sites cannot use', async () => {
    const answer = await attempt('Uwe@crm.example', USER_PASSWORD);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ user: { email: 'uwe@crm.example', name: 'uwe', role: 'user', mustChangePassword: false } });
    const [cookie] = answer.cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
    const { rows } = await crm.admin.query<{ id: string }>('select id from crm.sessions');
    expect(rows.map((row) => row.id)).not.toContain(cookie?.value);
    expect(rows[0]?.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['a wrong password', 'uwe@crm.example', 'wrong'],
    ['an unknown user', 'nobody@crm.example', USER_PASSWORD],
    ['a pattern in place of a user', '%', USER_PASSWORD],
  ])('is refused for %s, with the same words', async (_what, email, password) => {
    const answer = await attempt(email, password);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      code: 'sign-in-failed',
      detail: 'The e-mail address or the password is wrong.',
      noUpdate: 'No update was performed.',
    });
    expect(answer.cookies).toEqual([]);
  });

  it('is closed for a user after many wrong attempts, even to the right password, and open for others', async () => {
    await crm.addUser('zoe@crm.example', 'user');
    for (let i = 0; i < 10; i++) expect((await attempt('zoe@crm.example', 'wrong')).statusCode).toBe(401);
    const closed = await attempt('zoe@crm.example', USER_PASSWORD);
    expect(closed.statusCode).toBe(429);
    expect(Number(closed.headers['retry-after'])).toBeGreaterThan(0);
    expect((await attempt('uwe@crm.example', USER_PASSWORD)).statusCode).toBe(200);
  });

  it('takes only what it knows', async () => {
    const answer = await crm.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { email: 'uwe@crm.example', password: 'x', role: 'integration-admin' },
    });
    expect(answer.json()).toMatchObject({ code: 'bad-request', status: 400 });
  });
});

describe('a session', () => {
  it('says who is signed in, until signing out', async () => {
    const requests = await crm.signIn('aud@crm.example');
    expect((await requests('GET', '/api/session')).json()).toEqual({
      user: { email: 'aud@crm.example', name: 'aud', role: 'auditor', mustChangePassword: false },
    });
    expect((await requests('DELETE', '/api/session')).statusCode).toBe(204);
    expect((await requests('GET', '/api/session')).json()).toMatchObject({ code: 'not-signed-in' });
  });

  it('ends by itself, and is forgotten when the next one begins', async () => {
    const requests = await crm.signIn('uwe@crm.example');
    await crm.admin.query(`update crm.sessions set expires_at = now() - interval '1 second'`);
    expect((await requests('GET', '/api/contacts')).statusCode).toBe(401);
    await crm.signIn('aud@crm.example');
    expect((await crm.admin.query('select from crm.sessions')).rowCount).toBe(1);
  });

  it('is needed by every endpoint but signing in and out', async () => {
    const id = crypto.randomUUID();
    const closed: [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string][] = [
      ...(['contacts', 'appointments', 'tasks'] as const).flatMap((path): [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string][] => [
        ['GET', `/api/${path}`],
        ['GET', `/api/${path}/${id}`],
        ['POST', `/api/${path}`],
        ['PATCH', `/api/${path}/${id}`],
        ['DELETE', `/api/${path}/${id}?version=1`],
      ]),
      ['GET', '/api/session'],
      ['GET', '/api/accounts'],
      ['GET', '/api/status'],
      ['GET', '/api/record-states?collection=contacts'],
      ['GET', '/api/runs'],
      ['GET', '/api/set-aside'],
      ['GET', '/api/conflicts'],
      ['GET', '/api/events'],
      ['GET', `/api/requests/${id}`],
      ['POST', '/api/synchronise'],
      ['POST', '/api/pull'],
      ['POST', '/api/pause'],
      ['POST', '/api/resume'],
    ];
    for (const [method, url] of closed) {
      const answer = await crm.app.inject({ method, url, ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }) });
      expect([url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([url, 401, 'not-signed-in']);
    }
  });
});

describe('a write that another site caused', () => {
  it.each([
    ['says so', { 'sec-fetch-site': 'cross-site' }],
    ['comes from a sister site', { 'sec-fetch-site': 'same-site' }],
    ['names another origin', { origin: 'https://evil.example' }],
    ['has an origin that is hidden', { origin: 'null' }],
  ])('is refused where it %s', async (_what, headers) => {
    const requests = await crm.signIn('uwe@crm.example');
    const answer = await requests('POST', '/api/contacts', { familyName: 'Forged' }, headers);
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ code: 'cross-site' });
    expect((await crm.admin.query(`select from crm.contacts where family_name = 'Forged'`)).rowCount).toBe(0);
  });

  it('is not confused with one from the page itself', async () => {
    const requests = await crm.signIn('uwe@crm.example');
    const answer = await requests(
      'POST',
      '/api/contacts',
      { familyName: 'Own' },
      { origin: 'http://localhost:80', host: 'localhost:80', 'sec-fetch-site': 'same-origin' },
    );
    expect(answer.statusCode).toBe(201);
  });

  it('cannot be a plain form', async () => {
    const requests = await crm.signIn('uwe@crm.example');
    const answer = await crm.app.inject({ method: 'POST', url: '/api/session', payload: 'email=a&password=b', headers: { 'content-type': 'text/plain' } });
    expect(answer.json()).toMatchObject({ code: 'unsupported-media', status: 415 });
    expect((await requests('GET', '/api/session')).statusCode).toBe(200);
  });
});

describe('behind a proxy with https', () => {
  it('cookies are Secure and bound to the host, and the proxy’s origin is the own one', async () => {
    await using proxied = await startTestCrm({ origin: 'https://crm.example.com' });
    const signIn = await proxied.app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { email: 'uwe@crm.example', password: USER_PASSWORD },
      headers: { origin: 'https://crm.example.com' },
    });
    expect(signIn.cookies[0]).toMatchObject({ name: '__Host-tidegate-session', secure: true });
    const refused = await proxied.app.inject({ method: 'POST', url: '/api/session', payload: {}, headers: { origin: 'http://crm.example.com' } });
    expect(refused.json()).toMatchObject({ code: 'cross-site' });
  });
});
