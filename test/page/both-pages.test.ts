import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { openTidegate } from '../../client/open-tidegate.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { runUrl } from '../../scheduler/ids.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { metadataOf, payloadsIn } from '../support/payloads.ts';
import { makeHome, runCli, startStack, type TestStack } from '../support/running-stack.ts';
import { closeBrowser, eventually, needChromium, signInAs, visit, type Visit } from './browser.ts';

const built = (name: string): string => JSON.stringify(new URL(`../../configuration/${name}.ts`, import.meta.url).pathname);
const CONFIG = `import { appointments, contacts, tasks } from ${built('built-in')};
const reviewed = { ...contacts, fields: { ...contacts.fields, note: { column: 'note', conflicts: 'review' } } };
export default {
  links: [
    { tenant: 'acme', environment: 'development', link: 'hub', schedules: ${JSON.stringify(BY_HAND_ONLY)}, collections: [reviewed, appointments, tasks] },
  ],
};
`;

/* The whole of Tidegate as `npm start` gives it, with a browser at each of its two pages; what Temporal holds is encoded, and its UI is read as well. */

const { home, remove } = makeHome();
const codecKeys = join(home, 'crm', 'codec-keys.json');
let running: TestStack;
let crm: Client;
let cloudStore: Client;
const passwordOf = (pattern: RegExp): string => pattern.exec(running.output())?.[1] ?? '';

beforeAll(async () => {
  // Nothing is ordered in by the clock: only the click does.
  const config = join(home, 'tidegate.config.ts');
  writeFileSync(config, CONFIG);
  running = await startStack(home, ['--contacts', '20'], { TIDEGATE_CONFIG: config, TIDEGATE_CODEC_KEYS: codecKeys });
  crm = new Client({ connectionString: running.stack.crm.databaseUrl });
  cloudStore = new Client({ connectionString: running.stack.cloud.databaseUrl });
  await Promise.all([crm.connect(), cloudStore.connect()]);
}, 240_000);
afterAll(async () => {
  await closeBrowser();
  await Promise.all([crm.end(), cloudStore.end()]);
  await running.stop();
  remove();
}, 120_000);
beforeEach(needChromium);

/** A window of the CRM's administrator. */
async function enterOffice(): Promise<Visit> {
  const office = await visit(running.stack.crm.url);
  await signInAs(office, 'admin@crm.example', passwordOf(/Sign in as admin@crm\.example with the password (\S{16})/));
  return office;
}

const inCloud = async (statement: string): Promise<unknown[]> => (await cloudStore.query(statement)).rows;

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

    await using office = await enterOffice();
    expect(await note()).not.toEqual({ note: 'Prefers to be called on Tuesdays' });
    await office.page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    await office.page.getByRole('button', { name: 'Pull from the cloud' }).first().click();
    await eventually(note).toEqual({ note: 'Prefers to be called on Tuesdays' });
    expect(await entries()).toEqual([{ actor: 'kim@acme.example', fields: ['note'] }]);
  });
});

describe('what an employee adds, changes and deletes in the calendar and in tasks', () => {
  it('enters the CRM when it is ordered in', async () => {
    await using cloud = await visit(running.stack.cloud.pageUrl ?? '');
    await signInAs(cloud, 'kim@acme.example', passwordOf(/sign in as kim@acme\.example with the password (\S{16})/));
    const { page } = cloud;
    const form = page.getByRole('dialog');
    const save = async (): Promise<void> => {
      await form.getByRole('button', { name: 'Save' }).click();
      await form.waitFor({ state: 'detached' });
    };
    await page.getByRole('link', { name: 'Calendar' }).click();
    await page.getByText('Calendar', { exact: true }).last().click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await form.getByLabel('Title').fill('Visit of the mill');
    await form.getByLabel('Begins').fill('2026-09-01T10:00');
    await form.getByLabel('Ends').fill('2026-09-01T11:00');
    await save();
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await form.getByLabel('Title').fill('Oil the mill');
    await form.getByLabel('Due on').fill('2026-09-02');
    await save();

    const inCrm = async (statement: string): Promise<unknown[]> => (await crm.query(statement)).rows;
    const visits = (): Promise<unknown[]> => inCrm(`select summary, starts_at::text from crm.appointments where summary like '%mill'`);
    const tasks = (): Promise<unknown[]> => inCrm(`select subject, due_date::text, status from crm.tasks where subject like '%mill'`);
    expect([await visits(), await tasks()]).toEqual([[], []]);
    await using office = await enterOffice();
    await office.page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    const pull = (): Promise<void> => office.page.getByRole('button', { name: 'Pull from the cloud' }).first().click();
    await pull();
    await eventually(visits).toEqual([{ summary: 'Visit of the mill', starts_at: '2026-09-01 10:00:00' }]);
    await eventually(tasks).toEqual([{ subject: 'Oil the mill', due_date: '2026-09-02', status: 'open' }]);

    await page.getByRole('button', { name: 'Open Oil the mill' }).click();
    await form.getByRole('combobox', { name: 'Status' }).click();
    await page.getByRole('option', { name: 'Done' }).click();
    await save();
    await page.goto('/appointments?search=mill');
    await page.getByRole('button', { name: 'Open Visit of the mill' }).click();
    await form.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this record?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('It was deleted.').waitFor();
    await pull();
    await eventually(tasks).toEqual([{ subject: 'Oil the mill', due_date: '2026-09-02', status: 'done' }]);
    await eventually(visits).toEqual([]);
  });
});

