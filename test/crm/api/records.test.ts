import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCrmApp } from '../../../crm/crm-app.ts';
import { openCrmDatabase } from '../../../crm/database.ts';
import { type Requests, startTestCrm, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
beforeAll(async () => {
  crm = await startTestCrm();
  uwe = await crm.signIn('uwe@crm.example');
});
afterAll(() => crm[Symbol.asyncDispose]());

interface Stored {
  readonly id: string;
  readonly version: number;
}

/** Creates a record of a kind that has to be taken. */
async function create<T = Stored>(path: string, fields: object): Promise<T & Stored> {
  const answer = await uwe('POST', `/api/${path}`, fields);
  expect(answer.json()).toMatchObject({ version: 1 });
  return answer.json();
}

describe('a record', () => {
  it('is created, read, changed and deleted', async () => {
    const answer = await uwe('POST', '/api/contacts', { familyName: ' Lovelace ', givenName: '', emails: [{ label: 'work', value: 'ada@engine.example' }] });
    expect(answer.statusCode).toBe(201);
    const created = answer.json<Stored>();
    expect(created).toMatchObject({
      familyName: 'Lovelace',
      givenName: null,
      emails: [{ label: 'work', value: 'ada@engine.example' }],
      private: false,
      version: 1,
    });
    expect(answer.headers['location']).toBe(`/api/contacts/${created.id}`);
    expect((await uwe('GET', `/api/contacts/${created.id}`)).json()).toEqual(created);
    const changed = await uwe('PATCH', `/api/contacts/${created.id}`, { version: 1, changes: { jobTitle: 'Analyst', creditLimit: '1200.5' } });
    expect(changed.json()).toMatchObject({ ...created, jobTitle: 'Analyst', creditLimit: '1200.50', version: 2, updatedAt: expect.any(String) });
    expect((await uwe('DELETE', `/api/contacts/${created.id}?version=2`)).statusCode).toBe(204);
    expect((await uwe('GET', `/api/contacts/${created.id}`)).json()).toMatchObject({ code: 'record-not-found', status: 404 });
  });

  it('is read with others by their ids, in their order, once each; those that are gone are left out', async () => {
    const [one, two] = [await create('tasks', { subject: 'One' }), await create('tasks', { subject: 'Two' })];
    const query = [two, one, two, { id: crypto.randomUUID() }].map(({ id }) => `id=${id}`).join('&');
    expect((await uwe('GET', `/api/records-by-id/tasks?${query}`)).json()).toEqual({ rows: [two, one] });
    expect((await uwe('GET', '/api/records-by-id/contacts')).json()).toEqual({ rows: [] });
    expect((await uwe('GET', '/api/records-by-id/tasks?id=1')).json()).toMatchObject({ code: 'bad-request' });
  });

  it('is not changed where only the same was entered', async () => {
    const { id } = await create('tasks', { subject: 'Same' });
    expect((await uwe('PATCH', `/api/tasks/${id}`, { version: 1, changes: { subject: 'Same' } })).json()).toMatchObject({ version: 1 });
  });

  it('keeps the optimistic lock: a change or deletion of an older version is refused and changes nothing', async () => {
    const { id } = await create('contacts', { familyName: 'Locked' });
    expect((await uwe('PATCH', `/api/contacts/${id}`, { version: 1, changes: { note: 'first' } })).statusCode).toBe(200);
    const late = await uwe('PATCH', `/api/contacts/${id}`, { version: 1, changes: { note: 'late' } });
    expect(late.statusCode).toBe(412);
    expect(late.json()).toMatchObject({ code: 'version-conflict', facts: { expectedVersion: 1, storedVersion: 2 }, noUpdate: 'No update was performed.' });
    expect((await uwe('DELETE', `/api/contacts/${id}?version=1`)).statusCode).toBe(412);
    expect((await uwe('GET', `/api/contacts/${id}`)).json()).toMatchObject({ note: 'first', version: 2 });
  });

  it('lets one of two changes of the same version through, whichever comes first', async () => {
    const { id } = await create('contacts', { familyName: 'Raced' });
    const answers = await Promise.all(['one', 'two', 'three', 'four'].map((note) => uwe('PATCH', `/api/contacts/${id}`, { version: 1, changes: { note } })));
    expect(answers.map((answer) => answer.statusCode).toSorted()).toEqual([200, 412, 412, 412]);
  });

  it('is not changed by who read it before a change that was still under way', async () => {
    const { id } = await create('contacts', { familyName: 'Overtaken' });
    await crm.admin.query('begin');
    await crm.admin.query(`update crm.contacts set note = 'first' where id = $1`, [id]);
    const late = uwe('PATCH', `/api/contacts/${id}`, { version: 1, changes: { note: 'late' } });
    const isBlocked = `select from pg_stat_activity where usename = 'crm_page' and datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await crm.admin.query(isBlocked)).rowCount, { timeout: 15_000 }).toBe(1);
    await crm.admin.query('commit');
    expect((await late).json()).toMatchObject({ code: 'version-conflict', facts: { storedVersion: 2 } });
    expect((await uwe('GET', `/api/contacts/${id}`)).json()).toMatchObject({ note: 'first', version: 2 });
  });

  it('is said to be changed before it is said to be wrong', async () => {
    const { id } = await create('tasks', { subject: 'Moved', dueDate: '2026-07-30' });
    await uwe('PATCH', `/api/tasks/${id}`, { version: 1, changes: { dueDate: null } });
    expect((await uwe('PATCH', `/api/tasks/${id}`, { version: 1, changes: { dueTime: '09:00' } })).json()).toMatchObject({ code: 'version-conflict' });
  });

  it('tells the store who changed it', async () => {
    await crm.admin.query(`
      create table public.actors (actor text);
      create function public.note_actor() returns trigger language plpgsql security definer as
        $$ begin insert into public.actors values (current_setting('tidegate.actor', true)); return null; end $$;
      create trigger note_actor after insert or update or delete on crm.tasks for each statement execute function public.note_actor()`);
    const { id } = await create('tasks', { subject: 'Mine' });
    await uwe('PATCH', `/api/tasks/${id}`, { version: 1, changes: { priority: 1 } });
    await uwe('DELETE', `/api/tasks/${id}?version=2`);
    const { rows } = await crm.admin.query('select actor from public.actors');
    expect(rows).toEqual([{ actor: 'uwe@crm.example' }, { actor: 'uwe@crm.example' }, { actor: 'uwe@crm.example' }]);
    await crm.admin.query('drop trigger note_actor on crm.tasks');
  });

  it.each([
    ['a field that does not exist', 'contacts', { familyName: 'X', version: 7 }],
    ['a field that only the store sets', 'contacts', { familyName: 'X', residue: {} }],
    ['a contact without any name', 'contacts', { note: 'who?' }],
    ['an e-mail address that is none', 'contacts', { familyName: 'X', emails: [{ label: 'work', value: 'none' }] }],
    ['a task without a subject', 'tasks', { subject: '  ' }],
    ['a time without a date', 'tasks', { subject: 'X', dueTime: '09:00' }],
    ['a time zone that is none', 'tasks', { subject: 'X', dueDate: '2026-07-30', dueTime: '09:00', timeZone: 'Mars/Phobos' }],
    ['a date that is none', 'tasks', { subject: 'X', dueDate: '2026-02-30' }],
    ['an appointment without a start', 'appointments', { summary: 'X' }],
    ['an appointment that ends before it starts', 'appointments', { summary: 'X', startsAt: '2026-07-30T10:00', endsAt: '2026-07-30T09:00' }],
    ['an all-day appointment with a time', 'appointments', { summary: 'X', allDay: true, startDate: '2026-07-30', startsAt: '2026-07-30T10:00' }],
    ['a wall time with a zone of its own', 'appointments', { summary: 'X', startsAt: '2026-07-30T10:00:00Z' }],
    ['something that is no record', 'contacts', ['a', 'b']],
  ])('is refused for %s, and nothing is stored', async (_what, path, fields) => {
    const before = await crm.admin.query(`select count(*) from crm.${path}`);
    const answer = await uwe('POST', `/api/${path}`, fields);
    expect(answer.json()).toMatchObject({ code: 'bad-request', status: 400, facts: { faults: [expect.any(String)] } });
    expect((await crm.admin.query(`select count(*) from crm.${path}`)).rows).toEqual(before.rows);
  });

  it('is refused with the name of the constraint where only the store knows better, without its content', async () => {
    const answer = await uwe('POST', '/api/contacts', { familyName: 'Secretname', accountId: crypto.randomUUID() });
    expect(answer.json()).toMatchObject({ code: 'constraint-violated', status: 422, facts: { constraint: 'contacts_account_id_fkey' } });
    expect(answer.body).not.toContain('Secretname');
  });

  it('is not asked for by an id that is none', async () => {
    expect((await uwe('GET', '/api/contacts/1')).json()).toMatchObject({ code: 'bad-request' });
  });

  it('is only read by an auditor', async () => {
    const aud = await crm.signIn('aud@crm.example');
    const { id } = await create('tasks', { subject: 'Audited' });
    expect((await aud('GET', `/api/tasks/${id}`)).statusCode).toBe(200);
    expect((await aud('PATCH', `/api/tasks/${id}`, { version: 1, changes: { subject: 'Altered' } })).json()).toMatchObject({
      code: 'not-allowed',
      status: 403,
    });
    expect((await aud('DELETE', `/api/tasks/${id}?version=1`)).statusCode).toBe(403);
    expect((await aud('POST', '/api/tasks', { subject: 'New' })).statusCode).toBe(403);
  });
});

describe('what does not fit the page’s kinds', () => {
  it('is shown, and stays as it is where other fields change', async () => {
    const { rows } = await crm.admin.query<{ id: string }>(
      `insert into crm.contacts (family_name, emails, phones) values ('Foreign', '[{"label": "work", "value": "a@b", "pref": 1}, "bare"]', '[{"type": "cell"}]') returning id`,
    );
    const id = rows[0]?.id ?? '';
    const read = (await uwe('GET', `/api/contacts/${id}`)).json<{ emails: unknown }>();
    expect(read.emails).toEqual([
      { label: 'work', value: 'a@b', pref: 1 },
      { label: '', value: 'bare' },
    ]);
    expect((await uwe('PATCH', `/api/contacts/${id}`, { version: 1, changes: { note: 'kept' } })).statusCode).toBe(200);
    const after = await crm.admin.query(`select emails, phones from crm.contacts where id = $1`, [id]);
    expect(after.rows).toEqual([{ emails: [{ label: 'work', value: 'a@b', pref: 1 }, 'bare'], phones: [{ type: 'cell' }] }]);
  });

  it('keeps microseconds of times that were not changed', async () => {
    const { rows } = await crm.admin.query<{ id: string }>(
      `insert into crm.appointments (uid, summary, starts_at) values ('u1', 'Precise', '2026-07-30 09:00:00.123456') returning id`,
    );
    await uwe('PATCH', `/api/appointments/${rows[0]?.id}`, { version: 1, changes: { summary: 'Still precise' } });
    const { rows: after } = await crm.admin.query(`select starts_at::text, summary from crm.appointments where id = $1`, [rows[0]?.id]);
    expect(after).toEqual([{ starts_at: '2026-07-30 09:00:00.123456', summary: 'Still precise' }]);
  });
});

describe('dates and times', () => {
  it('stay what they are in every zone', async () => {
    const appointment = await create('appointments', {
      summary: 'Dentist',
      startsAt: '2026-03-29T02:30',
      endsAt: '2026-03-29T03:00:00',
      timeZone: 'Europe/Berlin',
    });
    expect(appointment).toMatchObject({ startsAt: '2026-03-29T02:30:00', endsAt: '2026-03-29T03:00:00', timeZone: 'Europe/Berlin', allDay: false });
    const { rows } = await crm.admin.query(`select starts_at::text, time_zone, uid from crm.appointments where id = $1`, [appointment.id]);
    expect(rows).toEqual([{ starts_at: '2026-03-29 02:30:00', time_zone: 'Europe/Berlin', uid: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    const allDay = await create('appointments', { summary: 'Fair', allDay: true, startDate: '2026-07-30', endDate: '2026-08-01' });
    expect(allDay).toMatchObject({ startDate: '2026-07-30', endDate: '2026-08-01', startsAt: null });
    const task = await create('tasks', { subject: 'Call', dueDate: '2026-07-30', dueTime: '23:59' });
    expect(task).toMatchObject({ dueDate: '2026-07-30', dueTime: '23:59:00' });
  });

  it('turn an appointment into an all-day one only as a whole', async () => {
    const { id } = await create('appointments', { summary: 'Trip', startsAt: '2026-07-30T10:00' });
    expect((await uwe('PATCH', `/api/appointments/${id}`, { version: 1, changes: { allDay: true } })).json()).toMatchObject({ code: 'bad-request' });
    const changes = { allDay: true, startDate: '2026-07-30', startsAt: null };
    expect((await uwe('PATCH', `/api/appointments/${id}`, { version: 1, changes })).json()).toMatchObject({
      allDay: true,
      startDate: '2026-07-30',
      startsAt: null,
    });
  });

  it('note when a task was done, and forget it when it is open again', async () => {
    const { id } = await create('tasks', { subject: 'Finish' });
    const completed = async (): Promise<unknown> => (await crm.admin.query('select completed_at from crm.tasks where id = $1', [id])).rows[0]?.completed_at;
    await uwe('PATCH', `/api/tasks/${id}`, { version: 1, changes: { status: 'done' } });
    expect(await completed()).toBeInstanceOf(Date);
    await uwe('PATCH', `/api/tasks/${id}`, { version: 2, changes: { status: 'open' } });
    expect(await completed()).toBeNull();
  });
});

describe('a list', () => {
  beforeAll(async () => {
    await crm.admin.query('delete from crm.contacts');
    await crm.admin.query(`insert into crm.accounts (name) values ('Acme Corp'), ('Zenith')`);
    await crm.admin.query(`
      insert into crm.contacts (family_name, given_name, company, emails)
      select 'Name' || lpad(n::text, 3, '0'), 'Given', case when n % 2 = 0 then 'Even & Co' else '100% Odd_Ltd' end,
             jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'p' || n || '@mail.example'))
        from generate_series(1, 60) as n`);
  });

  interface Page {
    readonly rows: readonly { readonly id: string; readonly familyName: string }[];
    readonly total: number;
  }
  const list = async (query: string): Promise<Page> => (await uwe('GET', `/api/contacts?${query}`)).json();
  const names = (page: Page): string[] => page.rows.map((row) => row.familyName);

  it('comes in pages that do not overlap, with the number of all', async () => {
    const pages = await Promise.all([1, 2, 3].map((page) => list(`sort=company&direction=desc&page=${page}&size=25`)));
    expect(pages.map((page) => page.rows.length)).toEqual([25, 25, 10]);
    expect(new Set(pages.flatMap((page) => page.rows.map((row) => row.id))).size).toBe(60);
    expect(pages[0]?.total).toBe(60);
  });

  it('is sorted', async () => {
    expect(names(await list('sort=name&size=2'))).toEqual(['Name001', 'Name002']);
    expect(names(await list('sort=name&direction=desc&size=2'))).toEqual(['Name060', 'Name059']);
  });

  it.each([
    ['words in any column and any case', 'name01 EVEN', 5],
    ['values of several, and not their labels', 'p7@mail', 1],
    ['labels', 'work', 0],
    ['wildcards as themselves', '100%', 30],
    ['underscores as themselves', 'odd_L', 30],
    ['short words at the beginnings of words', 'ev', 30],
    ['short words inside of others', 'dd', 0],
    ['no wildcard', 'Name%1', 0],
    ['two wildcards as themselves', '%%', 0],
    ['quotes', `O'Brien"); drop table crm.contacts; --`, 0],
    ['a backslash', String.raw`\ `, 0],
  ])('is searched for %s', async (_what, search, total) => {
    expect((await list(`search=${encodeURIComponent(search)}`)).total).toBe(total);
  });

  it.each(['size=0', 'size=101', 'page=0', 'page=x', 'sort=passwordHash', 'sort=id;drop', 'direction=up', 'unknown=1'])('refuses %s', async (query) => {
    expect((await uwe('GET', `/api/contacts?${query}`)).json()).toMatchObject({ code: 'bad-request' });
  });

  it.each(['name', 'company', 'jobTitle', 'updatedAt'])('of contacts sorts by %s', async (sort) => {
    expect((await list(`sort=${sort}`)).total).toBe(60);
  });

  it.each(['start', 'summary', 'location', 'status', 'updatedAt'])('of appointments sorts by %s', async (sort) => {
    expect((await uwe('GET', `/api/appointments?sort=${sort}`)).statusCode).toBe(200);
  });

  it.each(['dueDate', 'subject', 'status', 'priority', 'updatedAt'])('of tasks sorts by %s', async (sort) => {
    expect((await uwe('GET', `/api/tasks?sort=${sort}`)).statusCode).toBe(200);
  });

  it('of tasks shows the contact’s name', async () => {
    const [contact] = (await list('size=1')).rows;
    await create('tasks', { subject: 'With contact', contactId: contact?.id });
    const answer = await uwe('GET', '/api/tasks?search=With');
    expect(answer.json()).toMatchObject({ rows: [{ contactName: `Given ${contact?.familyName}` }] });
  });

  it('of accounts gives names to choose from', async () => {
    const all = (await uwe('GET', '/api/accounts?search=')).json<{ rows: { id: string; name: string }[] }>();
    expect(all.rows.map((row) => row.name)).toEqual(['Acme Corp', 'Zenith']);
    expect((await uwe('GET', '/api/accounts?search=acm')).json<{ rows: unknown[] }>().rows).toHaveLength(1);
  });
});

