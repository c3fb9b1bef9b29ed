import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../exchange/errors.ts';
import { addRun, clash, logChange, openLink, receive, setAside } from '../crm/control-plane.ts';
import { startTestCrm, TEST_LINK, type TestCrm, USER_PASSWORD } from '../crm/test-crm.ts';
import { closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';

let crm: TestCrm;
let address: string;
beforeAll(async () => {
  crm = await startTestCrm({ pageFolder: await builtPage() });
  address = await crm.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await closeBrowser();
  await crm[Symbol.asyncDispose]();
});
beforeEach(needChromium);

/** A window of a user who is signed in and looks at synchronisation. */
async function enter(email: string, options: VisitOptions = {}): Promise<Visit> {
  const window = await visit(address, options);
  await signInAs(window, email, USER_PASSWORD);
  if ((options.width ?? 1280) < 700) await window.page.getByRole('button', { name: 'Open menu' }).click();
  await window.page.getByRole('link', { name: 'Synchronisation', exact: true }).click();
  await window.page.getByRole('heading', { name: 'Synchronisation' }).waitFor();
  return window;
}

describe('synchronisation at a glance', () => {
  it('says before the first load that nothing was sent', async () => {
    await using window = await enter('uwe@crm.example');
    const { page, look } = window;
    await page.getByRole('link', { name: 'Nothing sent yet' }).waitFor();
    expect(
      await page
        .getByRole('region', { name: 'Collections' })
        .getByRole('row', { name: /Contacts/ })
        .textContent(),
    ).toContain('not attached');
    await page.getByRole('link', { name: 'Runs and what they did' }).click();
    await page.getByText('No run yet').waitFor();
    await look('console-new');
    await page.goBack();
    await page.getByRole('region', { name: 'Collections' }).waitFor();
    await look('synchronisation-new');
  });

  it('shows every collection, runs with their books, what was set aside, and conflicts', async () => {
    await openLink(crm.admin);
    const { rows } = await crm.admin.query<{ id: string }>(`insert into crm.contacts (family_name) values ('Lovelace') returning id`);
    const id = rows[0]?.id ?? '';
    await logChange(crm.admin, 'contacts', id, 'U');
    await setAside(crm.admin, 'contacts', id);
    await clash(crm.admin, 'contacts', id, 'note');
    await addRun(crm.admin, 'forward/acme/test/hub/1', 'forward', { state: 'failed' });
    await addRun(crm.admin, 'message-of-the-morning', 'reverse');
    await using window = await enter('uwe@crm.example');
    const { page, look } = window;
    await page.getByRole('link', { name: /Cloud up to date as of/ }).waitFor();
    const contacts = page.getByRole('region', { name: 'Collections' }).getByRole('row', { name: /^Contacts/ });
    expect(await contacts.getByRole('cell').nth(1).textContent()).toBe('1');
    expect(await contacts.textContent()).toContain('done');
    // The last run to the cloud failed: it says so, and nobody has to wait for the next.
    await page.getByText(/The cloud could not be reached.* The next try comes by itself/).waitFor();
    await look('synchronisation');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('It is tried now.').waitFor();
    expect(crm.control.calls.splice(0)).toMatchObject([{ act: 'forward' }]);
    await page.getByRole('link', { name: '2 records need somebody' }).click();
    const runs = page.getByRole('region', { name: 'Runs' }).getByRole('row');
    await eventually(() => runs.count()).toBe(3);
    expect(await runs.nth(1).getByRole('cell').allTextContents()).toEqual(expect.arrayContaining(['From the cloudUser', 'Completed', '3', '2', '0']));
    expect(await runs.nth(2).textContent()).toContain('The cloud could not be reached');
    const link = runs.nth(1).getByRole('link');
    expect(await link.getAttribute('href')).toBe('http://temporal.example/namespaces/tidegate/workflows/message-of-the-morning/r1/history');
    await look('console');
    await page.getByRole('tab', { name: 'Set aside (1)' }).click();
    await page.getByText(/It has room for 255 characters/).waitFor();
    await look('console-set-aside');
    await page.getByRole('tab', { name: 'Conflicts' }).click();
    const conflict = page.getByRole('region', { name: 'Conflicts' }).getByRole('row').nth(1);
    await eventually(async () => (await conflict.getByRole('cell').allTextContents()).slice(1, 5)).toEqual([
      'not known any more',
      'here',
      'there',
      'the CRM’s',
    ]);
    await look('console-conflicts');
    await conflict.getByRole('link').first().click();
    await page.getByRole('dialog').getByText('Lovelace').waitFor();
  });

  it('follows what happens without being reloaded', async () => {
    await using window = await enter('uwe@crm.example');
    const waiting = window.page
      .getByRole('region', { name: 'Collections' })
      .getByRole('row', { name: /^Tasks/ })
      .getByRole('cell')
      .nth(1);
    await eventually(() => waiting.textContent()).toBe('0');
    await logChange(crm.admin, 'tasks', 'a', 'U');
    await logChange(crm.admin, 'tasks', 'b', 'U');
    await eventually(() => waiting.textContent()).toBe('2');
    expect(crm.control.calls).toEqual([]);
    await openLink(crm.admin);
    await eventually(() => waiting.textContent()).toBe('0');
  });
});

describe('a pull', () => {
  const newest = async (): Promise<string> =>
    (await crm.admin.query<{ id: string }>(`select id from tidegate.sync_request where direction = 'reverse' order by created_at desc limit 1`)).rows[0]?.id ??
    '';

  it('is followed until its run has finished', async () => {
    await using window = await enter('uwe@crm.example');
    const { page, look } = window;
    const pull = page.getByRole('button', { name: 'Pull from the cloud' });
    await pull.click();
    await page.getByText('Asked for. A run takes it up in a moment.').waitFor();
    expect(await pull.isDisabled()).toBe(true);
    expect(crm.control.calls.at(-1)).toMatchObject({ act: 'reverse', order: { link: TEST_LINK, by: 'uwe@crm.example' } });
    const id = await newest();
    await crm.admin.query(`update tidegate.sync_request set state = 'claimed', claimed_by = 'request-reverse' where id = $1`, [id]);
    await page.getByText('A run is bringing changes in.').waitFor();
    await addRun(crm.admin, 'pulled', 'reverse', { requests: [id] });
    await crm.admin.query(`update tidegate.sync_request set state = 'done', finished_at = now() where id = $1`, [id]);
    await page.getByText('Done: 2 changes came in.').waitFor();
    expect(await page.getByRole('link', { name: 'Open in Temporal', exact: true }).getAttribute('href')).toContain('/workflows/pulled/r1/history');
    await look('synchronisation-pulled');
    expect(await pull.isEnabled()).toBe(true);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('Done: 2 changes came in.').waitFor({ state: 'detached' });
  });

  it('that failed says so', async () => {
    await using window = await enter('uwe@crm.example');
    const { page, look } = window;
    await page.getByRole('button', { name: 'Pull from the cloud' }).click();
    await page.getByText('Asked for. A run takes it up in a moment.').waitFor();
    await crm.admin.query(`update tidegate.sync_request set state = 'failed' where id = $1`, [await newest()]);
    await page.getByText('The run did not bring everything in.').waitFor();
    expect(await page.getByRole('button', { name: 'Pull from the cloud' }).isEnabled()).toBe(true);
    await look('synchronisation-failed');
  });

  it('is refused plainly while the job scheduler is away', async () => {
    crm.control.failure = new TidegateError('temporal-unavailable');
    await using window = await enter('uwe@crm.example');
    const { page, look, expect4xx } = window;
    await page.getByText('The job scheduler cannot be reached. Records can be changed').waitFor();
    expect4xx(503);
    await page.getByRole('button', { name: 'Pull from the cloud' }).click();
    await page.getByText('Try again in a moment.').waitFor();
    await look('synchronisation-away');
    crm.control.failure = undefined;
    expect(crm.control.calls.filter((call) => call.act === 'reverse')).toHaveLength(2);
  });
});

describe('governing', () => {
  it('is an administrator’s: a pause with its reason, and the way on', async () => {
    await using window = await enter('ada@crm.example');
    const { page, look } = window;
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByLabel('Why?').fill('moving house');
    await look('synchronisation-pause');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Synchronisation is paused.').waitFor();
    expect(crm.control.calls.at(-1)).toEqual({ act: 'pause', link: TEST_LINK, reason: 'moving house', by: 'ada@crm.example' });
    await crm.admin.query(`update tidegate.link set state = 'paused', state_reason = 'moving house', state_by = 'ada@crm.example', state_at = now()`);
    await page.getByText('Paused by ada@crm.example: moving house').waitFor();
    await page.getByRole('link', { name: 'Paused' }).waitFor();
    await look('synchronisation-paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Synchronisation goes on.').waitFor();
    expect(crm.control.calls.at(-1)).toEqual({ act: 'resume', link: TEST_LINK, by: 'ada@crm.example' });
    await crm.admin.query(`update tidegate.link set state = 'open', state_at = now()`);
  });

  it('tells in the user’s language why a link is stopped; the error’s own words are an administrator’s, once they are asked for', async () => {
    const stop = `update tidegate.link set state = 'stopped', state_code = 'incarnation-changed', state_reason = 'The store differs in timeline.', state_at = now()`;
    await crm.admin.query(stop);
    await using user = await enter('uwe@crm.example');
    await user.page.evaluate(() => localStorage.setItem('tidegate-language', 'de'));
    await user.page.reload();
    const alert = user.page.getByText('Gestoppt: Ein Speicher wurde wiederhergestellt oder ersetzt; die Betriebsleitung muss sagen, wie es weitergeht.');
    await alert.waitFor();
    expect(await user.page.getByText('timeline').count()).toBe(0);
    await using administrator = await enter('ada@crm.example');
    await administrator.page.getByText('Stopped: A store was restored or replaced').waitFor();
    const words = administrator.page.getByText('The store differs in timeline.');
    expect(await words.isVisible()).toBe(false);
    await administrator.page.getByText('For operators').click();
    await words.waitFor();
    await crm.admin.query(`update tidegate.link set state = 'open', state_code = null, state_reason = null, state_at = now()`);
  });

  it('is not a user’s, and an auditor orders nothing', async () => {
    await using user = await enter('uwe@crm.example');
    expect(await user.page.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    await using auditor = await enter('aud@crm.example');
    expect(await auditor.page.getByRole('button', { name: 'Pull from the cloud' }).count()).toBe(0);
    await auditor.page.getByRole('region', { name: 'Collections' }).waitFor();
  });
});

describe('a record’s page', () => {
  it('tells how it stands with the cloud, what happened, and what belongs to it', async () => {
    const { rows } = await crm.admin.query<{ id: string }>(`insert into crm.contacts (family_name, given_name) values ('Byron', 'Annabella') returning id`);
    const id = rows[0]?.id ?? '';
    await crm.admin.query(`insert into crm.tasks (subject, contact_id) values ('Ring Annabella', $1)`, [id]);
    await receive(crm.admin, 'contacts', id, ['jobTitle'], 'none');
    await using window = await enter('uwe@crm.example', { height: 1000 });
    const { page, look } = window;
    await page.goto(`/contacts/${id}`);
    await page.getByRole('region', { name: 'Tasks' }).getByRole('link', { name: 'Ring Annabella' }).waitFor();
    await page
      .getByRole('region', { name: 'In the cloud' })
      .getByText(/changed by employee@cloud.example: Job title/)
      .waitFor();
    expect(await page.getByRole('region', { name: 'What happened' }).textContent()).toContain('Changed in the cloud');
    const origins = page.getByRole('region', { name: 'Where each value comes from' });
    await origins
      .getByRole('row', { name: /^Job title/ })
      .getByText(/^Changed in the cloud by employee@cloud\.example; pulled .+ Pull [0-9a-f-]{36}/)
      .waitFor();
    await origins
      .getByRole('row', { name: /^Family name/ })
      .getByText('It stood here before anything was noted.')
      .waitFor();
    expect(await origins.getByRole('row', { name: /^Birthday/ }).count()).toBe(0);
    await look('contact-page');
    window.expect4xx(400);
    await page.goto('/contacts/nowhere');
    await page.goto('/nowhere');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await look('no-such-page');
  });
});

describe('options', () => {
  it('are the user’s for the own buttons, and an administrator’s for the company', async () => {
    await using window = await enter('ada@crm.example');
    const { page, look } = window;
    await page.getByRole('switch', { name: 'Tasks: From the cloud' }).click({ force: true });
    await eventually(async () => (await crm.admin.query('select collection, direction, enabled from tidegate.sync_option')).rows).toEqual([
      { collection: 'tasks', direction: 'reverse', enabled: false },
    ]);
    await page.getByRole('checkbox', { name: 'Appointments: covered by my buttons' }).click();
    await eventually(async () => (await crm.admin.query('select collection from crm.deselected_collections')).rows).toEqual([{ collection: 'appointments' }]);
    await page.getByRole('textbox', { name: 'Pull every' }).fill('2');
    await page.getByRole('group', { name: 'Pull every' }).getByRole('button', { name: 'Set' }).click();
    await page.getByText('The period is set.').waitFor();
    expect(crm.control.calls.at(-1)).toEqual({ act: 'period', link: TEST_LINK, direction: 'reverse', everyMs: 120_000, by: 'ada@crm.example' });
    await look('options');
    await page.getByRole('button', { name: 'Pull from the cloud' }).click();
    await page.getByText('Asked for. A run takes it up in a moment.').waitFor();
    expect(crm.control.calls.at(-1)).toMatchObject({ act: 'reverse', order: { collections: ['contacts'] } });
    await crm.admin.query('delete from tidegate.sync_option; delete from crm.deselected_collections');
  });
});

it('on a phone and in the dark it stays usable', async () => {
  await using window = await enter('ada@crm.example', { width: 360, height: 740, colorScheme: 'dark' });
  await window.page.getByRole('region', { name: 'Collections' }).waitFor();
  await window.look('synchronisation');
  expect(await window.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
