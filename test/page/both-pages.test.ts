import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeHome, startStack, type TestStack } from '../support/running-stack.ts';
import { closeBrowser, eventually, needChromium, signInAs, visit } from './browser.ts';

const built = (name: string): string => JSON.stringify(new URL(`../../configuration/${name}.ts`, import.meta.url).pathname);
const CONFIG = `import { appointments, contacts, tasks } from ${built('built-in')};
export default {
  links: [
    { tenant: 'acme', environment: 'development', link: 'hub', schedules: { reverseEveryMs: 86_400_000 }, collections: [contacts, appointments, tasks] },
  ],
};
`;

/* The whole of Tidegate as `npm start` gives it, with a browser at each of its two pages. */

const { home, remove } = makeHome();
let running: TestStack;
let crm: Client;
const passwordOf = (pattern: RegExp): string => pattern.exec(running.output())?.[1] ?? '';

beforeAll(async () => {
  // Nothing is ordered in by the clock: only the click does.
  const config = join(home, 'tidegate.config.ts');
  writeFileSync(config, CONFIG);
  running = await startStack(home, ['--contacts', '20'], { TIDEGATE_CONFIG: config });
  crm = new Client({ connectionString: running.stack.crm.databaseUrl });
  await crm.connect();
}, 240_000);
afterAll(async () => {
  await closeBrowser();
  await crm.end();
  await running.stop();
  remove();
}, 120_000);
beforeEach(needChromium);

describe('a value that an employee changes at the cloud’s page', () => {
  it('enters the CRM when its user orders it in, and not before; the ledger names the employee', async () => {
    const pageUrl = running.stack.cloud.pageUrl ?? '';
    await using cloud = await visit(pageUrl);
    await signInAs(cloud, 'kim@acme.example', passwordOf(/sign in as kim@acme\.example with the password (\S{16})/));
    await cloud.page
      .getByRole('button', { name: /^Open / })
      .first()
      .click();
    const drawer = cloud.page.getByRole('dialog');
    await drawer.getByLabel('Notes').fill('Prefers to be called on Tuesdays');
    const key = JSON.parse(new URL(cloud.page.url()).searchParams.get('open') ?? '{}') as { id: string };
    await drawer.getByRole('button', { name: 'Save' }).click();
    await cloud.page.getByText('It was saved.').waitFor();

    const note = async (): Promise<unknown> => (await crm.query('select note from crm.contacts where id = $1', [key.id])).rows[0];
    const entries = async (): Promise<unknown[]> => (await crm.query('select actor, fields from tidegate.ledger_entry where $1 = any (key)', [key.id])).rows;
    expect(await note()).not.toEqual({ note: 'Prefers to be called on Tuesdays' });
    expect(await entries()).toEqual([]);

    await using office = await visit(running.stack.crm.url);
    await signInAs(office, 'admin@crm.example', passwordOf(/Sign in as admin@crm\.example with the password (\S{16})/));
    expect(await note()).not.toEqual({ note: 'Prefers to be called on Tuesdays' });
    await office.page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    await office.page.getByRole('button', { name: 'Pull from the cloud' }).first().click();
    await eventually(note).toEqual({ note: 'Prefers to be called on Tuesdays' });
    expect(await entries()).toEqual([{ actor: 'kim@acme.example', fields: ['note'] }]);
  });
});