describe('a list that is narrowed and sorted', () => {
  const found: Record<'anna' | 'shop', string> = { anna: '', shop: '' };
  beforeAll(async () => {
    await crm.admin.query('delete from crm.tasks; delete from crm.appointments; delete from crm.contacts; delete from crm.accounts');
    const { rows } = await crm.admin.query<{ shop: string; anna: string }>(`
      with shop as (insert into crm.accounts (name, industry) values ('Shop', 'Retail') returning id),
           anna as (insert into crm.contacts (family_name, company, account_id, emails, private)
                    select 'Anna', 'Beta', id, '[{"label": "work", "value": "a@x.example"}]', true from shop returning id)
      select (select id from shop) as shop, (select id from anna) as anna`);
    Object.assign(found, rows[0]);
    await crm.admin.query(`insert into crm.accounts (name, industry) values ('Mill', 'Farming'), ('Nameless', null)`);
    await crm.admin.query(`insert into crm.contacts (family_name, company) values ('Bert', 'alpha'), ('Cora', null), ('Dora', 'Gamma')`);
    await crm.admin.query(`
      insert into crm.appointments (uid, summary, all_day, start_date, end_date, starts_at, ends_at, recurrence, status, private) values
        ('fair', 'fair', true, '2026-07-01', '2026-07-03', null, null, null, 'confirmed', false),
        ('call', 'call', false, null, null, '2026-07-10 09:00', '2026-07-10 10:00', null, 'tentative', true),
        ('night', 'night', false, null, null, '2026-07-15 22:00', '2026-07-16 06:00', null, 'confirmed', false),
        ('open end', 'open end', false, null, null, '2026-07-20 09:00', null, null, 'cancelled', false),
        ('one day', 'one day', true, '2026-07-31', null, null, null, null, 'confirmed', false),
        ('weekly', 'weekly', false, null, null, '2026-01-05 09:00', '2026-01-05 10:00', 'FREQ=WEEKLY', 'confirmed', false)`);
    await crm.admin.query(
      `insert into crm.tasks (subject, due_date, due_time, status, priority, contact_id, private) values
         ('late', '2026-07-29', null, 'open', 5, null, false), ('begun', '2026-07-30', '09:00', 'in_progress', 1, null, false),
         ('done', '2026-07-30', '08:00', 'done', 9, null, true), ('dropped', '2026-07-31', null, 'cancelled', 0, $1, false), ('some day', null, null, 'open', 0, null, false)`,
      [found.anna],
    );
  });

  const names = async (path: string): Promise<readonly (string | undefined)[]> => {
    const answer = (await uwe('GET', `/api/${path}`)).json<{ rows: Record<'familyName' | 'summary' | 'subject' | 'name', string>[]; total: number }>();
    const shown = answer.rows.map(({ familyName, summary, subject, name }) => familyName ?? summary ?? subject ?? name);
    expect(answer.total).toBe(shown.length);
    return shown;
  };

  it.each([
    ['contacts?private=true', ['Anna']],
    ['contacts?private=false', ['Bert', 'Cora', 'Dora']],
    ['contacts?hasEmail=true', ['Anna']],
    ['contacts?hasEmail=false', ['Bert', 'Cora', 'Dora']],
    ['contacts?hasEmail=true&private=false', []],
    ['accounts?industry=Retail', ['Shop']],
    ['accounts?industry=retail', []],
    ['tasks?status=open', ['late', 'some day']],
    ['tasks?status=unfinished', ['late', 'begun', 'some day']],
    // What was due yesterday and is not done: the page's "overdue" on the 30th.
    ['tasks?dueTo=2026-07-29&status=unfinished', ['late']],
    ['tasks?dueFrom=2026-07-30&dueTo=2026-07-30', ['done', 'begun']],
    ['tasks?dueFrom=2026-07-30', ['done', 'begun', 'dropped']],
    ['tasks?hasDate=false', ['some day']],
    ['tasks?hasDate=true&private=false', ['late', 'begun', 'dropped']],
    ['appointments?status=tentative', ['call']],
    ['appointments?private=true', ['call']],
    ['appointments?recurring=true', ['weekly']],
    ['appointments?recurring=false&status=confirmed', ['fair', 'night', 'one day']],
    // The last day of what takes whole days is the day before its end; a series is never over by its first day.
    ['appointments?from=2026-07-02&to=2026-07-09', ['weekly', 'fair']],
    ['appointments?from=2026-07-03&to=2026-07-09', ['weekly']],
    ['appointments?from=2026-07-16&to=2026-07-16', ['weekly', 'night']],
    ['appointments?from=2026-07-17&to=2026-07-20', ['weekly', 'open end']],
    ['appointments?from=2026-07-31', ['weekly', 'one day']],
    ['appointments?from=2026-08-01', ['weekly']],
    ['appointments?to=2025-12-31', []],
  ])('%s: %j', async (path, expected) => {
    expect(await names(path)).toEqual(expected);
  });

  it('by another record has what belongs to it', async () => {
    expect(await names(`contacts?account=${found.shop}`)).toEqual(['Anna']);
    expect(await names(`tasks?contact=${found.anna}`)).toEqual(['dropped']);
    expect(await names(`contacts?account=${found.anna}`)).toEqual([]);
  });

  it.each([
    ['contacts?sort=company', ['Bert', 'Anna', 'Dora', 'Cora']],
    ['contacts?sort=company&direction=desc', ['Dora', 'Anna', 'Bert', 'Cora']],
    ['tasks?sort=priority', ['begun', 'late', 'done']],
    ['tasks?sort=priority&direction=desc', ['done', 'late', 'begun']],
    ['tasks?sort=dueDate', ['late', 'done', 'begun', 'dropped', 'some day']],
    ['tasks?sort=dueDate&direction=desc', ['dropped', 'begun', 'done', 'late', 'some day']],
    ['appointments?sort=start', ['weekly', 'fair', 'call', 'night', 'open end', 'one day']],
    ['appointments?sort=start&direction=desc', ['one day', 'open end', 'night', 'call', 'fair', 'weekly']],
    ['accounts?sort=industry&direction=desc', ['Shop', 'Mill', 'Nameless']],
  ])('%s begins with %j: what is empty comes last, either way', async (path, expected) => {
    expect((await names(path)).slice(0, expected.length)).toEqual(expected);
  });

  it.each([
    'contacts?private=perhaps',
    'contacts?account=Shop',
    'contacts?dueTo=2026-07-30',
    'tasks?dueTo=30.7.2026',
    'tasks?status=lost',
    'tasks?contact=Anna',
    'appointments?from=2026-02-30',
    'appointments?status=open',
    'accounts?industry=a&industry=b',
  ])('is refused for what cannot be: %s', async (path) => {
    expect((await uwe('GET', `/api/${path}`)).json()).toMatchObject({ status: 400, code: 'bad-request' });
  });
});

