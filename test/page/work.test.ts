import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clash, logChange, openLink, setAside } from '../crm/control-plane.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../crm/test-crm.ts';
import { closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';

/* What somebody does on the page all day: lists that are narrowed, a calendar, a record's own page, a search. */

const HOSTILE = '<img src=x onerror="document.title=1">=cmd|A0 \u202eevil';

let crm: TestCrm;
let address: string;
beforeAll(async () => {
  crm = await startTestCrm({ pageFolder: await builtPage() });
  address = await crm.app.listen({ host: '127.0.0.1', port: 0 });
  await crm.admin.query(`insert into crm.accounts (name, industry) values ('Analytical Engines Ltd', 'Engines')`);
  await crm.admin.query(`
    insert into crm.contacts (family_name, given_name, company, emails, account_id)
    select 'Family' || lpad(n::text, 3, '0'), 'Given', 'Company', '[]', case when n <= 3 then (select id from crm.accounts) end from generate_series(1, 60) as n`);
  await crm.admin.query(`insert into crm.contacts (family_name, given_name, company, note) values ($1, $2, 'Zzz', $1)`, [HOSTILE, 'x'.repeat(900)]);
  await crm.admin.query(`
    insert into crm.appointments (uid, summary, all_day, start_date, end_date, starts_at, ends_at, time_zone, recurrence)
    values ('a', 'Trade fair', true, '2026-07-30', '2026-08-01', null, null, null, null),
           ('b', 'Call with Tokyo', false, null, null, '2026-07-30 17:00', '2026-07-30 17:30', 'Asia/Tokyo', null),
           ('c', 'Team meeting', false, null, null, '2026-07-06 09:30', '2026-07-06 10:15', 'Europe/Berlin', 'FREQ=WEEKLY;BYDAY=MO,WE')`);
  await crm.admin.query(`insert into crm.tasks (subject, due_date, status) values ('Long ago', '2020-01-01', 'open'), ('Done long ago', '2020-01-01', 'done')`);
  await openLink(crm.admin);
});
afterAll(async () => {
  await closeBrowser();
  await crm[Symbol.asyncDispose]();
});
beforeEach(needChromium);

async function enter(options: VisitOptions = {}, email = 'uwe@crm.example'): Promise<Visit> {
  const window = await visit(address, options);
  await signInAs(window, email, USER_PASSWORD);
  return window;
}
const idOf = async (familyName: string): Promise<string> =>
  (await crm.admin.query<{ id: string }>('select id from crm.contacts where family_name = $1', [familyName])).rows[0]?.id ?? '';

describe('a list', () => {
  it('is narrowed, its columns chosen, and all that it finds synchronised without their ids', async () => {
    await using window = await enter();
    const { page, look } = window;
    const rows = page.locator('tbody tr');
    await page.goto('/contacts?search=Family');
    await eventually(() => rows.count()).toBe(25);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Account' }).check();
    await page.getByRole('columnheader', { name: 'Account' }).waitFor();
    await look('contacts-columns');
    await page.keyboard.press('Escape');
    await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
    await page.getByRole('button', { name: 'Select all 60 that match' }).click();
    await page.getByText('All 60 that match are selected').waitFor();
    await look('contacts-everything');
    const sent = page.waitForRequest((request) => request.url().endsWith('/api/synchronise'));
    await page.getByRole('button', { name: 'Synchronise' }).click();
    expect((await sent).postDataJSON()).toEqual({ collection: 'contacts', matching: { search: 'Family', filters: {} } });
    await page.getByText('60 records are on the way to the cloud.').waitFor();
    await crm.admin.query(`update tidegate.sync_request set state = 'done'`);
  });

  it('keeps its filters and columns in its address', async () => {
    await using window = await enter();
    const { page, look } = window;
    const rows = page.locator('tbody tr');
    await page.goto(`/contacts?search=Family&columns=${encodeURIComponent(JSON.stringify(['company', 'account']))}`);
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByRole('combobox', { name: 'Account' }).click();
    await page.getByRole('option', { name: 'Analytical Engines Ltd' }).click();
    await eventually(() => rows.count()).toBe(3);
    await look('contacts-filtered');
    await page.reload();
    await page.getByText('Account: Analytical Engines Ltd').waitFor();
    await eventually(() => rows.count()).toBe(3);
    expect(await page.getByRole('columnheader', { name: 'Account' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Remove the choice: Account' }).click();
    await eventually(() => rows.count()).toBe(25);
  });

  it('of tasks shows what is overdue, and not what is done', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.goto(`/tasks?filter=${encodeURIComponent(JSON.stringify({ due: 'overdue' }))}`);
    await page.getByRole('button', { name: 'Open Long ago', exact: true }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('Overdue', { exact: true }).waitFor();
    await look('tasks-overdue');
  });

  it('is used by the keyboard: search, next record, save, and nothing entered is lost by a slip', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.goto('/contacts');
    await page.getByRole('button', { name: 'Open Family001, Given' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('Family00');
    await eventually(() => page.locator('tbody tr').count()).toBe(9);
    await page.getByRole('button', { name: 'Open Family001, Given' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Family name').waitFor();
    await form.getByRole('button', { name: 'Next record' }).click();
    await eventually(() => form.getByLabel('Family name').inputValue()).toBe('Family002');
    await form.getByLabel('Credit limit').fill('lots');
    // As one types.
    await form.getByText('Write an amount like 1200.50.').waitFor();
    await form.getByLabel('Credit limit').fill('12.50');
    await page.keyboard.press('Escape');
    await page.getByText('What you have entered here is not saved.').waitFor();
    await look('contact-unsaved');
    await page.getByRole('button', { name: 'Go on editing' }).click();
    await page.keyboard.press('Control+s');
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect((await crm.admin.query(`select credit_limit::text as limit from crm.contacts where family_name = 'Family002'`)).rows).toEqual([{ limit: '12.50' }]);
  });

  it('leads from a record’s state to what can be done about it', async () => {
    const [aside, disputed, waiting] = [await idOf('Family041'), await idOf('Family042'), await idOf('Family043')];
    await setAside(crm.admin, 'contacts', aside);
    for (const id of [disputed, waiting]) await clash(crm.admin, 'contacts', id, 'jobTitle');
    await crm.admin.query(`update tidegate.conflict set outcome = 'review' where key = array[$1::text]`, [disputed]);
    await logChange(crm.admin, 'contacts', waiting, 'U');
    await using window = await enter();
    const { page } = window;
    const open = async (name: string, state: string): Promise<void> => {
      await page
        .getByRole('row', { name: new RegExp(name) })
        .getByRole('button', { name: `Synchronisation: ${state}` })
        .click();
    };
    for (const [name, state, place, shown] of [
      ['Family041', 'Set aside', 'set-aside', 'It has room for 255 characters'],
      ['Family042', 'Conflict', 'conflicts', 'Job title'],
    ] as const) {
      await page.goto('/contacts?search=Family04');
      await open(name, state);
      await page.getByRole('link', { name: 'See to it' }).click();
      // The list that was left stands there until the other view has come.
      await page.getByRole('tab', { name: new RegExp(`^${state}`), selected: true }).waitFor();
      expect(new URL(page.url()).searchParams.get('tab')).toBe(place);
      await page.getByRole('cell', { name: new RegExp(name) }).waitFor();
      await page.getByText(shown).first().waitFor();
      // Of this record alone, among all that there are.
      await eventually(() => page.locator('tbody tr').count()).toBe(1);
    }
    await page.getByRole('button', { name: 'Remove the choice: Only one record' }).click();
    await eventually(() => page.locator('tbody tr').count()).toBe(2);
    await page.goto('/contacts?search=Family04');
    await open('Family044', 'In step');
    await page.getByText('Sent with a load of all records, or longer ago than is remembered.').waitFor();
    await page.keyboard.press('Escape');
    await open('Family043', 'Waiting');
    const sent = page.waitForRequest((request) => request.url().endsWith('/api/synchronise'));
    await page.getByRole('dialog').getByRole('button', { name: 'Synchronise' }).click();
    expect((await sent).postDataJSON()).toEqual({ collection: 'contacts', keys: [waiting] });
    await page.getByText('1 record is on the way to the cloud.').waitFor();
    // The row behind the chip was not opened by any of that.
    expect(new URL(page.url()).searchParams.get('open')).toBeNull();
    await crm.admin.query(
      `update tidegate.quarantine set state = 'resolved'; update tidegate.conflict set outcome = 'crm'; update tidegate.sync_request set state = 'done'`,
    );
    await openLink(crm.admin);
  });

  it('opens the row that is clicked, once, and not where a text in it is marked', async () => {
    await using window = await enter();
    const { page } = window;
    await page.goto('/contacts?search=Family05');
    const company = (name: string) => page.getByRole('row', { name: new RegExp(name) }).getByText('Company', { exact: true });
    // Who marks a text wants to copy it.
    const box = (await company('Family051').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + 1, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + 40, box.y + box.height / 2, { steps: 3 });
    await page.mouse.up();
    expect(await page.evaluate(() => getSelection()?.toString())).not.toBe('');
    await company('Family052').click();
    const form = page.getByRole('dialog');
    await eventually(() => form.getByLabel('Family name').inputValue()).toBe('Family052');
    // Each opening is one step to go back.
    await page.goBack();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Open Family053, Given' }).click();
    await eventually(() => form.getByLabel('Family name').inputValue()).toBe('Family053');
    await page.goBack();
    await form.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?search=Family05');
  });

  it.each([
    [360, 'light'],
    [1920, 'dark'],
  ] as const)('shows script, formula, turned and very long text as text, %i pixels wide, %s', async (width, colorScheme) => {
    await using window = await enter({ width, height: 900, colorScheme });
    const { page, look } = window;
    await page.goto('/contacts?search=zzz');
    await eventually(() => page.locator('tbody tr').count()).toBe(1);
    await eventually(() => page.locator('tbody tr').textContent()).toContain(HOSTILE);
    await look('contacts-hostile');
    await page.goto(`/contacts/${await idOf(HOSTILE)}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await eventually(() => page.getByLabel('Note').inputValue()).toBe(HOSTILE);
    await look('contact-page-hostile');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    expect(await page.title()).not.toBe('1');
    // What turns the direction of writing ends with the name: the question goes on from left to right.
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    const [start, end] = await page.getByText('It is deleted in the cloud as well.').evaluate(({ firstChild: text }) => {
      const at = text?.textContent?.indexOf('deleted') ?? 0;
      return [at, at + 6].map((place) => {
        const letter = document.createRange();
        letter.setStart(text as Node, place);
        letter.setEnd(text as Node, place + 1);
        return letter.getBoundingClientRect().left;
      });
    });
    expect(start).toBeLessThan(end ?? 0);
  });
});

describe('an account', () => {
  it('is entered, and its page names its contacts', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('button', { name: 'New account' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Difference Works');
    await form.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Open Difference Works' }).waitFor();
    expect((await crm.admin.query(`select industry from crm.accounts where name = 'Difference Works'`)).rows).toEqual([{ industry: null }]);
    await look('accounts');
    await page.getByRole('button', { name: 'Open Analytical Engines Ltd' }).click();
    await form.getByRole('link', { name: 'Open as a page' }).click();
    await page.getByRole('region', { name: 'Contacts' }).getByRole('link', { name: 'Family001, Given' }).waitFor();
    await look('account-page');
    await page.getByRole('link', { name: 'All 3' }).click();
    await eventually(() => page.locator('tbody tr').count()).toBe(3);
  });
});

describe('the calendar', () => {
  it('shows days, other zones and series on one’s own clock, by week, month and day', async () => {
    await using window = await enter({ height: 1100 });
    const { page, look } = window;
    await page.goto('/appointments?view=calendar&date=2026-07-30');
    await page.getByText('Trade fair').first().waitFor();
    // 17:00 in Tokyo is 10:00 in Berlin.
    expect(await page.locator('.calendar', { hasText: 'Call with Tokyo' }).textContent()).toMatch(/10:00/);
    expect(await page.getByText('↻ Team meeting').count()).toBe(2);
    await look('calendar-week');
    await page.getByText('Month', { exact: true }).click();
    await eventually(() => page.getByText('↻ Team meeting').count()).toBe(10);
    await look('calendar-month');
    await page.getByText('Day', { exact: true }).click();
    await eventually(() => page.getByText('↻ Team meeting').count()).toBe(0);
    await page.getByText('Call with Tokyo').click();
    await page.getByRole('dialog').getByLabel('What').waitFor();
    await look('calendar-day');
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByText('31 July 2026').first().waitFor();
    await page.getByText('Trade fair').waitFor();
  });
});

describe('an appointment that repeats', () => {
  const ruleOf = async (summary: string): Promise<unknown> =>
    (await crm.admin.query('select recurrence from crm.appointments where summary = $1', [summary])).rows[0];

  it('is made by choice, stands in the calendar, and is ended by choice', async () => {
    await using window = await enter({ height: 1200 });
    const { page, look } = window;
    await page.goto('/appointments?view=calendar&period=month&date=2027-05-03&open=new');
    const form = page.getByRole('dialog');
    await form.getByLabel('What').fill('Choir');
    await form.getByLabel('Begins').fill('2027-05-03T19:00');
    await form.getByRole('combobox', { name: 'Repeats' }).click();
    await page.getByRole('option', { name: 'Weekly' }).click();
    await form.getByText('First: 3 May 2027, 19:00 · 10 May 2027, 19:00 · 17 May 2027, 19:00').waitFor();
    await form.getByText('Thu', { exact: true }).click();
    await form.getByText('First: 3 May 2027, 19:00 · 6 May 2027, 19:00').waitFor();
    const every = form.getByRole('textbox', { name: 'Every' });
    await every.fill('');
    // As one types.
    await form.getByText('Write a whole number from 1 to 999.').waitFor();
    await look('appointment-repeats-faults');
    await form.getByRole('button', { name: 'Save' }).click();
    expect(await every.evaluate((input) => input === document.activeElement)).toBe(true);
    await every.fill('2');
    await form.getByRole('combobox', { name: 'Ends' }).click();
    await page.getByRole('option', { name: 'On a day' }).click();
    await form.getByLabel('Last possible day').fill('2027-05-17');
    await form.getByText('First: 3 May 2027, 19:00 · 6 May 2027, 19:00 · 17 May 2027, 19:00').waitFor();
    await look('appointment-repeats');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    // The end of the last day in Berlin, as RFC 5545 wants it of a time in a zone.
    expect(await ruleOf('Choir')).toEqual({ recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270517T215959Z' });
    await eventually(() => page.getByText('↻ Choir').count()).toBe(3);

    await page.getByText('↻ Choir').first().click();
    // Of whole days, the same end is a date.
    await form.getByRole('switch', { name: 'All day' }).click({ force: true });
    await form.getByText('First: 3 May 2027 · 6 May 2027 · 17 May 2027').waitFor();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    expect(await ruleOf('Choir')).toEqual({ recurrence: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20270517' });
    await page.getByText('↻ Choir').first().click();
    await form.getByRole('combobox', { name: 'Repeats' }).click();
    await page.getByRole('option', { name: 'Never' }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await eventually(() => page.getByText('↻ Choir').count()).toBe(0);
    expect(await page.getByText('Choir').count()).toBe(1);
    expect(await ruleOf('Choir')).toEqual({ recurrence: null });
  });

  it('by a rule of its own is told in words, kept, and edited as it is written, in German too', async () => {
    await crm.admin.query(`
      insert into crm.appointments (uid, summary, starts_at, time_zone, recurrence, exceptions)
      values ('own', 'Payroll', '2027-05-31 10:00', 'Europe/Berlin', 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '["2027-06-30T10:00:00"]')`);
    const { id } = (await crm.admin.query<{ id: string }>(`select id from crm.appointments where uid = 'own'`)).rows[0] ?? { id: '' };
    await using window = await enter({ height: 1100 });
    const { page, look } = window;
    await page.evaluate(() => localStorage.setItem('tidegate-language', 'de'));
    await page.goto(`/appointments/${id}`);
    await page.getByText('Zuerst: 31.05.2027, 10:00 · 30.07.2027, 10:00').waitFor();
    await page.getByText('Entfällt am 30.06.2027.').waitFor();
    await page.getByText(/^Jeden Monat am Montag, Dienstag, Mittwoch, Donnerstag und Freitag/).waitFor();
    // What the store holds is told in the user's words too.
    const origins = page.getByRole('region', { name: 'Woher jeder Wert kommt' });
    await origins
      .getByRole('row', { name: /^Stand/ })
      .getByText('Bestätigt')
      .waitFor();
    await origins
      .getByRole('row', { name: /^Beginnt/ })
      .getByText('31.05.2027, 10:00')
      .waitFor();
    await origins
      .getByRole('row', { name: /^Entfällt am/ })
      .getByText('30.06.2027', { exact: true })
      .waitFor();
    await look('appointment-own-rule');
    await page.getByLabel('Wo', { exact: true }).fill('Büro');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.getByText('Gespeichert.', { exact: true }).waitFor();
    expect(await ruleOf('Payroll')).toEqual({ recurrence: 'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1' });
    await page.goto(`/appointments/${id}`);
    const rule = page.getByRole('textbox', { name: 'Regel' });
    await rule.fill('FREQ=MONTHLY;BYDAY=8XX');
    await page.getByText('Das ist keine Wiederholungsregel.').waitFor();
    await rule.fill('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30');
    await page.getByText('Nach dieser Regel findet der Termin nie statt.').waitFor();
    await rule.fill('FREQ=MONTHLY;BYDAY=2TU');
    await page.getByRole('combobox', { name: 'Wiederholung' }).click();
    await page.getByRole('option', { name: 'Monatlich' }).click();
    // What a choice can say is shown by choice.
    await eventually(() => page.getByRole('combobox', { name: 'Am' }).inputValue()).toBe('zweiten Dienstag');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.getByText('Gespeichert.', { exact: true }).waitFor();
    expect((await crm.admin.query(`select recurrence, exceptions from crm.appointments where uid = 'own'`)).rows).toEqual([
      { recurrence: 'FREQ=MONTHLY;BYDAY=2TU', exceptions: ['2027-06-30T10:00:00'] },
    ]);
  });
});

describe('a record’s page', () => {
  it('is not left with something unsaved before one has been asked: by a link, by going back, by loading it again', async () => {
    const id = await idOf('Family030');
    await using window = await enter();
    const { page, look } = window;
    await page.goto('/contacts?search=Family030');
    await page.getByRole('button', { name: 'Open Family030, Given' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Open as a page' }).click();
    await page.getByRole('heading', { level: 1, name: 'Family030, Given' }).waitFor();
    const title = page.getByLabel('Job title');
    await title.fill('Navigator');
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    const stay = async (): Promise<void> => {
      await question.getByRole('button', { name: 'Go on editing' }).click();
      await question.waitFor({ state: 'detached' });
      expect(page.url()).toContain(`/contacts/${id}`);
      expect(await title.inputValue()).toBe('Navigator');
    };
    await page.getByRole('link', { name: 'Tasks' }).click();
    await question.waitFor();
    await look('contact-page-unsaved');
    await stay();
    await page.evaluate(() => history.back());
    await question.waitFor();
    await stay();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor();
    await stay();
    // The browser's own question.
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.evaluate(() => location.reload());
    await eventually(() => asked).toEqual(['beforeunload']);
    expect(await title.inputValue()).toBe('Navigator');
    await page.getByRole('link', { name: 'Tasks' }).click();
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    expect((await crm.admin.query('select job_title from crm.contacts where id = $1', [id])).rows).toEqual([{ job_title: null }]);
    // What is saved, or was never changed, is left without a question.
    await page.goto(`/contacts/${id}`);
    await title.fill('Navigator');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    // It goes on being shown, and edited.
    await page.getByRole('heading', { level: 1, name: 'Family030, Given' }).waitFor();
    await title.fill('Captain');
    await page.keyboard.press('Control+s');
    const saved = async () => (await crm.admin.query('select job_title from crm.contacts where id = $1', [id])).rows;
    await eventually(saved).toEqual([{ job_title: 'Captain' }]);
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    await page.evaluate(() => location.reload());
    await page.getByRole('heading', { name: 'Tasks' }).waitFor();
    expect(asked).toHaveLength(1);
    await crm.admin.query('update crm.contacts set job_title = null where id = $1', [id]);
  });
});

describe('two browsers on one record', () => {
  it('the second sees the first’s change before saving, and chooses by field', async () => {
    const id = await idOf('Family020');
    await using first = await enter();
    await using second = await enter({}, 'ada@crm.example');
    for (const { page } of [first, second]) {
      await page.goto(`/contacts/${id}`);
      await page.getByLabel('Family name').waitFor();
    }
    await second.page.getByLabel('Job title').fill('Hers');
    await first.page.getByLabel('Job title').fill('His');
    await first.page.getByRole('button', { name: 'Save' }).click();
    await first.page.getByText('Saved.', { exact: true }).waitFor();
    // The capture tells of it.
    await crm.admin.query(
      `insert into tidegate.change_log (source, key, op, old) select id, array[$1::text], 'U', '{"job_title": null}' from tidegate.source where table_name = 'contacts'`,
      [id],
    );
    await second.page.getByText('Somebody changed this record while you were writing').waitFor();
    await second.page.getByRole('button', { name: 'Compare' }).click();
    await second.page.getByRole('radio', { name: 'Job title: Yours' }).check();
    await second.look('contact-two-browsers');
    await second.page.getByRole('button', { name: 'Save what is chosen' }).click();
    await second.page.getByText('Saved.', { exact: true }).waitFor();
    expect((await crm.admin.query('select job_title from crm.contacts where id = $1', [id])).rows).toEqual([{ job_title: 'Hers' }]);
  });
});

describe('the search over everything', () => {
  it('is opened by Ctrl+K and leads to the record', async () => {
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('heading', { name: 'Contacts' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search everything' }).fill('tokyo');
    await page.getByRole('button', { name: 'Call with Tokyo' }).waitFor();
    await look('search');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Call with Tokyo' }).waitFor();
    expect(page.url()).toContain('/appointments/');
    // Those of one name are told apart, and the arrows choose among them.
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Search everything' }).fill('long ago');
    await page.getByRole('button', { name: 'Done long ago 1 Jan 2020' }).waitFor();
    const second = await page.locator('.mantine-Spotlight-actionLabel').nth(1).textContent();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: second ?? '' }).waitFor();
  });
});
