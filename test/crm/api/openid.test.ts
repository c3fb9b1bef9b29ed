import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPENID_CALLBACK_PATH } from '../../../web/sign-in/openid-endpoints.ts';
import { openIdProvider } from '../../../web/sign-in/openid-provider.ts';
import { FormBrowser, OPENID_CLIENT, signInThrough, startOpenIdProvider, type TestOpenIdProvider } from '../../support/openid-provider.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../test-crm.ts';

let crm: TestCrm;
let provider: TestOpenIdProvider;
let address: string;
let browser: FormBrowser;

/** A port that nobody uses at this moment: the redirect address has to be known before the page listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const optionsFor = (issuer: string, redirectUri: string) => ({
  issuer,
  clientId: OPENID_CLIENT.id,
  clientSecret: OPENID_CLIENT.secret,
  name: 'Acme ID',
  scope: 'openid email profile',
  roleClaim: 'roles',
  roles: [
    ['crm-admins', 'integration-admin'],
    ['crm-users', 'user'],
  ] as const,
  trustEmail: false,
  redirectUri,
});

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const redirectUri = `${address}${OPENID_CALLBACK_PATH}`;
  provider = await startOpenIdProvider(redirectUri);
  crm = await startTestCrm({ origin: address, signIn: { passwords: true, openId: openIdProvider(optionsFor(provider.issuer, redirectUri)) } });
  await crm.app.listen({ host: '127.0.0.1', port });
});
beforeEach(async () => {
  browser = new FormBrowser();
  await crm.admin.query(`delete from crm.users where email not in ('ada@crm.example', 'uwe@crm.example', 'aud@crm.example'); truncate tidegate.audit_event`);
});
afterAll(async () => {
  await crm[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const enter = (user: string) => signInThrough(browser, `${address}/api/session/openid`, user);
const session = async () =>
  (await crm.app.inject({ url: '/api/session', cookies: { ...browser.cookies(new URL(address).host) } })).json<{ user?: object; code?: string }>();
const users = async () => (await crm.admin.query(`select email, role, subject from crm.users where subject is not null order by email`)).rows as unknown[];

describe('signing in with the identity provider', () => {
  it('makes the user with the role of the claim, and says who did it', async () => {
    provider.users.set('noor', { email: 'Noor@acme.example', email_verified: true, name: 'Noor Haddad', roles: ['staff', 'crm-users'] });
    const page = await enter('noor');
    expect(page.url.href).toBe(`${address}/`);
    expect(await session()).toEqual({ user: { email: 'noor@acme.example', name: 'Noor Haddad', role: 'user', mustChangePassword: false } });
    expect(browser.cookies(new URL(address).host)).not.toHaveProperty('tidegate-openid');
    const { rows } = await crm.admin.query('select event, subject from tidegate.audit_event order by id');
    expect(rows).toEqual([
      { event: 'user-added', subject: 'noor@acme.example' },
      { event: 'user-signed-in', subject: 'noor@acme.example' },
    ]);
  });

  it('follows the claim at the next time, and knows the user by more than the address', async () => {
    provider.users.set('kim', { email: 'kim@acme.example', email_verified: true, roles: ['crm-users'] });
    await enter('kim');
    provider.users.set('kim', { email: 'kim.larsson@acme.example', email_verified: true, roles: 'crm-admins' });
    browser = new FormBrowser();
    await enter('kim');
    expect(await users()).toEqual([{ email: 'kim@acme.example', role: 'integration-admin', subject: 'kim' }]);
  });

  it('binds a user who has a password by the verified address, and nobody else to it then', async () => {
    provider.users.set('u1', { email: 'uwe@crm.example', email_verified: true, roles: ['crm-users'] });
    provider.users.set('u2', { email: 'uwe@crm.example', email_verified: true, roles: ['crm-admins'] });
    await enter('u1');
    browser = new FormBrowser();
    expect((await enter('u2')).url.search).toBe('?refused=identity-refused');
    expect(await users()).toEqual([{ email: 'uwe@crm.example', role: 'user', subject: 'u1' }]);
    await crm.admin.query(`update crm.users set issuer = null, subject = null where email = 'uwe@crm.example'`);
  });

  it('needs no password that an administrator gave, and it opens nothing any more; one that was chosen stays', async () => {
    for (const [user, mustChange] of [
      ['pia', true],
      ['pat', false],
    ] as const) {
      const email = `${user}@crm.example`;
      await crm.addUser(email, 'user');
      await crm.admin.query('update crm.users set must_change_password = $2 where email = $1', [email, mustChange]);
      provider.users.set(user, { email, email_verified: true, roles: ['crm-users'] });
      browser = new FormBrowser();
      await enter(user);
      expect(await session()).toMatchObject({ user: { email, mustChangePassword: false } });
      const attempt = await crm.app.inject({ method: 'POST', url: '/api/session', payload: { email, password: USER_PASSWORD } });
      expect([user, attempt.statusCode]).toEqual([user, mustChange ? 401 : 200]);
      await crm.admin.query('delete from crm.users where email = $1', [email]);
    }
  });

  it.each([
    ['has no role here', { email: 'x@acme.example', email_verified: true, roles: ['cooks'] }],
    ['has an address that nobody verified', { email: 'ada@crm.example', email_verified: false, roles: ['crm-users'] }],
    ['has no address', { roles: ['crm-users'] }],
  ])('turns away who %s', async (_what, claims) => {
    provider.users.set('x', claims);
    const page = await enter('x');
    expect(page.url.search).toBe('?refused=identity-refused');
    expect(await session()).toMatchObject({ code: 'not-signed-in' });
    expect(await users()).toEqual([]);
    const { rows } = await crm.admin.query('select event, code, subject from tidegate.audit_event');
    expect(rows).toEqual([{ event: 'sign-in-refused', code: 'identity-refused', subject: null }]);
  });

  it('turns away who was disabled here', async () => {
    provider.users.set('zoe', { email: 'zoe@acme.example', email_verified: true, roles: ['crm-users'] });
    await enter('zoe');
    await crm.admin.query(`update crm.users set disabled_at = now() where email = 'zoe@acme.example'`);
    expect(await session()).toMatchObject({ code: 'not-signed-in' });
    browser = new FormBrowser();
    expect((await enter('zoe')).url.search).toBe('?refused=identity-refused');
  });
});

describe('an answer that does not fit', () => {
  const callback = (query: string, cookies: Record<string, string> = {}) =>
    crm.app.inject({ url: `${OPENID_CALLBACK_PATH}?${query}`, cookies, headers: { host: new URL(address).host } });
  const attempt = async (): Promise<{ cookies: Record<string, string>; state: string; sent: URL }> => {
    const answer = await crm.app.inject({ url: '/api/session/openid' });
    const sent = new URL(String(answer.headers.location));
    return { cookies: Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value])), state: sent.searchParams.get('state') ?? '', sent };
  };

  it('never lets anybody in', async () => {
    const { cookies, state } = await attempt();
    const cases = [
      callback(`code=x&state=${state}`),
      callback(`code=x&state=other&iss=${encodeURIComponent(provider.issuer)}`, cookies),
      callback(`code=invented&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookies),
      callback(`error=access_denied&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, cookies),
      callback(`code=x&state=${state}&iss=${encodeURIComponent(provider.issuer)}`, { 'tidegate-openid': 'bm9uc2Vuc2U' }),
    ];
    for (const answer of await Promise.all(cases)) {
      expect(answer.statusCode).toBe(303);
      expect(answer.headers.location).toBe('/?refused=identity-provider-failed');
      expect(answer.cookies.find(({ name }) => name === 'tidegate-session')).toBeUndefined();
    }
  });

  it('is bound to the browser that left: another one’s code opens nothing', async () => {
    provider.users.set('thief', { email: 'thief@acme.example', email_verified: true, roles: ['crm-users'] });
    const thief = new FormBrowser(`${address}${OPENID_CALLBACK_PATH}`);
    const { url } = await signInThrough(thief, `${address}/api/session/openid`, 'thief');
    expect(url.searchParams.get('code')).toMatch(/.{20}/);
    const victim = await attempt();
    // The victim's browser is sent the thief's answer: as it is, and with the state that the victim left with.
    expect((await callback(url.searchParams.toString(), victim.cookies)).headers.location).toBe('/?refused=identity-provider-failed');
    url.searchParams.set('state', victim.state);
    expect((await callback(url.searchParams.toString(), victim.cookies)).headers.location).toBe('/?refused=identity-provider-failed');
    expect((await crm.admin.query(`select from crm.users where email = 'thief@acme.example'`)).rowCount).toBe(0);
  });

  it('is taken once', async () => {
    provider.users.set('noor', { email: 'noor@acme.example', email_verified: true, roles: ['crm-users'] });
    const noor = new FormBrowser(`${address}${OPENID_CALLBACK_PATH}`);
    const { url } = await signInThrough(noor, `${address}/api/session/openid`, 'noor');
    const cookies = { ...noor.cookies(new URL(address).host) };
    expect((await callback(url.searchParams.toString(), cookies)).headers.location).toBe('/');
    expect((await callback(url.searchParams.toString(), cookies)).headers.location).toBe('/?refused=identity-provider-failed');
  });

  it('leaves with state, nonce and PKCE, and a cookie that scripts cannot read', async () => {
    const { sent } = await attempt();
    expect(Object.fromEntries(sent.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      client_id: OPENID_CLIENT.id,
      scope: 'openid email profile',
      nonce: expect.stringMatching(/.{40}/),
      code_challenge: expect.stringMatching(/.{43}/),
    });
    const [cookie] = (await crm.app.inject({ url: '/api/session/openid' })).cookies;
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  });

  it('says so where the provider is away, and the door stays open to passwords', async () => {
    await using away = await startTestCrm({
      signIn: { passwords: true, openId: openIdProvider(optionsFor(`http://127.0.0.1:${await freePort()}`, `${address}${OPENID_CALLBACK_PATH}`)) },
    });
    expect((await away.app.inject({ url: '/api/session/openid' })).headers.location).toBe('/?refused=identity-provider-failed');
    expect((await away.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'uwe@crm.example', password: USER_PASSWORD } })).statusCode).toBe(
      200,
    );
  });
});

describe('ways to sign in', () => {
  it('are told to the door', async () => {
    expect((await crm.app.inject({ url: '/api/session/ways' })).json()).toEqual({ passwords: true, openId: { name: 'Acme ID' } });
    await using plain = await startTestCrm();
    expect((await plain.app.inject({ url: '/api/session/ways' })).json()).toEqual({ passwords: true, openId: null });
    expect((await plain.app.inject({ url: '/api/session/openid' })).json()).toMatchObject({ code: 'path-unknown' });
  });

  it('without passwords take none, not even the right one', async () => {
    await using closed = await startTestCrm({ signIn: { passwords: false } });
    const answer = await closed.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'uwe@crm.example', password: USER_PASSWORD } });
    expect(answer.json()).toMatchObject({ code: 'not-allowed' });
  });
});