describe('the door', () => {
  it('answers unknown paths, unreadable and too large bodies with problem documents', async () => {
    expect((await uwe('GET', '/api/nothing')).json()).toMatchObject({ code: 'path-unknown', status: 404 });
    const broken = await crm.app.inject({ method: 'POST', url: '/api/contacts', payload: '{', headers: { 'content-type': 'application/json' } });
    expect(broken.json()).toMatchObject({ code: 'bad-request', status: 400 });
    const large = await uwe('POST', '/api/contacts', { note: 'x'.repeat(2_000_000) });
    expect(large.json()).toMatchObject({ code: 'too-large', status: 413 });
  });

  it('keeps answers out of caches and frames', async () => {
    const { headers } = await uwe('GET', '/api/contacts');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
    });
  });

  it('says that the database is away, and nothing else', async () => {
    await using away = openCrmDatabase('postgresql://crm_page:secret@127.0.0.1:9/nowhere');
    const app = await createCrmApp({ database: away, links: [], control: crm.control });
    const answer = await app.inject({ url: '/api/contacts', cookies: { 'tidegate-session': 'any' } });
    expect(answer.json()).toMatchObject({ code: 'database-unavailable', status: 503, noUpdate: 'No update was performed.' });
    expect(answer.body).not.toMatch(/secret|crm_page|127/);
    await app.close();
  });
});
