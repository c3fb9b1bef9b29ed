import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { createCrmApp } from '../../crm/crm-app.ts';
import { type CrmDatabase, openCrmDatabase } from '../../crm/database.ts';
import { temporalSyncControl } from '../../crm/temporal-sync-control.ts';
import { workflowIdOfRun } from '../../scheduler/ids.ts';
import { hashPassword } from '../../web/sign-in/password.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';
import { closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';

/* The console on a link as it is in production: real stores, a real producer, a real Temporal server, a real browser. */

const PASSWORD = 'correct horse battery';
const DAY_MS = 86_400_000;
const WAIT_MS = 45_000;

let link: TestLink;
let worker: TestWorker;
let database: CrmDatabase;
let control: ReturnType<typeof temporalSyncControl>;
let app: Awaited<ReturnType<typeof createCrmApp>>;
let address: string;

beforeAll(async () => {
  const reviewed = { ...contacts, fields: { ...contacts.fields, note: { column: 'note', conflicts: 'review' as const } } };
  const counted = { ...tasks, deleteBudget: { forward: 1, reverse: 0 } };
  link = await startTestLink({ collections: [reviewed, appointments, counted] });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  await link.tidegate(worker.client, worker.taskQueue).ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  database = openCrmDatabase(link.crm.urls.crm_page, 5);
  control = temporalSyncControl({
    address: worker.address,
    namespace: worker.namespace,
    taskQueue: worker.taskQueue,
    uiUrl: worker.uiUrl,
    pool: database.pool,
  });
  const temporalUi = { url: worker.uiUrl, namespace: worker.namespace };
  app = await createCrmApp({
    database,
    links: [link.config],
    control,
    temporalUi,
    pageFolder: await builtPage(),
    alarmBounds: { staleAfterMs: DAY_MS, pausedAfterMs: DAY_MS },
  });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
  const hash = await hashPassword(PASSWORD);
  for (const [email, role] of [
    ['ada@crm.example', 'integration-admin'],
    ['uwe@crm.example', 'user'],
  ])
    await link.crmAdmin.query('insert into crm.users (email, name, role, password_hash) values ($1, $1, $2, $3)', [email, role, hash]);
  await crm(
    `insert into crm.contacts (family_name, note) values ('Lovelace', 'before'), ('Byron', 'before'), ('Babbage', null), ('Hopper', null), ('Noether', 'n'), ('Germain', 'n'), ('Curie', null)`,
  );
  await crm(`insert into crm.tasks (subject) values ('Call'), ('Write'), ('Visit')`);
  await done(await control.requestForward({ link: link.name, by: 'ada@crm.example' }));
}, 180_000);

afterAll(async () => {
  await closeBrowser();
  await app?.close();
  await control?.[Symbol.asyncDispose]();
  await database?.close();
  await endChain();
  await link?.tidegate(worker.client, worker.taskQueue).deleteSchedules(link.name);
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}, 60_000);
beforeEach(needChromium);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
function until<T>(ask: () => Promise<T>): ReturnType<typeof eventually> {
  return expect.poll(ask, { timeout: WAIT_MS, interval: 100 });
}
const done = async ({ requestId }: { readonly requestId: string }): Promise<void> => {
  const isDone = async () => expect(await crm('select state from tidegate.sync_request where id = $1', [requestId])).toEqual([{ state: 'done' }]);
  await vi.waitFor(isDone, { timeout: WAIT_MS, interval: 100 });
};
const noteOf = async (name: string) => (await crm<{ note: string }>('select note from crm.contacts where family_name = $1', [name]))[0]?.note;
const cloudNoteOf = async (name: string) => (await cloud<{ notes: string }>('select notes from cloud.people where last_name = $1', [name]))[0]?.notes;
const pull = async () => done(await control.orderReverse({ link: link.name, by: 'ada@crm.example' }));

/** Ends the forward chain as a killed server would: its row goes on saying that it runs. */
async function endChain(): Promise<void> {
  const [row] = await crm<{ run: string }>('select opened_run as run from tidegate.link where opened_run is not null');
  if (row === undefined) return;
  await worker.client.workflow
    .getHandle(workflowIdOfRun(row.run))
    .terminate()
    .catch(() => undefined);
}

/** A window on one view of the console. */
async function enter(tab: string, options: VisitOptions = {}, email = 'ada@crm.example'): Promise<Visit> {
  const window = await visit(address, options);
  await signInAs(window, email, PASSWORD);
  await window.page.goto(`/console?tab=${tab}`);
  await window.page.getByRole('tab', { selected: true }).waitFor();
  return window;
}
const why = async ({ page }: Visit, button: string) => {
  await page.getByRole('dialog').getByLabel('Why?').fill('she knows better');
  await page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click();
};

describe('conflicts', () => {
  it('are chosen by keys, applied with a reason, and land in the database and at the cloud', async () => {
    await cloud(`update cloud.people set notes = 'of the cloud' where last_name in ('Lovelace', 'Byron')`);
    await crm(`update crm.contacts set note = 'of the CRM' where family_name in ('Lovelace', 'Byron')`);
    await pull();
    await until(async () => (await crm(`select id from tidegate.conflict where outcome = 'review'`)).length).toBe(2);
    await using window = await enter('health');
    const { page, look } = window;
    await page.getByRole('region', { name: 'What waits for somebody' }).getByText('conflicts to decide').waitFor();
    await look('console-health');
    await page.getByRole('link', { name: 'See to it: conflicts to decide' }).click();
    const rows = page.getByRole('region', { name: 'Conflicts' }).getByRole('row');
    await eventually(() => rows.count()).toBe(3);
    expect(await rows.nth(1).textContent()).toMatch(/before.*of the CRM.*of the cloud.*to be decided/);
    // By what they are called, and not by their keys.
    await rows.getByRole('link', { name: /Lovelace/ }).waitFor();
    await rows.getByRole('link', { name: /Byron/ }).waitFor();
    const [first] = await crm<{ name: string }>(
      `select c.family_name as name from tidegate.conflict f join crm.contacts c on c.id::text = f.key[1] where f.outcome = 'review' order by f.id desc limit 1`,
    );
    await page.keyboard.press('2');
    await page.keyboard.press('1');
    await look('console-conflict-chosen');
    await page.getByRole('button', { name: 'Apply 2 decisions' }).click();
    await why(window, 'Apply');
    await page.getByText('2 conflicts are decided.').waitFor();
    const other = first?.name === 'Byron' ? 'Lovelace' : 'Byron';
    await until(async () => noteOf(first?.name ?? '')).toBe('of the cloud');
    expect(await noteOf(other)).toBe('of the CRM');
    await until(async () => cloudNoteOf(other)).toBe('of the CRM');
    await until(async () => crm(`select outcome, decided_by as by from tidegate.conflict order by outcome`)).toEqual([
      { outcome: 'cloud', by: 'ada@crm.example' },
      { outcome: 'crm', by: 'ada@crm.example' },
    ]);
    // What was decided for the CRM can be taken back.
    await page.getByRole('button', { name: 'Restore the cloud’s' }).click();
    await why(window, 'Restore the cloud’s');
    await until(async () => noteOf(other)).toBe('of the cloud');
  }, 120_000);

  it('are decided all alike by one rule', async () => {
    await cloud(`update cloud.people set notes = 'again' where last_name in ('Lovelace', 'Byron')`);
    await crm(`update crm.contacts set note = 'ours again' where family_name in ('Lovelace', 'Byron')`);
    await pull();
    await using window = await enter('conflicts');
    const { page } = window;
    await page.getByRole('button', { name: 'Decide all' }).click();
    await page.getByRole('menuitem', { name: 'Take the cloud’s in all' }).click();
    await why(window, 'Apply');
    await page.getByText(/2 conflicts are decided/).waitFor();
    await until(async () => Promise.all(['Lovelace', 'Byron'].map(noteOf))).toEqual(['again', 'again']);
    expect(await crm(`select id from tidegate.conflict where outcome = 'review'`)).toEqual([]);
  }, 120_000);
});

describe('a record set aside', () => {
  it('is edited and tried again, and lands; another is discarded; several are tried again at once', async () => {
    await crm(`alter table crm.contacts add constraint short_notes check (length(note) < 20)`);
    await cloud(`update cloud.people set notes = 'a note of more than twenty' where last_name in ('Babbage', 'Hopper', 'Byron', 'Curie')`);
    await pull();
    await using window = await enter('set-aside');
    const { page, look } = window;
    const rows = page.getByRole('region', { name: 'Set aside' }).getByRole('row');
    await eventually(() => rows.count()).toBe(5);
    await look('console-set-aside');
    await page.getByRole('button', { name: 'Mend' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Note', { exact: true }).fill('short enough');
    await dialog.getByLabel('Why?').fill('it was too long');
    await look('console-set-aside-edit');
    await dialog.getByRole('button', { name: 'Save and try again' }).click();
    await until(async () => (await crm(`select id from crm.contacts where note = 'short enough'`)).length).toBe(1);
    await eventually(() => rows.count()).toBe(4);
    await page.getByRole('button', { name: 'Mend' }).first().click();
    await dialog.getByLabel('Why?').fill('not ours');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await eventually(() => rows.count()).toBe(3);
    // Several at once, now that they can be taken.
    await crm(`alter table crm.contacts drop constraint short_notes`);
    await page.getByRole('checkbox', { name: 'Select all that are shown' }).check();
    await page.getByText('2 selected').waitFor();
    await look('console-set-aside-selected');
    await page.getByRole('button', { name: 'Try 2 records again' }).click();
    await why(window, 'Try 2 records again');
    await page.getByText('Nothing is set aside').waitFor();
    await until(async () => (await crm(`select id from crm.contacts where note = 'a note of more than twenty'`)).length).toBe(2);
    expect(await crm(`select state from tidegate.quarantine order by state`)).toEqual(
      ['discarded', 'resolved', 'resolved', 'resolved'].map((state) => ({ state })),
    );
  }, 120_000);
});

describe('approvals', () => {
  it('show what would change, and are decided with a reason', async () => {
    await crm(
      `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget, records)
       values ($1, 'tasks', 'forward', 'chain/run', 'delete-budget-exceeded', 12, 10, 5, 40)`,
      [link.name],
    );
    await using window = await enter('approvals');
    const { page, look } = window;
    const row = page.getByRole('region', { name: 'Approvals' }).getByRole('row').nth(1);
    await row.waitFor();
    expect(await row.textContent()).toContain('10 (allowed: 5)');
    await look('console-approvals');
    await page.getByRole('button', { name: 'Reject' }).click();
    await why(window, 'Reject');
    await page.getByText('Nothing waits for approval').waitFor();
    expect(await crm('select state, decided_by as by, decided_reason as reason from tidegate.approval')).toEqual([
      { state: 'rejected', by: 'ada@crm.example', reason: 'she knows better' },
    ]);
    await crm('delete from tidegate.approval');
  }, 60_000);

  it('of deletes that wait are given once what would go was looked at, and let them through', async () => {
    await crm(`delete from crm.tasks where subject in ('Call', 'Write')`);
    await control.requestForward({ link: link.name, by: 'ada@crm.example' });
    await until(async () => crm(`select deletes from tidegate.approval where state = 'waiting'`)).toEqual([{ deletes: 2 }]);
    const titles = async () => cloud('select title from cloud.todos order by title');
    expect(await titles()).toHaveLength(3);
    await using window = await enter('approvals');
    const { page, look } = window;
    await page.getByRole('button', { name: 'Differences: Tasks' }).click();
    const dialog = page.getByRole('dialog', { name: 'Differences: Tasks' });
    await eventually(() => dialog.getByRole('row', { name: /The record goes/ }).count()).toBe(2);
    await look('console-approval-differences');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Approve' }).click();
    await why(window, 'Approve');
    await until(titles).toEqual([{ title: 'Visit' }]);
    expect(await crm(`select state, decided_by as by from tidegate.approval`)).toEqual([{ state: 'approved', by: 'ada@crm.example' }]);
  }, 90_000);

  it('of a delete in the cloud are refused: the CRM keeps the record, the page says what stands still, and offers the way on', async () => {
    await cloud(`delete from cloud.todos where title = 'Visit'`);
    await control.orderReverse({ link: link.name, by: 'ada@crm.example' });
    await until(async () => crm(`select direction from tidegate.approval where state = 'waiting'`)).toEqual([{ direction: 'reverse' }]);
    await using window = await enter('approvals');
    const { page, look } = window;
    await page.getByRole('button', { name: 'Differences: Tasks' }).click();
    await page
      .getByRole('dialog')
      .getByRole('row', { name: /The record goes/ })
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Reject' }).click();
    await why(window, 'Reject');
    const row = page.getByRole('region', { name: 'Approvals' }).getByRole('row').nth(1);
    await row.getByText('ada@crm.example said no: she knows better. Both sides stay as they are').waitFor();
    await until(async () => crm(`select state from tidegate.approval where direction = 'reverse'`)).toEqual([{ state: 'rejected' }]);
    expect(await crm('select subject from crm.tasks')).toEqual([{ subject: 'Visit' }]);
    // What was set down is destroyed.
    await until(async () => crm('select batch_id from tidegate.held_window')).toEqual([]);

    // It says so where it stands still, and leads to the way on.
    await page.goto('/synchronisation');
    const tasksRow = page.getByRole('region', { name: 'Collections' }).getByRole('row', { name: /^Tasks/ });
    await tasksRow.getByText('To the cloud: open').waitFor();
    await tasksRow.getByText('From the cloud: stopped').waitFor();
    await page.getByText(/Tasks, from the cloud: .* until it is approved after all/).waitFor();
    await look('synchronisation-refused');
    await page.getByRole('link', { name: 'See to it: Tasks' }).click();
    await page.getByRole('button', { name: 'Approve after all' }).click();
    await why(window, 'Approve');
    await page.getByText('Nothing waits for approval').waitFor();
    await until(async () => crm('select subject from crm.tasks')).toEqual([]);
    await until(async () => crm(`select state from tidegate.channel where collection = 'tasks' and direction = 'reverse'`)).toEqual([{ state: 'open' }]);
  }, 90_000);
});

describe('a run', () => {
  const notes = async () => crm(`select family_name as name, note from crm.contacts where family_name in ('Germain', 'Noether') order by 1`);

  it('is undone once what would be put back was looked at; what was edited since is left alone and named', async () => {
    await cloud(`update cloud.people set notes = 'the wrong list' where last_name in ('Germain', 'Noether')`);
    await pull();
    expect(await notes()).toEqual([
      { name: 'Germain', note: 'the wrong list' },
      { name: 'Noether', note: 'the wrong list' },
    ]);
    await crm(`update crm.contacts set job_title = 'Chair' where family_name = 'Noether'`);
    const [run] = await crm<{ id: string }>(`select id from tidegate.run where direction = 'reverse' and applied > 0 order by started_at desc limit 1`);
    await using window = await enter('runs');
    const { page, look } = window;
    await page.goto(`/console?tab=runs&run=${encodeURIComponent(run?.id ?? '')}`);
    await page.getByRole('button', { name: /^Undo the run of/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Undo a run' });
    await dialog.getByText('1 record would get its values from before.').waitFor();
    expect(await dialog.getByRole('region', { name: '1 record would be left alone' }).getByRole('row').nth(1).textContent()).toContain('It was edited since.');
    expect(await dialog.getByRole('region', { name: 'What would be put back' }).getByRole('row').nth(1).textContent()).toMatch(/Note.*the wrong list.*n$/);
    await look('console-undo');
    // Looking changes nothing.
    expect(await crm('select id from tidegate.undo')).toEqual([]);
    const confirm = dialog.getByRole('button', { name: 'Undo', exact: true });
    expect(await confirm.isDisabled()).toBe(true);
    await dialog.getByRole('checkbox', { name: 'Undo the others all the same' }).check();
    await confirm.click();
    await dialog.getByText('This is needed.').waitFor();
    await dialog.getByLabel('Why?').fill('the wrong list');
    await confirm.click();
    await dialog.getByText('It was put back.').waitFor();
    await look('console-undone');
    expect(await notes()).toEqual([
      { name: 'Germain', note: 'n' },
      { name: 'Noether', note: 'the wrong list' },
    ]);
    await until(async () => cloudNoteOf('Germain')).toBe('n');
    await dialog.getByRole('link', { name: 'See the run that did it' }).click();
    const rows = page.getByRole('region', { name: 'Runs' }).getByRole('row');
    await eventually(async () => (await rows.nth(1).textContent()) ?? '').toContain('Undo, ada@crm.example');
    expect(await crm('select requested_by as by, reason, records, refused from tidegate.undo')).toEqual([
      { by: 'ada@crm.example', reason: 'the wrong list', records: 1, refused: 1 },
    ]);
    // The run that was undone says so, and offers it no more.
    await page.goto(`/console?tab=runs&run=${encodeURIComponent(run?.id ?? '')}`);
    await page.getByRole('link', { name: 'Undone: see the run that did it' }).waitFor();
    expect(await page.getByRole('button', { name: /^Undo the run of/ }).count()).toBe(0);
  }, 120_000);
});

describe('what is seen', () => {
  it('runs, narrowed by what stands in the address, with the books of both sides', async () => {
    await using window = await enter('runs');
    const { page, look } = window;
    const rows = page.getByRole('region', { name: 'Runs' }).getByRole('row');
    await eventually(() => rows.count()).toBeGreaterThan(3);
    await page.getByRole('combobox', { name: 'Direction' }).click();
    await page.getByRole('option', { name: 'From the cloud' }).click();
    await page.waitForURL(/way=reverse/);
    await eventually(async () => (await rows.allTextContents()).slice(1).every((text) => text.includes('From the cloud'))).toBe(true);
    await look('console-runs');
    await page
      .getByRole('button', { name: /^Books of/ })
      .first()
      .click();
    await page.getByRole('dialog').getByText('The books balance').waitFor();
    await look('console-books');
    const [run] = await crm<{ id: string; workflow: string }>(`select id, workflow_id as workflow from tidegate.run where direction = 'reverse' limit 1`);
    // The way back from the Temporal UI: a workflow's id finds its runs.
    await page.goto('/console?tab=runs');
    await page.getByLabel('Id of the run').fill(run?.workflow ?? '');
    await page.keyboard.press('Enter');
    await eventually(() => rows.count()).toBe(2);
    expect(await rows.nth(1).getByRole('link').first().getAttribute('href')).toContain(encodeURIComponent(run?.workflow ?? ''));
  }, 60_000);

  it('keys with their ends, the proved ledger, and a plan with its differences', async () => {
    await using window = await enter('keys');
    const { page, look } = window;
    await page.getByRole('region', { name: 'Whom the CRM believes' }).getByText('Signing key').first().waitFor();
    await page.getByRole('button', { name: 'Prove the ledger' }).click();
    await page.getByText('The ledger is what was written').waitFor();
    await look('console-keys');
    await crm('delete from tidegate.plan');
    await page.getByRole('tab', { name: 'Plans' }).click();
    await page.getByText('No plan of the last hour').waitFor();
    await page.getByRole('button', { name: 'To the cloud: what would a run do?' }).click();
    await page.getByRole('region', { name: 'Plans' }).getByRole('row').nth(1).waitFor();
    expect(await crm('select requested_by as by, direction from tidegate.plan')).toEqual([{ by: 'ada@crm.example', direction: 'forward' }]);
    await look('console-plans');
  }, 90_000);

  it('where each value of a record comes from', async () => {
    const [contact] = await crm<{ id: string }>(`select id from crm.contacts where family_name = 'Lovelace'`);
    await using window = await enter('health');
    const { page, look } = window;
    await page.goto(`/contacts/${contact?.id}`);
    const origins = page.getByRole('region', { name: 'Where each value comes from' });
    await origins.getByRole('row').nth(1).waitFor();
    const note = origins.getByRole('row', { name: /^Note/ });
    await note.waitFor();
    expect(await note.textContent()).toMatch(/Decided by ada@crm.example/);
    await look('record-origins');
  }, 60_000);

  it('as a user: no button that would be refused', async () => {
    await using window = await enter('conflicts', {}, 'uwe@crm.example');
    const { page } = window;
    await page.getByRole('region', { name: 'Conflicts' }).waitFor();
    expect(await page.getByRole('button', { name: /Apply|Decide|Restore/ }).count()).toBe(0);
    await page.goto('/console?tab=runs');
    await page
      .getByRole('button', { name: /^Books of/ })
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: /^Undo/ }).count()).toBe(0);
    expect(await page.getByRole('tab', { name: /Keys|Plans/ }).count()).toBe(0);
  }, 60_000);
});

it('raises an alarm where the data is stale, whatever a Schedule says', async () => {
  // The refused delete has left a collection stopped, and then not everything is well.
  await crm(`update tidegate.channel set state = 'open', state_code = null, state_reason = null where state = 'stopped'`);
  await using window = await enter('health');
  const { page, look } = window;
  await page.getByText('Everything is up to date, as receipts prove.').waitFor();
  await endChain();
  await crm(`update tidegate.link set opened_at = now() - interval '40 days'`);
  // As if it were to be sent daily: the Schedule itself stays as it is, and does not fire.
  await crm(`insert into tidegate.sync_period (link, direction, every_ms, set_by) values ($1, 'forward', 86400000, 'ada')`, [link.name]);
  const alarm = page.getByRole('alert').getByText(/^Tasks, to the cloud: last proved up to date 30 days ago/);
  // What the chain had begun may prove once more after its end.
  await eventually(async () => {
    await crm(`update tidegate.channel set proven_at = now() - interval '30 days' where direction = 'forward' and collection = 'tasks'`);
    await page.reload();
    await page.getByRole('region', { name: 'What waits for somebody' }).waitFor();
    return alarm.count();
  }).toBe(1);
  await page.getByRole('link', { name: /alarm/ }).waitFor();
  expect(await page.getByText('Everything is up to date, as receipts prove.').count()).toBe(0);
  await look('console-alarm');
}, 60_000);

describe('a key', () => {
  it('is revoked with a reason: from then on nothing of its owner is believed', async () => {
    await using window = await enter('keys');
    const { page } = window;
    const [key] = await crm<{ id: string; party: string }>(`select kid as id, party from tidegate.trusted_key where party like '%cloud%' and state = 'active'`);
    await page.getByRole('button', { name: `Revoke ${key?.id.slice(0, 12)} of ${key?.party}` }).click();
    await why(window, 'Revoke');
    await page.getByText('Revoked.').waitFor();
    expect(await crm('select state, revoked_by as by, revoked_reason as reason from tidegate.trusted_key where kid = $1', [key?.id])).toEqual([
      { state: 'revoked', by: 'ada@crm.example', reason: 'she knows better' },
    ]);
    await cloud(`update cloud.people set notes = 'not believed' where last_name = 'Hopper'`);
    await control.orderReverse({ link: link.name, by: 'ada@crm.example' });
    await page.goto('/console?tab=runs&way=reverse');
    await until(async () => crm(`select error_code as code from tidegate.run where direction = 'reverse' order by started_at desc limit 1`)).toEqual([
      { code: 'batch-refused' },
    ]);
    await page.getByText('Both sides do not tell the same').first().waitFor();
    expect(await noteOf('Hopper')).not.toBe('not believed');
  }, 90_000);
});
