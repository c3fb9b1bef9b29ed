import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EMPLOYEE_PASSWORD, startTestCloudPage, type TestCloudPage } from '../cloud/page/test-cloud-page.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { beyondTheEdge, closeBrowser, eventually, needChromium, signInAs, visit, type Visit, type VisitOptions } from './browser.ts';
import { builtPage } from './built-page.ts';
import { beginWith, chooseOwn } from './first-sign-in.ts';

let cloud: TestCloudPage;
let address: string;
beforeAll(async () => {
  cloud = await startTestCloudPage({ pageFolder: await builtPage('cloud') });
  address = await cloud.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await closeBrowser();
  await cloud[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  needChromium(context);
  await cloud.store.admin.query(`truncate cloud.people, cloud.todos, cloud.events, records."acme$products"; truncate tidegate.change_log`);
  await cloud.store.admin.query(
    `insert into cloud.people (tenant, first_name, last_name, organisation, title, emails)
     select 'acme', first, last, 'Analytical', 'Engineer', '[{"label": "work", "value": "x@analytical.example"}]'
       from (values ('Ada', 'Lovelace'), ('Grace', 'Hopper'), ('Ada', 'Yonath')) as people (first, last)`,
  );
});

async function enter(email = 'kim@acme.example', options: VisitOptions = {}, at = address): Promise<Visit> {
  const window = await visit(at, options);
  await signInAs(window, email, EMPLOYEE_PASSWORD);
  await window.page.getByRole('heading', { level: 1 }).waitFor();
  return window;
}

const people = async (): Promise<unknown[]> => (await cloud.store.admin.query('select first_name, last_name, notes from cloud.people order by last_name')).rows;

describe('the door', () => {
  it('tells a wrong password, and whose it is', async () => {
    await using window = await visit(address);
    window.expect4xx(401);
    await window.page.goto('/');
    await window.page.getByRole('heading', { name: 'Team Cloud' }).waitFor();
    await window.page.getByText('Who works in the CRM signs in on its own page.').waitFor();
    await window.page.getByLabel('E-mail address').fill('kim@acme.example');
    await window.page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await window.page.getByRole('button', { name: 'Sign in' }).click();
    await window.page.getByText('The e-mail address or the password is wrong.').waitFor();
    await window.page.goto('/?refused=identity-refused');
    await window.page.getByText('You may not sign in here with that account.').waitFor();
    expect(await window.page.getByRole('navigation').count()).toBe(0);
  });
});

describe('an employee', () => {
  it('finds a contact, changes it, and the change log names who did', async () => {
    await using window = await enter();
    const { page } = window;
    await page.getByRole('button', { name: 'Open Grace Hopper' }).waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('ada love');
    await eventually(() => page.getByRole('button', { name: /^Open / }).count()).toBe(1);
    await page.getByRole('button', { name: 'Open Ada Lovelace' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Notes').fill('likes mail');
    const organisation = drawer.getByLabel('Organisation');
    expect(await organisation.getAttribute('readonly')).not.toBeNull();
    expect(await organisation.getAttribute('aria-describedby')).toBeTruthy();
    await drawer.getByText('The CRM alone changes this.').first().waitFor();
    // Nor does it look as if it could be changed.
    const looks = (label: string): Promise<string> => drawer.getByLabel(label).evaluate((input) => getComputedStyle(input).backgroundColor);
    expect(await looks('Organisation')).not.toBe(await looks('Notes'));
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It was saved. The CRM takes it in when it orders changes.').waitFor();
    expect(await people()).toContainEqual({ first_name: 'Ada', last_name: 'Lovelace', notes: 'likes mail' });
    const { rows } = await cloud.store.admin.query(`select op, actor from tidegate.change_log where op = 'U'`);
    expect(rows).toEqual([{ op: 'U', actor: 'kim@acme.example' }]);
  });

  it('adds and deletes, with faults told beside their fields', async () => {
    await using window = await enter();
    const { page, expect4xx } = window;
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByText('Nothing here yet').waitFor();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Priority').fill('high');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('This is needed.').waitFor();
    await drawer.getByText('Write a number.').waitFor();
    await drawer.getByLabel('Title').fill('Call back');
    await drawer.getByLabel('Priority').fill('99');
    expect4xx(409, 422);
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByRole('alert').waitFor();
    await drawer.getByLabel('Priority').fill('1');
    await drawer.getByLabel('Due on').fill('2026-12-24');
    await drawer.getByRole('combobox', { name: 'Contact' }).fill('grace');
    await page.getByRole('option', { name: 'Grace Hopper' }).click();
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Open Call back' }).waitFor();
    const { rows } = await cloud.store.admin.query('select title, priority, due_day::text, person_id is not null as of_somebody from cloud.todos');
    expect(rows).toEqual([{ title: 'Call back', priority: 1, due_day: '2026-12-24', of_somebody: true }]);
    await page.getByRole('button', { name: 'Open Call back' }).click();
    await drawer.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this record?' }).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('It was deleted.').waitFor();
    await eventually(() => page.getByRole('button', { name: /^Open / }).count()).toBe(0);
    expect((await cloud.store.admin.query('select from cloud.todos')).rowCount).toBe(0);
  });

  it('works by the keyboard: n adds, Ctrl+S saves where everything is right (what is wrong is said as one types), / searches', async () => {
    await using window = await enter();
    const { page } = window;
    await page.goto('/tasks');
    await page.getByText('Nothing here yet').waitFor();
    await page.keyboard.press('n');
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Title').fill('Ring up');
    await drawer.getByLabel('Priority').fill('high');
    await drawer.getByText('Write a number.').waitFor();
    await page.keyboard.press('Control+s');
    // Nothing is sent: it stays, and can be mended.
    await drawer.getByLabel('Priority').fill('1');
    await drawer.getByText('Write a number.').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
    await page.getByText('It was added.').waitFor();
    await drawer.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Open Ring up' }).press('Enter');
    await drawer.getByLabel('Title').fill('');
    await drawer.getByText('This is needed.').waitFor();
    await drawer.getByLabel('Title').fill('Ring up soon');
    await page.keyboard.press('Control+s');
    await drawer.waitFor({ state: 'detached' });
    expect((await cloud.store.admin.query('select title, priority from cloud.todos')).rows).toEqual([{ title: 'Ring up soon', priority: 1 }]);
    await page.keyboard.press('/');
    await page.keyboard.type('nobody');
    await page.getByText('Nothing found').waitFor();
  });

  it('works on plain records that a registration made', async () => {
    await using window = await enter();
    const { page } = window;
    await page.getByRole('link', { name: 'products' }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('product').fill('GTX');
    await drawer.getByLabel('series').fill('G');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Open GTX' }).click();
    await drawer.getByLabel('series').fill('H');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It was saved.').waitFor();
    expect((await cloud.store.admin.query('select series from records."acme$products"')).rows).toEqual([{ series: 'H' }]);
  });

  it('is told by field what somebody else changed meanwhile, and keeps the own work', async () => {
    await using window = await enter();
    const { page, look, expect4xx } = window;
    await page.getByRole('button', { name: 'Open Ada Yonath' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Notes').fill('mine');
    await cloud.store.admin.query(`update cloud.people set first_name = 'Ada E.' where last_name = 'Yonath'`);
    expect4xx(412);
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('First name is now: Ada E.').waitFor();
    await look('cloud-changed-meanwhile');
    await drawer.getByRole('button', { name: 'Keep my changes' }).click();
    await drawer.getByRole('button', { name: 'Save' }).click();
    await eventually(people).toContainEqual({ first_name: 'Ada E.', last_name: 'Yonath', notes: 'mine' });
  });

  it('changes values with labels, and what else stands in them is kept', async () => {
    await cloud.store.admin.query(`update cloud.people set emails = '[{"label": "work", "value": "ada@x.example", "extra": 1}]' where last_name = 'Lovelace'`);
    await using window = await enter();
    const { page } = window;
    await page.getByRole('button', { name: 'Open Ada Lovelace' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('E-mail addresses: value 1').fill('ada@y.example');
    await drawer.getByRole('button', { name: 'E-mail addresses: Add' }).click();
    await drawer.getByLabel('E-mail addresses: value 2').fill('second@y.example');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It was saved.').waitFor();
    expect((await cloud.store.admin.query(`select emails from cloud.people where last_name = 'Lovelace'`)).rows).toEqual([
      {
        emails: [
          { label: 'work', value: 'ada@y.example', extra: 1 },
          { label: 'work', value: 'second@y.example' },
        ],
      },
    ]);
  });

  it('may choose another password', async () => {
    await cloud.addEmployee('acme', 'pia@acme.example');
    await using window = await enter('pia@acme.example');
    const { page, look, expect4xx } = window;
    await page.getByRole('button', { name: 'pia: your account' }).click();
    await page.getByRole('menuitem', { name: 'Change password' }).click();
    const dialog = page.getByRole('dialog', { name: 'Change password' });
    expect4xx(422);
    await chooseOwn(window, EMPLOYEE_PASSWORD, 'passwordpassword');
    await dialog.getByText('It is easily guessed').waitFor();
    await look('cloud-password');
    await chooseOwn(window, EMPLOYEE_PASSWORD);
    await page.getByText('Your password was changed.').waitFor();
  });
});

describe('what was entered and not saved', () => {
  it('is not lost by a slip: the drawer closed, another place, going back, loading it again', async () => {
    await using window = await enter();
    const { page } = window;
    await page.getByRole('link', { name: 'Tasks' }).click();
    await page.getByRole('link', { name: 'Contacts' }).click();
    await page.getByRole('button', { name: 'Open Grace Hopper' }).click();
    const notes = page.getByRole('dialog', { name: 'Grace Hopper' }).getByLabel('Notes');
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    await notes.fill('half a sentence');
    const stay = async (): Promise<void> => {
      await question.getByRole('button', { name: 'Go on editing' }).click();
      await question.waitFor({ state: 'detached' });
      expect(await notes.inputValue()).toBe('half a sentence');
      expect(new URL(page.url()).searchParams.get('open')).toContain('id');
    };
    await page.keyboard.press('Escape');
    await stay();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await stay();
    await page.evaluate(() => history.back());
    await question.waitFor();
    await stay();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.evaluate(() => location.reload());
    await eventually(() => asked).toEqual(['beforeunload']);
    // What is entered and taken back again is nothing to lose.
    await notes.fill('');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Open Grace Hopper' }).click();
    await notes.fill('half a sentence');
    await page.evaluate(() => history.back());
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await people()).toContainEqual({ first_name: 'Grace', last_name: 'Hopper', notes: null });
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('dialog').getByLabel('First name').fill('Nobody');
    await page.keyboard.press('Escape');
    await question.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await people()).toHaveLength(3);
  });
});

describe('a list', () => {
  it('is sorted by each of its columns, says by which, and breaks no telephone number', async () => {
    await cloud.store.admin.query(
      `update cloud.people set title = case last_name when 'Hopper' then 'admiral' else 'Engineer' end, phones = jsonb_build_array(jsonb_build_object('label', 'work', 'value', '+44 7700 900 ' || length(last_name) || ' 123456'))`,
    );
    await using window = await enter('kim@acme.example', { width: 1400 });
    const { page } = window;
    const names = (): Promise<string[]> =>
      page.getByRole('button', { name: /^Open / }).evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''));
    const heading = (name: string) => page.getByRole('columnheader', { name });
    await eventually(names).toEqual(['Open Grace Hopper', 'Open Ada Lovelace', 'Open Ada Yonath']);
    expect(await heading('Last name').getAttribute('aria-sort')).toBe('ascending');
    await heading('First name').getByRole('button').click();
    await eventually(names).toEqual(['Open Ada Lovelace', 'Open Ada Yonath', 'Open Grace Hopper']);
    expect([await heading('Last name').getAttribute('aria-sort'), await heading('First name').getAttribute('aria-sort')]).toEqual(['none', 'ascending']);
    await heading('Title').getByRole('button').click();
    await eventually(names).toEqual(['Open Grace Hopper', 'Open Ada Lovelace', 'Open Ada Yonath']);
    await heading('Phones').getByRole('button').press('Enter');
    await eventually(names).toEqual(['Open Grace Hopper', 'Open Ada Yonath', 'Open Ada Lovelace']);
    await heading('Phones').getByRole('button').press('Enter');
    await eventually(names).toEqual(['Open Ada Lovelace', 'Open Ada Yonath', 'Open Grace Hopper']);
    expect(await heading('Phones').getAttribute('aria-sort')).toBe('descending');
    const heights = await page.getByRole('cell', { name: /^\+44/ }).evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().height));
    expect(heights).toHaveLength(3);
    expect(Math.max(...heights)).toBeLessThan(50);
  });
});

describe('the calendar', () => {
  it('shows a month with its series, and opens, adds and goes on', async () => {
    await cloud.store.admin.query(
      `insert into cloud.events (tenant, uid, title, starts_at, ends_at, rrule) values ('acme', 'w', 'Weekly', '2026-03-02 09:00', '2026-03-02 10:00', 'FREQ=WEEKLY;COUNT=4')`,
    );
    await using window = await enter();
    const { page } = window;
    await page.goto('/appointments?view=calendar&period=month&date=2026-03-10');
    const month = page.getByRole('region', { name: 'Calendar' });
    await eventually(() => month.getByText('Weekly').count()).toBe(4);
    await page.getByText('March 2026', { exact: true }).waitFor();
    await month.getByText('Weekly').first().click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Place', { exact: true }).fill('Room 3');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await page.getByText('It was saved.').waitFor();
    expect((await cloud.store.admin.query('select place from cloud.events')).rows).toEqual([{ place: 'Room 3' }]);
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByText('April 2026', { exact: true }).waitFor();
    await eventually(() => month.getByText('Weekly').count()).toBe(0);
    // By day and by week, and something new where one clicks.
    await page.getByText('Week', { exact: true }).click();
    expect(new URL(page.url()).searchParams.get('period')).toBe('week');
    await page.getByText('Month', { exact: true }).click();
    await month.locator('[data-date="2026-04-15"]').click();
    await drawer.getByLabel('Title').fill('Fair');
    expect(await drawer.getByLabel('First day').inputValue()).toBe('15/04/2026');
    expect(await drawer.getByLabel('Begins').count()).toBe(0);
    await drawer.getByLabel('Last day').fill('2026-04-14');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.getByText('This is before the begin.').waitFor();
    await drawer.getByLabel('Last day').fill('2026-04-16');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await month.getByText('Fair').first().waitFor();
    const fair = await cloud.store.admin.query(`select all_day, first_day::text, end_day::text, starts_at, time_zone from cloud.events where title = 'Fair'`);
    expect(fair.rows).toEqual([{ all_day: true, first_day: '2026-04-15', end_day: '2026-04-17', starts_at: null, time_zone: null }]);
    await page.getByText('List', { exact: true }).click();
    await page.getByRole('button', { name: 'Open Weekly' }).waitFor();
    // With times instead of days it keeps no day.
    await page.getByRole('button', { name: 'Open Fair' }).click();
    await drawer.getByRole('switch', { name: 'All day' }).uncheck();
    await drawer.getByLabel('Begins').fill('2026-04-15T10:00');
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.waitFor({ state: 'detached' });
    expect((await cloud.store.admin.query(`select first_day, end_day, starts_at::text from cloud.events where title = 'Fair'`)).rows).toEqual([
      { first_day: null, end_day: null, starts_at: '2026-04-15 10:00:00' },
    ]);
  });
});

describe('an administrator', () => {
  it('adds an employee, who chooses an own password; gives roles, blocks, and stays one', async () => {
    await using window = await enter('abe@acme.example');
    const { page, expect4xx } = window;
    await page.getByRole('link', { name: 'Employees' }).click();
    await page.getByRole('row', { name: /rea@acme\.example/ }).waitFor();
    await page.getByRole('button', { name: 'Add employee' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add employee' });
    await dialog.getByLabel('Name').fill('Noor Haddad');
    await dialog.getByLabel('E-mail address').fill('noor@acme.example');
    await dialog.getByRole('button', { name: 'Add employee' }).click();
    const given = page.getByRole('dialog', { name: 'Password of noor@acme.example' });
    const password = (await given.locator('code').textContent())?.trim() ?? '';
    await given.getByRole('button', { name: 'Done' }).click();

    await using first = await visit(address);
    await beginWith(first, 'noor@acme.example', password);
    await chooseOwn(first, password);
    await first.page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(await first.page.getByRole('link', { name: 'Employees' }).count()).toBe(0);

    await page.getByRole('combobox', { name: 'Role of Noor Haddad' }).click();
    await page.getByRole('option', { name: 'Reads only' }).click();
    const kept = async (): Promise<unknown[]> =>
      (await cloud.store.admin.query(`select role, disabled_at is not null as blocked from cloud.employees where email = 'noor@acme.example'`)).rows;
    await eventually(kept).toEqual([{ role: 'reader', blocked: false }]);
    await page.getByRole('button', { name: 'Noor Haddad: what to do' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog', { name: 'Disable Noor Haddad?' }).getByRole('button', { name: 'Disable' }).click();
    await eventually(kept).toEqual([{ role: 'reader', blocked: true }]);
    expect4xx(409);
    await page.getByRole('button', { name: 'abe: what to do' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog', { name: 'Disable abe?' }).getByRole('button', { name: 'Disable' }).click();
    await page.getByText('This is the last administrator.').waitFor();
    const acts = page
      .getByRole('region', { name: 'What was done' })
      .first()
      .getByRole('row', { name: /noor@acme\.example/ });
    await eventually(async () => (await acts.allTextContents()).map((text) => /(Disabled|Another role|Own password|Added)/.exec(text)?.[0])).toEqual([
      'Disabled',
      'Another role',
      'Own password',
      'Added',
    ]);
    expect(await acts.first().textContent()).toContain('abe@acme.example');
  });

  it('alone finds employees', async () => {
    await using window = await enter();
    expect(await window.page.getByRole('link', { name: 'Employees' }).count()).toBe(0);
    await window.page.goto('/employees.');
    await window.page.getByText('You may not do that.').waitFor();
  });
});

describe('a reader', () => {
  it('sees records and changes none', async () => {
    await using window = await enter('rea@acme.example');
    const { page } = window;
    expect(await page.getByRole('button', { name: 'Add', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Open Grace Hopper' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Notes').waitFor();
    expect(await drawer.getByLabel('Notes').getAttribute('readonly')).not.toBeNull();
    await drawer.getByText('You may read this record, and not change it.').waitFor();
    expect(await drawer.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await drawer.getByRole('button', { name: 'Delete' }).count()).toBe(0);
  });
});

describe('the page', () => {
  it('shows hostile and very long text as text', async () => {
    await cloud.store.admin.query('update cloud.people set first_name = $1, title = $2, notes = $3', [
      '<img src=x onerror="document.title=1">',
      '‮gnp.elif '.repeat(60),
      '=cmd|/C calc!A0 <script>alert(1)</script>',
    ]);
    await using window = await enter();
    const { page, look } = window;
    await page.getByRole('button', { name: /Open <img src=x onerror="document.title=1"> Hopper/ }).click();
    await page.getByRole('dialog').getByLabel('Notes').waitFor();
    await look('cloud-hostile');
    expect(await page.title()).toBe('Contacts · Team Cloud · acme');
  });

  it('speaks the language and has the look that its user chooses', async () => {
    await using window = await enter();
    const { page } = window;
    await page.getByRole('button', { name: 'kim: your account' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await eventually(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Kontakte' }).waitFor();
    expect(await page.title()).toBe('Kontakte · Team-Cloud · acme');
  });

  it('keeps what it shows in its address, and goes back', async () => {
    await using window = await enter();
    const { page } = window;
    await page.getByRole('searchbox', { name: 'Search' }).fill('hopper');
    await eventually(() => page.getByRole('button', { name: /^Open / }).count()).toBe(1);
    await page.getByRole('button', { name: 'Open Grace Hopper' }).click();
    await page.getByRole('dialog').getByLabel('Notes').waitFor();
    await page.reload();
    await page.getByRole('dialog').getByLabel('Notes').waitFor();
    await page.goBack();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?search=hopper');
    await page.goto('/nonsense');
    await page.getByText('There is no such list, or you may not see it.').waitFor();
  });

  it('on a phone and in the dark, in German, stays usable', async () => {
    await using window = await visit(address, { width: 360, height: 740, colorScheme: 'dark', locale: 'de-DE' });
    const { page, expect4xx } = window;
    expect4xx(401);
    await page.goto('/');
    await page.getByLabel('E-Mail-Adresse').fill('kim@acme.example');
    await page.getByRole('textbox', { name: 'Passwort' }).fill(EMPLOYEE_PASSWORD);
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.getByRole('button', { name: 'Grace Hopper öffnen' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    // Rows stand one below the other, each value behind its name; the headings sort.
    expect(await page.getByRole('row', { name: /Hopper/ }).textContent()).toContain('Analytical');
    await page.getByRole('button', { name: 'Vorname' }).click();
    await eventually(() => page.locator('tbody button').evaluateAll((all) => all.map((each) => each.textContent).join())).toBe('Lovelace,Yonath,Hopper');
    expect(await beyondTheEdge(page)).toEqual([]);
    await page.getByRole('button', { name: 'Menü öffnen' }).click();
    await page.getByRole('link', { name: 'Kalender' }).click();
    await page.getByText('Noch nichts hier').waitFor();
    await page.getByRole('button', { name: 'Hinzufügen' }).click();
    await page.getByRole('dialog').getByLabel('Titel').fill('Besuch');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.getByRole('button', { name: 'Besuch öffnen' }).waitFor();
    // Numbers are typed as the language writes them.
    await page.goto('/products?open=new');
    await page.getByRole('dialog').getByLabel('product').fill('MG');
    await page.getByRole('dialog').getByLabel('series').fill('M');
    await page.getByRole('dialog').getByLabel('price').fill('3.393,50');
    await page.getByRole('button', { name: 'Speichern' }).click();
    await page.getByRole('row', { name: /MG/ }).getByText('3393,50').waitFor();
    expect((await cloud.store.admin.query('select price::text from records."acme$products"')).rows).toEqual([{ price: '3393.50' }]);
  });

  it('says so when its server is away, keeps what was entered, and reads again by itself', async () => {
    await using server = await startTcpProxy(Number(new URL(address).port));
    await using window = await enter('kim@acme.example', {}, `http://127.0.0.1:${server.port}`);
    const { page, expectAway } = window;
    const offline = page.getByText('The page cannot reach its server.');
    await page.getByRole('button', { name: 'Open Grace Hopper' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByLabel('Notes').fill('kept');
    expectAway();
    server.set({ kind: 'cut' });
    await drawer.getByRole('button', { name: 'Save' }).click();
    await offline.first().waitFor();
    expect(await people()).toContainEqual({ first_name: 'Grace', last_name: 'Hopper', notes: null });
    server.set({ kind: 'pass' });
    await drawer.getByRole('button', { name: 'Save' }).click();
    await drawer.waitFor({ state: 'detached' });
    expect(await people()).toContainEqual({ first_name: 'Grace', last_name: 'Hopper', notes: 'kept' });
    server.set({ kind: 'cut' });
    await page.getByRole('searchbox', { name: 'Search' }).fill('ada');
    await offline.first().waitFor();
    server.set({ kind: 'pass' });
    // Nobody presses anything.
    await page.getByRole('button', { name: 'Open Ada Lovelace' }).waitFor();
    await offline.first().waitFor({ state: 'detached' });
  });
});