/** Has the Temporal UI send the CRM's session along where it has payloads decoded. */
async function decodeWithSession(page: Page): Promise<void> {
  const endpoint = `${running.stack.crm.url}/api/codec`;
  await page.getByRole('button', { name: /^Codec Server/ }).click();
  // The UI knows the address already; that sessions go along is its user's own choice.
  await page.getByRole('dialog').getByText(endpoint).waitFor();
  await page.getByText('Use my browser setting').click();
  await page.getByTestId('data-encoder-endpoint-input').fill(endpoint);
  await page.getByText('Include cross-origin credentials').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
}

describe('a run', () => {
  it('leads from the console to the Temporal UI, and from there back to it', async () => {
    const [run] = (
      await crm.query<{ id: string; workflow: string }>(`select id, workflow_id as workflow from tidegate.run where direction = 'reverse' limit 1`)
    ).rows;
    const { ui } = running.stack.temporal;
    await using office = await visit(running.stack.crm.url, { others: [ui] });
    await signInAs(office, 'admin@crm.example', passwordOf(/Sign in as admin@crm\.example with the password (\S{16})/));
    const { page } = office;
    await page.goto(`/console?tab=runs&run=${encodeURIComponent(run?.workflow ?? '')}`);
    const [temporal] = await Promise.all([
      page.context().waitForEvent('page'),
      page
        .getByRole('region', { name: 'Runs' })
        .getByRole('link', { name: /Open in Temporal/ })
        .first()
        .click(),
    ]);
    await temporal.waitForURL((url) => url.href.startsWith(ui));
    const shown = temporal.url();
    await decodeWithSession(temporal);
    await temporal.goto(shown);
    await temporal.getByText('User Metadata', { exact: true }).click();
    // The Temporal UI shows markdown in frames of its own, drawn anew once it is decoded.
    const way = temporal.frameLocator('iframe[src*="See%20it"]').getByRole('link', { name: 'See it on the CRM’s page' });
    const [back] = await Promise.all([page.context().waitForEvent('page'), way.click()]);
    await back.waitForURL((url) => url.href.startsWith(running.stack.crm.url) && url.searchParams.get('run') === run?.workflow);
    const rows = back.getByRole('region', { name: 'Runs' }).getByRole('row');
    await eventually(() => rows.count()).toBe(2);
    expect(await rows.nth(1).textContent()).toContain('From the cloud');

    // What a Schedule started is known before by no id: it leads to the list of runs, and names the run that it ordered.
    const [request] = (
      await crm.query<{ workflow: string }>(
        `select q.claimed_by as workflow from tidegate.sync_request q, tidegate.run r
          where r.workflow_id = $1 and q.direction = 'reverse' and q.claimed_at <= r.started_at order by q.claimed_at desc limit 1`,
        [run?.workflow],
      )
    ).rows;
    await temporal.goto(runUrl(ui, running.stack.temporal.namespace, request?.workflow ?? ''));
    await temporal.getByText('User Metadata', { exact: true }).click();
    await temporal.frameLocator('iframe[src*="See%20it"]').getByRole('link', { name: 'See it on the CRM’s page' }).waitFor();
    const ordered = temporal.frameLocator(`iframe[src*="${run?.workflow}"]`).getByRole('link', { name: run?.workflow ?? '' });
    expect(await ordered.getAttribute('href')).toBe(`${running.stack.crm.url}/console?tab=runs&run=${run?.workflow}`);
  });
});

