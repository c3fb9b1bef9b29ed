import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../crm/test-crm.ts';
import { OPENID_CLIENT, startOpenIdProvider, type TestOpenIdProvider } from '../support/openid-provider.ts';
import { OPENID_CALLBACK_PATH } from '../../web/sign-in/openid-endpoints.ts';
import { openIdProvider } from '../../web/sign-in/openid-provider.ts';
import { beyondTheEdge, closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';
import { beginWith, chooseOwn } from './first-sign-in.ts';

/** The provider's own forms ask for a font there. */
const FONTS = 'https://fonts.googleapis.com';

let crm: TestCrm;
let provider: TestOpenIdProvider;
let address: string;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeAll(async () => {
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const redirectUri = `${address}${OPENID_CALLBACK_PATH}`;
  provider = await startOpenIdProvider(redirectUri);
  const openId = openIdProvider({
    issuer: provider.issuer,
    clientId: OPENID_CLIENT.id,
    clientSecret: OPENID_CLIENT.secret,
    name: 'Acme ID',
    scope: 'openid email profile',
    roleClaim: 'roles',
    roles: [['crm-users', 'user']],
    trustEmail: false,
    redirectUri,
  });
  crm = await startTestCrm({ pageFolder: await builtPage(), origin: address, signIn: { passwords: true, openId } });
  await crm.app.listen({ host: '127.0.0.1', port });
});
afterAll(async () => {
  await closeBrowser();
  await crm[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});
beforeEach(needChromium);

async function enter(email: string, options: VisitOptions = {}): Promise<Visit> {
  const window = await visit(address, options);
  await signInAs(window, email, USER_PASSWORD);
  if ((options.width ?? 1280) < 700) await window.page.getByRole('button', { name: 'Open menu' }).click();
  await window.page.getByRole('link', { name: 'Users', exact: true }).click();
  await window.page.getByRole('heading', { name: 'Users' }).waitFor();
  return window;
}

describe('an administrator', () => {
  it('adds a user, who chooses an own password at the first sign-in', async () => {
    await using window = await enter('ada@crm.example');
    const { page, look } = window;
    await page.getByRole('row', { name: /uwe@crm\.example/ }).waitFor();
    await look('users');
    await page.getByRole('button', { name: 'Add user' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add user' });
    await dialog.getByRole('button', { name: 'Add user' }).click();
    await dialog.getByText('This is no e-mail address.').waitFor();
    await look('users-add');
    await dialog.getByLabel('Name').fill('Noor Haddad');
    await dialog.getByLabel('E-mail address').fill('noor@crm.example');
    await dialog.getByRole('button', { name: 'Add user' }).click();
    const given = page.getByRole('dialog', { name: 'Password of noor@crm.example' });
    const password = (await given.locator('code').textContent())?.trim() ?? '';
    await look('users-password');
    await given.getByRole('button', { name: 'Done' }).click();

    await using first = await visit(address);
    await beginWith(first, 'noor@crm.example', password);
    await first.look('must-change-password');
    first.expect4xx(422);
    await chooseOwn(first, password, 'noor@crm.example');
    await first.page.getByText('It is easily guessed').waitFor();
    await chooseOwn(first, password);
    await first.page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(await first.page.getByRole('link', { name: 'Users', exact: true }).count()).toBe(0);
  });

  it('gives roles and shuts users out; the last administrator stays', async () => {
    await crm.addUser('zoe@crm.example', 'user');
    const zoe = await crm.signIn('zoe@crm.example');
    await using window = await enter('ada@crm.example');
    const { page, look, expect4xx } = window;
    await page.getByRole('combobox', { name: 'Role of zoe' }).click();
    await page.getByRole('option', { name: 'Auditor' }).click();
    await eventually(async () => (await zoe('GET', '/api/session')).json<{ user: { role: string } }>().user.role).toBe('auditor');
    await page.getByRole('button', { name: 'zoe: what to do' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await look('users-disable');
    await page.getByRole('dialog', { name: 'Disable zoe?' }).getByRole('button', { name: 'Disable' }).click();
    await page
      .getByRole('row', { name: /zoe@crm\.example/ })
      .getByText('Disabled')
      .waitFor();
    expect((await zoe('GET', '/api/session')).statusCode).toBe(401);
    expect4xx(409);
    await page.getByRole('button', { name: 'ada: what to do' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog', { name: 'Disable ada?' }).getByRole('button', { name: 'Disable' }).click();
    await page.getByText('This is the last administrator.').waitFor();
    const { rows } = await crm.admin.query(`select facts from tidegate.audit_event where event = 'user-disabled'`);
    expect(rows).toEqual([{ facts: { by: 'ada@crm.example' } }]);
  });
});

describe('an auditor', () => {
  it('sees users and changes none, on a phone and in the dark too', async () => {
    await using window = await enter('aud@crm.example', { width: 360, height: 740, colorScheme: 'dark' });
    const user = window.page.getByRole('list', { name: 'Users' }).getByRole('listitem').filter({ hasText: 'uwe@crm.example' });
    await user.getByText('Signs in with: password · Signed in: ').waitFor();
    await window.look('users');
    expect(await window.page.getByRole('button', { name: 'Add user' }).count()).toBe(0);
    // Nothing is beyond the edge, nor behind one that scrolls.
    expect(await beyondTheEdge(window.page)).toEqual([]);
  });
});

describe('look and language', () => {
  it('are chosen, and stay', async () => {
    await using window = await visit(address);
    await signInAs(window, 'uwe@crm.example', USER_PASSWORD);
    const { page, look } = window;
    await page.getByRole('button', { name: /your account/ }).click();
    expect(await page.getByRole('menuitemradio', { name: 'As the device' }).isChecked()).toBe(true);
    await look('account-menu');
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await eventually(() => page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark');
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Kontakte' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Kontakte' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark');
    await look('contacts-german');
  });
});

describe('the identity provider', () => {
  /** Another site takes part here: requests to it are what is meant. */
  it('lets a user in through its own forms', async () => {
    provider.users.set('kim', { email: 'kim@acme.example', email_verified: true, name: 'Kim Larsson', roles: ['crm-users'] });
    await using window = await visit(address, { others: [provider.issuer, FONTS] });
    await window.page.route(`${FONTS}/**`, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
    const { page, look, expect4xx } = window;
    expect4xx(401);
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).waitFor();
    await look('door-with-provider');
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
    await page.getByPlaceholder('Enter any login').fill('kim');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Kim Larsson: your account' }).waitFor();
    expect(new URL(page.url()).origin).toBe(address);
    const cookies = await page.context().cookies(address);
    expect(cookies.find(({ name }) => name === 'tidegate-session')).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  });

  it('that vouches for somebody without a role is told at the door', async () => {
    provider.users.set('rob', { email: 'rob@acme.example', email_verified: true, roles: ['cooks'] });
    await using window = await visit(address, { others: [provider.issuer, FONTS] });
    await window.page.route(`${FONTS}/**`, (route) => route.fulfill({ contentType: 'text/css', body: '' }));
    const { page, expect4xx } = window;
    expect4xx(401);
    await page.goto('/');
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).click();
    await page.getByPlaceholder('Enter any login').fill('rob');
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('You may not sign in here with that account.').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
  });
});
