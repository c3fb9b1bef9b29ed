import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OPENID_CALLBACK_PATH } from '../../../web/sign-in/openid-endpoints.ts';
import { openIdProvider } from '../../../web/sign-in/openid-provider.ts';
import { FormBrowser, OPENID_CLIENT, signInThrough, startOpenIdProvider, type TestOpenIdProvider } from '../../support/openid-provider.ts';
import { EMPLOYEE_PASSWORD, startTestCloudPage, type TestCloudPage } from './test-cloud-page.ts';

let page: TestCloudPage;
let provider: TestOpenIdProvider;
let address: string;
let browser: FormBrowser;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  address = `http://127.0.0.1:${port}`;
  const redirectUri = `${address}${OPENID_CALLBACK_PATH}`;
  provider = await startOpenIdProvider(redirectUri);
  const options = {
    issuer: provider.issuer,
    clientId: OPENID_CLIENT.id,
    clientSecret: OPENID_CLIENT.secret,
    name: 'Third ID',
    scope: 'openid email profile',
    roleClaim: 'roles',
    roles: [
      ['staff', 'editor'],
      ['*', 'reader'],
    ] as const,
    trustEmail: true,
    redirectUri,
  };
  page = await startTestCloudPage({ origin: address, signIn: { passwords: false, openId: { provider: openIdProvider(options), tenant: 'acme' } } });
  await page.app.listen({ host: '127.0.0.1', port });
});
beforeEach(() => {
  browser = new FormBrowser();
});
afterAll(async () => {
  await page[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const enter = (user: string) => signInThrough(browser, `${address}/api/session/openid`, user);
const session = async () => (await page.app.inject({ url: '/api/session', cookies: { ...browser.cookies(new URL(address).host) } })).json<object>();

describe('employees who sign in with their tenant’s provider', () => {
  it('are made in that tenant, with the role of the claim, and follow it', async () => {
    provider.users.set('noor', { email: 'noor@acme.example', name: 'Noor Haddad', roles: ['staff'] });
    expect((await enter('noor')).url.href).toBe(`${address}/`);
    expect(await session()).toEqual({ user: { tenant: 'acme', email: 'noor@acme.example', name: 'Noor Haddad', role: 'editor', mustChangePassword: false } });
    provider.users.set('noor', { email: 'noor@acme.example' });
    browser = new FormBrowser();
    await enter('noor');
    expect(await session()).toMatchObject({ user: { role: 'reader' } });
    const { rows } = await page.store.admin.query(`select count(*)::int as n from cloud.employees where email = 'noor@acme.example'`);
    expect(rows).toEqual([{ n: 1 }]);
    const acts = await page.store.admin.query('select act, employee, acted_by, role, from_role from cloud.employee_acts order by created_at');
    const noor = { employee: 'noor@acme.example', acted_by: provider.issuer };
    expect(acts.rows).toEqual([
      { ...noor, act: 'added', role: 'editor', from_role: null },
      { ...noor, act: 'role-changed', role: 'reader', from_role: 'editor' },
    ]);
  });

  it('are the employee of the address, and nobody else is then', async () => {
    provider.users.set('k1', { email: 'kim@acme.example', roles: ['staff'] });
    provider.users.set('k2', { email: 'kim@acme.example', roles: ['staff'] });
    await enter('k1');
    expect(await session()).toMatchObject({ user: { email: 'kim@acme.example', name: 'kim' } });
    browser = new FormBrowser();
    expect((await enter('k2')).url.search).toBe('?refused=identity-refused');
  });

  it('come in that way alone, where it is the only one', async () => {
    await page.addEmployee('acme', 'sue@acme.example');
    const answer = await page.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'sue@acme.example', password: EMPLOYEE_PASSWORD } });
    expect(answer.json()).toMatchObject({ code: 'not-allowed', noUpdate: 'No update was performed.' });
    expect(answer.cookies).toEqual([]);
    expect((await page.app.inject('/api/session/ways')).json()).toEqual({ passwords: false, openId: { name: 'Third ID' } });
  });

  it('are known by more than the address, which the provider may change', async () => {
    provider.users.set('lea', { email: 'lea@acme.example', roles: ['staff'] });
    await enter('lea');
    provider.users.set('lea', { email: 'lea.larsson@acme.example', roles: ['staff'] });
    browser = new FormBrowser();
    await enter('lea');
    expect(await session()).toMatchObject({ user: { email: 'lea@acme.example', role: 'editor' } });
    const { rows } = await page.store.admin.query(`select email from cloud.employees where email like 'lea%'`);
    expect(rows).toEqual([{ email: 'lea@acme.example' }]);
  });

  it('are no employees of another tenant, whatever their address', async () => {
    provider.users.set('glo', { email: 'glo@globex.example', roles: ['staff'] });
    await enter('glo');
    expect(await session()).toMatchObject({ user: { tenant: 'acme', email: 'glo@globex.example' } });
  });

  it('need no password that an administrator gave, and it opens nothing any more; one that was chosen stays', async () => {
    for (const [user, mustChange] of [
      ['pia', true],
      ['pat', false],
    ] as const) {
      const email = `${user}@acme.example`;
      await page.addEmployee('acme', email);
      await page.store.admin.query(
        `update cloud.credentials c set must_change = $2 from cloud.employees e where e.tenant = c.tenant and e.id = c.employee_id and e.email = $1`,
        [email, mustChange],
      );
      provider.users.set(user, { email });
      browser = new FormBrowser();
      await enter(user);
      expect(await session()).toMatchObject({ user: { email, mustChangePassword: false } });
      const cookies = { ...browser.cookies(new URL(address).host) };
      expect((await page.app.inject({ url: '/api/collections', cookies })).statusCode).toBe(200);
    }
    const { rows } = await page.store.admin.query(
      `select e.name, c.password_hash is not null as "hasPassword", c.must_change as "mustChange" from cloud.employees e join cloud.credentials c on c.employee_id = e.id
        where e.email like 'p%@acme.example' order by e.name`,
    );
    expect(rows).toEqual([
      { name: 'pat', hasPassword: true, mustChange: false },
      { name: 'pia', hasPassword: false, mustChange: false },
    ]);
  });

  it('stay out when they were disabled here', async () => {
    provider.users.set('zoe', { email: 'zoe@acme.example' });
    await enter('zoe');
    await page.store.admin.query(`update cloud.employees set disabled_at = now() where email = 'zoe@acme.example'`);
    browser = new FormBrowser();
    expect((await enter('zoe')).url.search).toBe('?refused=identity-refused');
  });
});
