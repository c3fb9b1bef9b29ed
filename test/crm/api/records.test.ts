import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCrmApp } from '../../../crm/crm-app.ts';
import { openCrmDatabase } from '../../../crm/database.ts';
import { type Requests, startTestCrm, type TestCrm } from '../test-crm.ts';
import { testRecordLists } from './record-lists.ts';

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

testRecordLists(
  () => crm,
  () => uwe,
);

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