describe('a value that both change', () => {
  it('is shown side by side at the console, is chosen there, and the other store follows', async () => {
    const pageUrl = running.stack.cloud.pageUrl ?? '';
    await using cloud = await visit(pageUrl);
    await signInAs(cloud, 'kim@acme.example', passwordOf(/sign in as kim@acme\.example with the password (\S{16})/));
    const open = cloud.page.getByRole('button', { name: /^Open / }).nth(1);
    await open.click();
    const drawer = cloud.page.getByRole('dialog');
    const { id } = JSON.parse(new URL(cloud.page.url()).searchParams.get('open') ?? '{}') as { id: string };
    const base = await drawer.getByLabel('Notes').inputValue();
    await drawer.getByLabel('Notes').fill('as the cloud knows it');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await cloud.page.getByText('It was saved.').waitFor();

    await using office = await enterOffice();
    const { page, look } = office;
    await page.goto(`/contacts?open=${id}`);
    const form = page.getByRole('dialog');
    await form.getByLabel('Note').fill('as the CRM knows it');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    const here = async (): Promise<unknown> => (await crm.query('select note from crm.contacts where id = $1', [id])).rows[0];
    const there = async (): Promise<unknown> => (await cloudStore.query('select notes from cloud.people where id = $1', [id])).rows[0];
    // What was not ordered in is not written over either.
    expect([await here(), await there()]).toEqual([{ note: 'as the CRM knows it' }, { notes: 'as the cloud knows it' }]);
    await page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    await page.getByRole('button', { name: 'Pull from the cloud' }).first().click();
    await eventually(async () => (await crm.query(`select outcome from tidegate.conflict where $1 = any (key)`, [id])).rows).toEqual([{ outcome: 'review' }]);
    expect(await here()).toEqual({ note: 'as the CRM knows it' });

    await page.goto('/console?tab=conflicts');
    const row = page.getByRole('region', { name: 'Conflicts' }).getByRole('row').nth(1);
    await row.getByText('to be decided').waitFor();
    expect(await row.textContent()).toMatch(new RegExp(`${base === '' ? '–' : base}.*as the CRM knows it.*as the cloud knows it.*to be decided`));
    await look('office-conflict');
    // Until somebody has decided, the CRM's value stands on both sides.
    await eventually(there).toEqual({ notes: 'as the CRM knows it' });
    await row.getByRole('radio').nth(1).check();
    await page.getByRole('button', { name: 'Apply 1 decision' }).click();
    await form.getByLabel('Why?').fill('asked by telephone');
    await form.getByRole('button', { name: 'Apply', exact: true }).click();
    await eventually(here).toEqual({ note: 'as the cloud knows it' });
    await eventually(there).toEqual({ notes: 'as the cloud knows it' });
    const decision = async (): Promise<unknown[]> =>
      (await crm.query('select outcome, decided_by, decided_reason from tidegate.conflict where $1 = any (key)', [id])).rows;
    await eventually(decision).toEqual([{ outcome: 'cloud', decided_by: 'admin@crm.example', decided_reason: 'asked by telephone' }]);
    await cloud.page.reload();
    await open.click();
    await eventually(() => drawer.getByLabel('Notes').inputValue()).toBe('as the cloud knows it');
  });
});

describe('what a user of the CRM does on its page', () => {
  it('reaches the cloud’s database: a contact entered, changed, synchronised by hand and deleted', async () => {
    await using office = await enterOffice();
    const { page } = office;
    const form = page.getByRole('dialog');
    const person = (): Promise<unknown[]> => inCloud(`select first_name, notes from cloud.people where last_name = 'Zuse'`);
    expect(await person()).toEqual([]);
    await page.getByRole('button', { name: 'New contact' }).click();
    await form.getByLabel('Family name').fill('Zuse');
    await form.getByLabel('Given name').fill('Konrad');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await eventually(person).toEqual([{ first_name: 'Konrad', notes: null }]);

    await page.goto('/contacts?search=zuse');
    await page.getByRole('button', { name: 'Open Zuse, Konrad' }).click();
    await form.getByLabel('Note').fill('builds machines');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await eventually(person).toEqual([{ first_name: 'Konrad', notes: 'builds machines' }]);

    await page.getByRole('checkbox', { name: 'Select Zuse, Konrad' }).check();
    await page.getByRole('button', { name: 'Synchronise' }).click();
    await eventually(
      async () => (await crm.query(`select state from tidegate.sync_request where requested_by = 'admin@crm.example' and direction = 'forward'`)).rows,
    ).toEqual([{ state: 'done' }]);
    await page.getByRole('row', { name: /Zuse/ }).getByRole('button', { name: 'Synchronisation: In step' }).waitFor();

    await page.getByRole('button', { name: 'Open Zuse, Konrad' }).click();
    await form.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('It is deleted in the cloud as well.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).last().click();
    await page.getByText('No contacts found').waitFor();
    await eventually(person).toEqual([]);
  });

  it('reaches it for appointments and tasks too, and not while synchronisation is paused', async () => {
    await using office = await enterOffice();
    const { page } = office;
    const form = page.getByRole('dialog');
    await page.getByRole('link', { name: 'Appointments' }).click();
    await page.getByRole('button', { name: 'New appointment' }).click();
    await form.getByLabel('What').fill('Launch');
    await form.getByRole('switch', { name: 'All day' }).check();
    await form.getByLabel('First day').fill('2026-12-24');
    await form.getByLabel('Last day').fill('2026-12-25');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await eventually(() => inCloud(`select title from cloud.events where title = 'Launch'`)).toEqual([{ title: 'Launch' }]);

    await page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    await page.getByRole('region', { name: 'Collections' }).waitFor();
    await office.look('office-synchronisation');
    await page.getByRole('button', { name: 'Pause' }).click();
    await form.getByLabel('Why?').fill('moving house');
    await form.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused by admin@crm.example: moving house').waitFor();
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: 'New task' }).click();
    await form.getByLabel('Subject').fill('Order the cake');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await page.goto('/tasks?search=cake');
    await page
      .getByRole('row', { name: /Order the cake/ })
      .getByRole('button', { name: /^Synchronisation: (Waiting|Not sent yet)$/ })
      .waitFor();
    const tasks = (): Promise<unknown[]> => inCloud(`select title from cloud.todos where title = 'Order the cake'`);
    expect(await tasks()).toEqual([]);

    await page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await eventually(tasks).toEqual([{ title: 'Order the cake' }]);
  });
});

