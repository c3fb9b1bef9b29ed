import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLink, logChange, setAside } from '../crm/control-plane.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../crm/test-crm.ts';
import { beyondTheEdge, closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';

let crm: TestCrm;
let address: string;
beforeAll(async () => {
  crm = await startTestCrm({ pageFolder: await builtPage() });
  address = await crm.app.listen({ host: '127.0.0.1', port: 0 });
  await crm.admin.query(`insert into crm.accounts (name) values ('Analytical Engines Ltd'), ('Difference Works')`);
  await crm.admin.query(`
    insert into crm.contacts (family_name, given_name, company, job_title, emails, phones, private)
    select 'Family' || lpad(n::text, 2, '0'), 'Given', 'Company ' || n % 7, 'Engineer',
           jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'p' || n || '@mail.example')),
           jsonb_build_array(jsonb_build_object('label', 'mobile', 'value', '+49 30 1234' || n)), n = 4
      from generate_series(1, 60) as n`);
  await crm.admin.query(`
    insert into crm.appointments (uid, summary, location, all_day, start_date, end_date, starts_at, ends_at, time_zone)
    values ('a', 'Trade fair', 'Leipzig', true, '2026-07-30', '2026-08-02', null, null, null),
           ('b', 'Dentist', 'Main street', false, null, null, '2026-07-30 09:00', '2026-07-30 09:30', 'Europe/Berlin'),
           ('c', 'Lunch', null, false, null, null, '2026-07-31 12:00', null, null)`);
  await crm.admin.query(
    `insert into crm.tasks (subject, due_date, due_time, priority, status) values ('Send offer', '2026-07-30', null, 1, 'open'), ('Call back', null, null, 0, 'done')`,
  );
  await openLink(crm.admin);
});
afterAll(async () => {
  await closeBrowser();
  await crm[Symbol.asyncDispose]();
});
beforeEach(needChromium);

/** A window of a user who is signed in. */
async function enter(options: VisitOptions = {}, email = 'uwe@crm.example'): Promise<Visit> {
  const window = await visit(address, options);
  await signInAs(window, email, USER_PASSWORD);
  return window;
}

const idOf = async (familyName: string): Promise<string> =>
  (await crm.admin.query<{ id: string }>('select id from crm.contacts where family_name = $1', [familyName])).rows[0]?.id ?? '';

describe('the door', () => {
  it('stays closed to a wrong password and says so', async () => {
    await using window = await visit(address);
    const { page, look, expect4xx } = window;
    expect4xx(401);
    await page.goto('/tasks');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This is needed.').first().waitFor();
    await page.getByLabel('E-mail address').fill('uwe@crm.example');
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor();
    await look('sign-in');
    await page.getByRole('textbox', { name: 'Password' }).fill(USER_PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    // One is where one wanted to go.
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    await page.getByRole('button', { name: /your account/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
  });

  it('speaks German to who wants it', async () => {
    await using window = await visit(address, { locale: 'de-DE' });
    window.expect4xx(401);
    await window.page.goto('/');
    await window.page.getByRole('button', { name: 'Anmelden' }).waitFor();
    expect(await window.page.evaluate(() => document.documentElement.lang)).toBe('de');
    await window.look('sign-in-german');
  });
});

describe('the list of contacts', () => {
  it('is searched, sorted and paged, and its address keeps that', async () => {
    await using window = await enter();
    const { page, look } = window;
    const rows = page.locator('tbody tr');
    await page.getByText('1–25 of 60').waitFor();
    await eventually(() => rows.count()).toBe(25);
    await look('contacts');
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText('26–50 of 60').waitFor();
    expect(page.url()).toContain('page=2');
    await page.getByRole('searchbox', { name: 'Search contacts' }).fill('p33@');
    await eventually(() => rows.count()).toBe(1);
    expect(page.url()).not.toContain('page=');
    await page.getByRole('searchbox', { name: 'Search contacts' }).fill('');
    await page.getByText('1–25 of 60').waitFor();
    await page.locator('thead th', { hasText: 'Name' }).click();
    await eventually(() => rows.first().textContent()).toContain('Family60');
    await page.reload();
    await eventually(() => rows.first().textContent()).toContain('Family60');
  });

  it('shows nothing found as such', async () => {
    await using window = await enter();
    await window.page.goto('/contacts?search=nobody');
    await window.page.getByText('No contacts found').waitFor();
    expect(await window.page.getByRole('button', { name: /^Open / }).count()).toBe(0);
    await window.look('contacts-empty');
  });

  it('shows where each record stands, and synchronises a selection while one watches', async () => {
    await setAside(crm.admin, 'contacts', await idOf('Family03'));
    await using window = await enter();
    const { page, look } = window;
    const stateOf = (name: string): Promise<string | null> =>
      page
        .locator('tbody tr', { hasText: name })
        .getByRole('button', { name: /Synchronisation:/ })
        .textContent();
    await eventually(() => stateOf('Family01')).toBe('In step');
    await eventually(() => stateOf('Family04')).toBe('Private');
    await page.getByRole('checkbox', { name: 'Select Family01, Given' }).check();
    await page.getByRole('checkbox', { name: 'Select Family02, Given' }).check();
    await page.getByText('2 selected').waitFor();
    // Of what another search does not show, nothing stays selected; back at the first one, it is as it was.
    await page.evaluate(() => {
      history.pushState(null, '', '/contacts?search=nobody');
      dispatchEvent(new PopStateEvent('popstate'));
    });
    await page.getByText('No contacts found').waitFor();
    expect(await page.getByText('2 selected').count()).toBe(0);
    await page.goBack();
    await page.getByText('2 selected').waitFor();
    await page.getByRole('button', { name: 'Synchronise' }).click();
    await eventually(() => stateOf('Family01')).toBe('Queued');
    expect(crm.control.calls.at(-1)).toMatchObject({
      act: 'forward',
      order: { records: [{ collection: 'contacts' }, { collection: 'contacts' }], by: 'uwe@crm.example' },
    });
    await look('contacts-selected');
    // The worker receipts it; nobody reloads anything.
    await crm.admin.query(`update tidegate.sync_request set state = 'done'`);
    await eventually(() => stateOf('Family01')).toBe('In step');
    // Somebody else changes a record.
    await logChange(crm.admin, 'contacts', await idOf('Family05'), 'U');
    await eventually(() => stateOf('Family05')).toBe('Waiting');
    await openLink(crm.admin);
    await eventually(() => stateOf('Family05')).toBe('In step');
    await page.locator('tbody tr', { hasText: 'Family03' }).getByRole('button', { name: 'Synchronisation: Set aside' }).click();
    const reason = await page.getByText(/It has room for 255 characters/).textContent();
    expect(reason).toContain('too long');
    expect(reason).not.toContain('value-too-long');
    await look('contacts-set-aside');
    await crm.admin.query(`update tidegate.quarantine set state = 'resolved'`);
  });
});

describe('a contact', () => {
  it('is entered with faults shown at their places, changed, and deleted', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('button', { name: 'New contact' }).click();
    const form = page.getByRole('dialog');
    await form.getByRole('button', { name: 'E-mail addresses: Add' }).click();
    await form.getByRole('textbox', { name: 'E-mail addresses: Value 1' }).fill('none');
    await form.getByLabel('Credit limit').fill('lots');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('This is no e-mail address.').waitFor();
    await form.getByText('Write an amount like 1200.50.').waitFor();
    await look('contact-faults');
    await form.getByRole('textbox', { name: 'E-mail addresses: Value 1' }).fill('ada@engine.example');
    await form.getByLabel('Credit limit').fill('1200.50');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Give a name or a company.').waitFor();
    await form.getByLabel('Family name').fill('Lovelace');
    await form.getByLabel('Birthday').fill('1815-12-10');
    await form.getByRole('button', { name: 'Addresses: Add', exact: true }).click();
    await form.getByRole('textbox', { name: 'Addresses: Value 1', exact: true }).fill('12 St James Square\nLondon');
    await form.getByRole('combobox', { name: 'Account' }).click();
    await page.getByRole('option', { name: 'Analytical Engines Ltd' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    await form.waitFor({ state: 'detached' });
    const stored = await crm.admin.query(
      `select family_name, birthday::text, credit_limit::text, emails, addresses, name from crm.contacts join crm.accounts on accounts.id = account_id where family_name = 'Lovelace'`,
    );
    expect(stored.rows).toEqual([
      {
        family_name: 'Lovelace',
        birthday: '1815-12-10',
        credit_limit: '1200.50',
        emails: [{ label: 'work', value: 'ada@engine.example' }],
        addresses: [{ label: 'work', value: '12 St James Square\nLondon' }],
        name: 'Analytical Engines Ltd',
      },
    ]);

    await page.goto('/contacts?search=Lovelace');
    await page.getByRole('button', { name: 'Open Lovelace' }).click();
    await form.getByLabel('Job title').fill('Analyst');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'Analyst' }).waitFor();
    await page.getByRole('button', { name: 'Open Lovelace' }).click();
    await eventually(() => form.getByRole('combobox', { name: 'Account' }).inputValue()).toBe('Analytical Engines Ltd');
    await look('contact');
    await form.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('It is deleted in the cloud as well.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).last().click();
    await page.getByText('No contacts found').waitFor();
  });

  it('that is deleted is not read any more, though the server tells of it before it answers', async () => {
    const id = await idOf('Family20');
    await using window = await enter();
    const { page } = window;
    await page.goto(`/contacts/${id}`);
    // Everything that the record's page reads of it stands there.
    await page.getByRole('region', { name: 'What happened' }).getByText('Nothing is known of it yet.').waitFor();
    await page.getByRole('region', { name: 'Where each value comes from' }).getByRole('table').waitFor();
    // Lists that leave it out, and its state, may be asked for.
    const ALONE = /api\/(contacts\/|record-(standing|story|timeline))/;
    const asked: string[] = [];
    await page.route(`**/api/contacts/${id}?*`, async (route) => {
      const response = await route.fetch();
      page.on('request', (request) => {
        if (request.method() === 'GET' && request.url().includes(id) && ALONE.test(request.url())) asked.push(request.url());
      });
      // The event comes, and what it makes old is read, while the answer is still on its way.
      const isRead = page.waitForResponse((answer) => answer.url().includes('/api/status'));
      await logChange(crm.admin, 'contacts', id, 'D');
      await isRead;
      await route.fulfill({ response });
    });
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Contacts' }).waitFor();
    await page.getByText('Deleted.').waitFor();
    expect(asked).toEqual([]);
  });

  it('that somebody changed meanwhile is shown with both values, and one decides', async () => {
    const id = await idOf('Family10');
    await using window = await enter();
    const { page, look, expect4xx } = window;
    await page.goto(`/contacts?open=${id}`);
    const form = page.getByRole('dialog');
    await form.getByLabel('Job title').fill('Mine');
    await crm.admin.query(`update crm.contacts set job_title = 'Theirs', note = 'also new' where id = $1`, [id]);
    expect4xx(412);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('Somebody changed this record meanwhile').waitFor();
    const row = form.getByRole('row', { name: /Job title/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(['Engineer', 'Mine', 'Theirs']);
    expect(await form.getByRole('row', { name: /Note/ }).getByRole('cell').allTextContents()).toEqual(['–', '–', 'also new']);
    const apply = form.getByRole('button', { name: 'Save what is chosen' });
    // Nothing is saved before somebody has decided.
    expect(await apply.isDisabled()).toBe(true);
    await look('contact-conflict');
    await page.keyboard.press('1');
    expect(await row.getByRole('radio', { name: 'Job title: Yours' }).isChecked()).toBe(true);
    await apply.click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    const { rows } = await crm.admin.query('select job_title, note from crm.contacts where id = $1', [id]);
    expect(rows).toEqual([{ job_title: 'Mine', note: 'also new' }]);

    await page.goto(`/contacts?open=${id}`);
    await form.getByLabel('Job title').fill('Mine again');
    await form.getByLabel('Company').fill('Mine too');
    await crm.admin.query(`update crm.contacts set job_title = 'Theirs again' where id = $1`, [id]);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('radio', { name: 'Job title: Now stored' }).check();
    await apply.click();
    await page.getByText('Saved.', { exact: true }).first().waitFor();
    const { rows: merged } = await crm.admin.query('select job_title, company from crm.contacts where id = $1', [id]);
    expect(merged).toEqual([{ job_title: 'Theirs again', company: 'Mine too' }]);

    await page.goto(`/contacts?open=${id}`);
    await form.getByLabel('Job title').fill('Mine at last');
    await crm.admin.query(`update crm.contacts set job_title = 'Theirs at last' where id = $1`, [id]);
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByRole('button', { name: 'Discard mine' }).click();
    await eventually(() => form.getByLabel('Job title').inputValue()).toBe('Theirs at last');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing was changed.').waitFor();
  });

  it('is read and not changed by an auditor', async () => {
    await using window = await enter({}, 'aud@crm.example');
    const { page, look } = window;
    expect(await page.getByRole('button', { name: 'New contact' }).count()).toBe(0);
    await page.goto(`/contacts?open=${await idOf('Family11')}`);
    await page.getByText('You can read this, but not change it.').waitFor();
    expect(await page.getByRole('dialog').getByLabel('Family name').isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await page.setViewportSize({ width: 1280, height: 1100 });
    await look('contact-auditor');
  });
});

describe('an appointment', () => {
  it('has wall times or days, the last day included', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('link', { name: 'Appointments' }).click();
    await page.getByText('30 Jul 2026 – 1 Aug 2026').waitFor();
    await look('appointments');
    await page.getByRole('button', { name: 'New appointment' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('What').fill('Workshop');
    await form.getByLabel('Begins').fill('2026-09-01T10:00');
    await form.getByLabel('Ends').fill('2026-09-01T09:00');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('This lies before the beginning.').waitFor();
    await look('appointment-fault');
    await form.getByRole('switch', { name: 'All day' }).check();
    expect(await form.getByLabel('First day').inputValue()).toBe('01/09/2026');
    await form.getByLabel('Last day').fill('2026-09-02');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('1 Sept 2026 – 2 Sept 2026').waitFor();
    const { rows } = await crm.admin.query(
      `select all_day, start_date::text, end_date::text, starts_at, ends_at from crm.appointments where summary = 'Workshop'`,
    );
    expect(rows).toEqual([{ all_day: true, start_date: '2026-09-01', end_date: '2026-09-03', starts_at: null, ends_at: null }]);
    await page.getByRole('button', { name: 'Open Workshop' }).click();
    expect(await form.getByLabel('Last day').inputValue()).toBe('02/09/2026');
  });
});

describe('days and times', () => {
  it('are typed as the page’s language writes them, whatever the browser’s own is, or chosen in a calendar by the keyboard', async () => {
    await using window = await enter({ locale: 'en-US' });
    const { page, look } = window;
    await page.evaluate(() => localStorage.setItem('tidegate-language', 'de'));
    await page.goto('/appointments?open=new');
    const form = page.getByRole('dialog', { name: 'Neuer Termin' });
    const [begins, ends] = [form.getByLabel('Beginnt'), form.getByLabel('Endet')];
    await form.getByRole('textbox', { name: 'Was', exact: true }).fill('Hafenrundfahrt');
    expect(await begins.getAttribute('placeholder')).toBe('TT.MM.JJJJ, hh:mm');
    await begins.pressSequentially('3.9.26 1430');
    await page.keyboard.press('Tab');
    expect(await begins.inputValue()).toBe('03.09.2026, 14:30');
    // No such day: it is said as one types, stays to be mended, and is not saved over.
    await ends.fill('31.9.2026 15:00');
    await form.getByText('Schreiben Sie es so: 31.12.2026, 14:30').waitFor();
    await page.keyboard.press('Enter');
    expect(await ends.evaluate((input) => input === document.activeElement)).toBe(true);
    await look('appointment-german-days');
    await ends.fill('3.9.2026 15:00');
    await page.keyboard.press('Alt+ArrowDown');
    const chosen = page.getByRole('button', { name: 'Donnerstag, 3. September 2026' });
    await eventually(() => chosen.evaluate((day) => day === document.activeElement)).toBe(true);
    await look('appointment-day-picker');
    await page.keyboard.press('Escape');
    await chosen.waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+ArrowDown');
    await eventually(() => chosen.evaluate((day) => day === document.activeElement)).toBe(true);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    expect(await ends.inputValue()).toBe('04.09.2026, 15:00');
    await form.getByRole('button', { name: 'Speichern' }).click();
    await form.waitFor({ state: 'detached' });
    const { rows } = await crm.admin.query(`select starts_at::text, ends_at::text from crm.appointments where summary = 'Hafenrundfahrt'`);
    expect(rows).toEqual([{ starts_at: '2026-09-03 14:30:00', ends_at: '2026-09-04 15:00:00' }]);
    await crm.admin.query(`delete from crm.appointments where summary = 'Hafenrundfahrt'`);
    // So are amounts.
    await page.goto(`/contacts?open=${await idOf('Family12')}`);
    const contact = page.getByRole('dialog');
    const limit = contact.getByLabel('Kreditrahmen');
    await limit.fill('1.200,505');
    await contact.getByText('Schreiben Sie einen Betrag wie 1200,50.').waitFor();
    await limit.fill('1.200,50');
    await contact.getByRole('button', { name: 'Speichern' }).click();
    await contact.waitFor({ state: 'detached' });
    const kept = await crm.admin.query(`select credit_limit::text from crm.contacts where family_name = 'Family12'`);
    expect(kept.rows).toEqual([{ credit_limit: '1200.50' }]);
    await page.getByRole('button', { name: 'Family12, Given öffnen' }).click();
    await eventually(() => limit.inputValue()).toBe('1200,50');
  });
});

describe('a task', () => {
  it('is due on a date, at a time, for a contact', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('button', { name: 'Open Send offer' }).waitFor();
    // What is due comes first.
    expect(await page.locator('tbody tr').first().textContent()).toContain('Send offer');
    await look('tasks');
    await page.getByRole('button', { name: 'New task' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Subject').fill('Ring up');
    await form.getByLabel('At', { exact: true }).fill('14:30');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.getByText('A time needs a date.').waitFor();
    await form.getByLabel('Due on').fill('2026-07-30');
    await form.getByRole('combobox', { name: 'Contact' }).fill('Family12');
    await page.getByRole('option', { name: 'Family12, Given' }).click();
    await form.getByRole('combobox', { name: 'Priority' }).click();
    await page.getByRole('option', { name: 'High' }).click();
    await look('task');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByText('30 Jul 2026 14:30').waitFor();
    const { rows } = await crm.admin.query(
      `select due_date::text, due_time::text, priority, family_name from crm.tasks join crm.contacts on contacts.id = contact_id where subject = 'Ring up'`,
    );
    expect(rows).toEqual([{ due_date: '2026-07-30', due_time: '14:30:00', priority: 1, family_name: 'Family12' }]);
  });
});

describe('on a phone and in the dark', () => {
  it('the lists and forms stay usable: chosen, sorted, opened, with other columns, and nothing beyond the edge', async () => {
    await using window = await enter({ width: 360, height: 740, colorScheme: 'dark' });
    const { page, look } = window;
    const first = page.getByRole('row', { name: /Family01/ });
    await first.getByRole('button', { name: 'Synchronisation: In step' }).click();
    await page.getByText(/^The cloud received what stands here/).waitFor();
    await page.keyboard.press('Escape');
    await first.getByText('+49 30 12341').waitFor();
    await first.getByRole('checkbox').check();
    await page.getByText('1 selected').waitFor();
    await look('contacts');
    expect(await beyondTheEdge(page)).toEqual([]);
    await page.getByRole('button', { name: 'Company' }).click();
    await page.getByRole('button', { name: 'Open Family07, Given' }).waitFor();
    await page.getByRole('button', { name: 'Columns' }).click();
    for (const column of ['Birthday', 'Job title', 'Last changed']) await page.getByRole('checkbox', { name: column }).check();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Last changed' }).waitFor();
    expect(await beyondTheEdge(page)).toEqual([]);
    await page
      .getByRole('row', { name: /Family07/ })
      .getByText('Engineer')
      .click();
    await page.getByRole('dialog').getByLabel('Family name').waitFor();
    await look('contact');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const [place, record] of [
      ['Appointments', 'Open Dentist'],
      ['Accounts', 'Open Difference Works'],
      ['Tasks', 'Open Send offer'],
    ] as const) {
      await page.getByRole('button', { name: 'Open menu' }).click();
      if (place === 'Tasks') await look('menu');
      await page.getByRole('link', { name: place }).click();
      await page.getByRole('button', { name: record }).waitFor();
      expect(await beyondTheEdge(page)).toEqual([]);
    }
  });
});
