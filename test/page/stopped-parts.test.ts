import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLink } from '../crm/control-plane.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../crm/test-crm.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { closeBrowser, needChromium, signInAs, visit } from './browser.ts';
import { builtPage } from './built-page.ts';

/* What the page is served by is stopped while it is open: it says so, keeps what was entered, and goes on by itself. */

let crm: TestCrm;
let database: TcpProxy;
let application: TcpProxy;
let address: string;
beforeAll(async () => {
  crm = await startTestCrm({
    pageFolder: await builtPage(),
    through: async (pageUrl) => {
      const url = new URL(pageUrl);
      database = await startTcpProxy(Number(url.port));
      [url.hostname, url.port] = ['127.0.0.1', String(database.port)];
      return url.href;
    },
  });
  application = await startTcpProxy(Number(new URL(await crm.app.listen({ host: '127.0.0.1', port: 0 })).port));
  address = `http://127.0.0.1:${application.port}`;
  await crm.admin.query(`insert into crm.contacts (family_name, emails) values ('Lovelace', '[]'), ('Hopper', '[]')`);
  await openLink(crm.admin);
});
afterAll(async () => {
  await closeBrowser();
  await application[Symbol.asyncDispose]();
  await crm[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
beforeEach(needChromium);

const noteOf = async (familyName: string): Promise<unknown> =>
  (await crm.admin.query<{ note: string | null }>('select note from crm.contacts where family_name = $1', [familyName])).rows[0]?.note;

describe('while the page is open', () => {
  it('the CRM is stopped: the page says so, keeps what was entered, and saves it when it is back', async () => {
    await using window = await visit(address);
    const { page, look, expectAway } = window;
    await signInAs(window, 'uwe@crm.example', USER_PASSWORD);
    await page.getByRole('button', { name: 'Open Lovelace' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Note').fill('kept');
    expectAway();
    application.set({ kind: 'cut' });
    await page.getByText('The CRM does not answer at the moment.').waitFor({ state: 'attached' });
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('The CRM cannot be reached.').waitFor();
    expect(application.faults).toBeGreaterThan(0);
    await look('crm-away');
    expect(await noteOf('Lovelace')).toBeNull();
    application.set({ kind: 'pass' });
    await page.getByText('The CRM does not answer at the moment.').waitFor({ state: 'detached' });
    expect(await form.getByLabel('Note').inputValue()).toBe('kept');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect(await noteOf('Lovelace')).toBe('kept');
  });

  it('the database is stopped: the page says so, changes nothing, and reads again by itself', async () => {
    await using window = await visit(address);
    const { page, look, expect4xx } = window;
    await signInAs(window, 'uwe@crm.example', USER_PASSWORD);
    await page.getByRole('button', { name: 'Open Hopper' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Note').fill('kept');
    expect4xx(503);
    database.set({ kind: 'cut' });
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('The database cannot be reached.').waitFor();
    await look('database-away');
    expect(await noteOf('Hopper')).toBeNull();
    database.set({ kind: 'pass' });
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect(await noteOf('Hopper')).toBe('kept');

    database.set({ kind: 'cut' });
    await page.getByRole('searchbox', { name: 'Search contacts' }).fill('love');
    await page.getByText('The database cannot be reached.').first().waitFor();
    database.set({ kind: 'pass' });
    // Nobody presses anything.
    await page.getByRole('button', { name: 'Open Lovelace' }).waitFor();
    await page.getByText('The database cannot be reached.').waitFor({ state: 'detached' });
  });
});