describe('the Temporal UI, with payloads encoded', () => {
  const pull = async (): Promise<void> => expect(await runCli(home, ['pull', '--json'])).toMatchObject({ code: 0 });
  const lastRun = async (): Promise<string> => {
    const { rows } = await crm.query<{ id: string }>(`select id from tidegate.run where direction = 'reverse' order by started_at desc limit 1`);
    const [workflowId = '', runId = ''] = rows[0]?.id.split('/') ?? [];
    return runUrl(running.stack.temporal.ui, running.stack.temporal.namespace, workflowId, runId).replace(/history$/, 'timeline');
  };

  it('shows a run to whoever is signed in at the CRM and may read it, to nobody else, and after a rotation too', async () => {
    const { url: crmUrl } = running.stack.crm;
    await using window = await visit(crmUrl, { others: [running.stack.temporal.ui] });
    const { page } = window;
    window.expect4xx(401);
    // Where the tests before have not pulled.
    if ((await crm.query(`select from tidegate.run where direction = 'reverse'`)).rowCount === 0) await pull();
    const first = await lastRun();
    await page.goto(first);
    await decodeWithSession(page);
    await page.goto(first);
    await page.locator('#content').getByText('Codec Server could not connect').waitFor();
    const outcome = page.getByText('"outcome": "completed"');
    expect(await outcome.count()).toBe(0);

    await signInAs(window, 'admin@crm.example', passwordOf(/Sign in as admin@crm\.example with the password (\S{16})/));
    const readable = async (run: string): Promise<void> => {
      await page.goto(run);
      await page
        .getByText(/^receiveWindow • /)
        .first()
        .waitFor();
      expect(await page.locator('#content').getByText('Codec Server could not connect').count()).toBe(0);
    };
    await readable(first);
    expect(await runCli(home, ['codec', 'rotate', '--reason', 'yearly', '--json'])).toMatchObject({ code: 0 });
    await pull();
    const second = await lastRun();
    expect(second).not.toBe(first);
    await readable(second);
    await readable(first);
  }, 90_000);

  it('and nobody else: Temporal holds no plain payload of any run or Schedule, under two keys', async () => {
    const { address, namespace } = running.stack.temporal;
    await using temporal = await connectTemporal({ address, namespace, codec: await openCodec(codecKeys) });
    const { client } = temporal;
    // The CRM's own code, with the same keys, reads what the pump says of itself.
    await using open = await openTidegate({ temporalAddress: address, namespace, databaseUrl: running.stack.crm.databaseUrl, codecKeys });
    await eventually(() => open.tidegate.progress('acme/development/hub')).toMatchObject({
      running: true,
      run: expect.any(Object) as object,
      pump: { windows: expect.any(Number) as number },
    });
    const held: unknown[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      held.push(await client.workflow.getHandle(workflowId, runId).fetchHistory());
      held.push(await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } }));
    }
    for await (const { scheduleId } of client.schedule.list()) held.push(await client.workflowService.describeSchedule({ namespace, scheduleId }));
    const payloads = payloadsIn(held);
    expect(payloads.length).toBeGreaterThan(100);
    expect(new Set(payloads.map((payload) => metadataOf(payload, 'encoding')))).toEqual(new Set(['binary/encrypted']));
    expect(new Set(payloads.map((payload) => metadataOf(payload, 'encryption-key-id'))).size).toBe(2);
  });
});
