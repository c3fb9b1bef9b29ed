import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmployeeRequests, startTestCloudPage, type TestCloudPage } from './test-cloud-page.ts';

interface Row {
  readonly key: Record<string, string>;
  readonly version: string;
  readonly values: Record<string, string | null>;
}

let page: TestCloudPage;
let kim: EmployeeRequests;
let globex: EmployeeRequests;
beforeAll(async () => {
  page = await startTestCloudPage();
  kim = await page.signIn('kim@acme.example');
  globex = await page.signIn('glo@globex.example');
});
afterAll(() => page[Symbol.asyncDispose]());
beforeEach(async () => {
  await page.store.admin.query(`truncate cloud.people, cloud.todos, cloud.events, records."acme$products"; truncate tidegate.change_log`);
});

const add = async (collection: string, values: Record<string, string | null>, requests = kim): Promise<Row> => {
  const answer = await requests('POST', `/api/records/${collection}`, { values });
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)]);
  return answer.json<Row>();
};
const list = async (collection: string, query = '', requests = kim): Promise<{ rows: Row[]; total: number }> =>
  (await requests('GET', `/api/records/${collection}${query}`)).json();

describe('collections', () => {
  it('are the applications and the tenant’s plain records, each with who may change its fields', async () => {
    const { rows } = (await kim('GET', '/api/collections')).json<{ rows: { name: string; fields: { name: string; access: string }[] }[] }>();
    expect(rows.map(({ name }) => name)).toEqual(['contacts', 'appointments', 'tasks', 'products']);
    const accessOf = (collection: string) =>
      Object.fromEntries(rows.find(({ name }) => name === collection)?.fields.map(({ name, access }) => [name, access]) ?? []);
    expect(accessOf('contacts')).toMatchObject({ id: 'key', givenName: 'open', company: 'crm' });
    expect(accessOf('tasks')).toMatchObject({ subject: 'open', description: 'crm', contactId: 'open' });
    expect(accessOf('products')).toEqual({ product: 'key', series: 'open', price: 'crm', tags: 'open', state: 'open' });
    const other = (await globex('GET', '/api/collections')).json<{ rows: { name: string }[] }>();
    expect(other.rows.map(({ name }) => name)).toEqual(['contacts', 'appointments', 'tasks']);
  });
});

describe('records', () => {
  it('are added, changed and deleted, and the change log names the employee', async () => {
    const made = await add('contacts', { givenName: 'Ada', familyName: 'Lovelace', company: 'Analytical' });
    expect(made.values).toMatchObject({ givenName: 'Ada', company: 'Analytical', note: null });
    const changed = await kim('PATCH', '/api/records/contacts', { key: made.key, version: made.version, set: { note: 'likes mail', givenName: null } });
    expect(changed.json<Row>().values).toMatchObject({ givenName: null, familyName: 'Lovelace', note: 'likes mail' });
    const { version } = changed.json<Row>();
    expect((await kim('POST', '/api/records/contacts/remove', { key: made.key, version })).statusCode).toBe(204);
    expect(await list('contacts')).toEqual({ rows: [], total: 0 });
    const { rows } = await page.store.admin.query('select op, actor, origin from tidegate.change_log order by id');
    expect(rows).toEqual(['I', 'U', 'D'].map((op) => ({ op, actor: 'kim@acme.example', origin: null })));
  });

  it('of plain collections too, in the words of the wire', async () => {
    const made = await add('products', { product: 'GTX', series: 'G', tags: '{a,"b c"}', price: '12.50' });
    expect(made).toMatchObject({ key: { product: 'GTX' }, values: { price: '12.50', tags: '{a,"b c"}' } });
    const task = await add('tasks', { subject: 'call', status: 'in-progress' });
    expect(task.values['status']).toBe('in-progress');
    expect((await page.store.admin.query('select status from cloud.todos')).rows).toEqual([{ status: 'IN-PROCESS' }]);
  });

  it('are found by words anywhere, a page at a time, in the wanted order', async () => {
    for (const [givenName, familyName] of [
      ['Ada', 'Lovelace'],
      ['Grace', 'Hopper'],
      ['Ada', 'Yonath'],
      ['100%', 'Sure_'],
    ])
      await add('contacts', { givenName: givenName ?? '', familyName: familyName ?? '' });
    const names = async (query: string) => (await list('contacts', query)).rows.map(({ values }) => values['familyName']);
    expect(await names('?sort=familyName')).toEqual(['Hopper', 'Lovelace', 'Sure_', 'Yonath']);
    expect(await names('?sort=familyName&direction=desc&search=ada')).toEqual(['Yonath', 'Lovelace']);
    expect(await names('?sort=givenName&sort=familyName')).toEqual(['Sure_', 'Lovelace', 'Yonath', 'Hopper']);
    expect(await names('?sort=givenName&sort=familyName&direction=desc')).toEqual(['Hopper', 'Yonath', 'Lovelace', 'Sure_']);
    expect(await names('?search=ada%20love')).toEqual(['Lovelace']);
    expect(await names('?search=%25')).toEqual(['Sure_']);
    expect(await names('?search=e_')).toEqual(['Sure_']);
    expect(await names(`?search=${encodeURIComponent(`'; drop table cloud.people --`)}`)).toEqual([]);
    expect(await list('contacts', '?sort=familyName&size=2&page=2')).toMatchObject({ total: 4, rows: [{ values: { familyName: 'Sure_' } }, {}] });
  });

  it('are sorted by what is seen: letters of any size, the first of several values, days among times', async () => {
    for (const [familyName, value] of [
      ['beta', 'c@x.example'],
      ['Alpha', 'b@x.example'],
      ['Gamma', 'A@x.example'],
    ])
      await add('contacts', { familyName: familyName ?? '', emails: JSON.stringify([{ label: 'work', value }]) });
    const names = async (query: string) => (await list('contacts', query)).rows.map(({ values }) => values['familyName']);
    expect(await names('?sort=familyName')).toEqual(['Alpha', 'beta', 'Gamma']);
    expect(await names('?sort=emails')).toEqual(['Gamma', 'Alpha', 'beta']);
    for (const [summary, times] of [
      ['second', { startDate: '2026-03-02', endDate: '2026-03-03', allDay: 'true' }],
      ['third', { startsAt: '2026-03-02 09:00' }],
      ['first', { startsAt: '2026-03-01 09:00' }],
    ] as const)
      await add('appointments', { summary, uid: summary, ...times });
    expect((await list('appointments', '?sort=startsAt')).rows.map(({ values }) => values['summary'])).toEqual(['first', 'second', 'third']);
    await add('contacts', { company: 'Without a name' });
    for (const direction of ['asc', 'desc']) expect((await names(`?sort=familyName&direction=${direction}`)).at(-1)).toBeNull();
    expect((await kim('GET', `/api/records/contacts?${'sort=familyName&'.repeat(6)}`)).json()).toMatchObject({ code: 'bad-request' });
  });

  it('are another tenant’s never', async () => {
    const made = await add('contacts', { givenName: 'Ada' });
    expect((await list('contacts', '', globex)).total).toBe(0);
    const key = encodeURIComponent(JSON.stringify(made.key));
    expect((await globex('GET', `/api/records/contacts/one?key=${key}`)).json()).toMatchObject({ code: 'record-not-found' });
    for (const [method, path, body] of [
      ['PATCH', '/api/records/contacts', { set: { note: 'mine' } }],
      ['POST', '/api/records/contacts/remove', {}],
    ] as const)
      expect((await globex(method, path, { key: made.key, version: made.version, ...body })).json()).toMatchObject({ code: 'record-not-found' });
    expect((await globex('GET', '/api/records/products')).json()).toMatchObject({ code: 'collection-unknown' });
    expect((await list('contacts')).rows).toEqual([made]);
  });
});

describe('two employees at one record', () => {
  it('never overwrite what the other did: who comes second is told', async () => {
    const made = await add('contacts', { givenName: 'Ada' });
    const first = await kim('PATCH', '/api/records/contacts', { key: made.key, version: made.version, set: { note: 'first' } });
    expect(first.statusCode).toBe(200);
    const second = await kim('PATCH', '/api/records/contacts', { key: made.key, version: made.version, set: { note: 'second' } });
    expect(second.json()).toMatchObject({ status: 412, code: 'version-conflict', noUpdate: 'No update was performed.' });
    expect((await kim('POST', '/api/records/contacts/remove', { key: made.key, version: made.version })).json()).toMatchObject({ code: 'version-conflict' });
    expect((await list('contacts')).rows[0]?.values).toMatchObject({ note: 'first' });
  });

  it('at the same moment: one of them wins', async () => {
    const made = await add('contacts', { givenName: 'Ada' });
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((note) => kim('PATCH', '/api/records/contacts', { key: made.key, version: made.version, set: { note } })),
    );
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 412, 412, 412]);
  });
});

describe('what is refused', () => {
  it('says which fields do not fit, and nothing of what was typed', async () => {
    const answer = await kim('POST', '/api/records/tasks', { values: { subject: 'x', dueDate: '2026-13-45', status: 'secret-state', priority: 'high' } });
    expect(answer.json<{ facts: { fields: string[] } }>()).toMatchObject({ code: 'value-invalid', facts: { fields: expect.any(Array) } });
    expect(answer.json<{ facts: { fields: string[] } }>().facts.fields.toSorted()).toEqual(['dueDate', 'priority', 'status']);
    expect(answer.body).not.toMatch(/2026-13|secret-state|high/);
    expect((await kim('POST', '/api/records/tasks', { values: { dueDate: '2026-01-01' } })).json()).toMatchObject({
      code: 'value-invalid',
      facts: { fields: ['subject'] },
    });
    expect((await list('tasks')).total).toBe(0);
    // What is needed is not taken away later either.
    const { key, version } = await add('tasks', { subject: 'call' });
    expect((await kim('PATCH', '/api/records/tasks', { key, version, set: { subject: null, dueDate: '2026-01-01' } })).json()).toMatchObject({
      code: 'value-invalid',
      facts: { fields: ['subject'] },
    });
    expect((await list('tasks')).rows).toMatchObject([{ version, values: { subject: 'call', dueDate: null } }]);
  });

  it('is a change of what belongs to the CRM, of a key, or of what is not there', async () => {
    const made = await add('contacts', { givenName: 'Ada', company: 'Analytical' });
    for (const set of [{ company: 'Other' }, { id: randomUUID() }, { shoeSize: '43' }, { tenant: 'globex' }])
      expect((await kim('PATCH', '/api/records/contacts', { key: made.key, version: made.version, set })).json()).toMatchObject({ code: 'field-denied' });
    expect((await kim('GET', '/api/records/nothing')).json()).toMatchObject({ code: 'collection-unknown' });
    expect((await kim('GET', '/api/records/contacts/one?key=nonsense')).json()).toMatchObject({ code: 'bad-request' });
    expect((await kim('GET', '/api/records/contacts?sort=tenant')).json()).toMatchObject({ code: 'bad-request' });
    expect((await list('contacts')).rows).toEqual([made]);
  });

  it('is what the database holds together: a task of nobody, a contact with tasks', async () => {
    expect((await kim('POST', '/api/records/tasks', { values: { subject: 'x', contactId: randomUUID() } })).json()).toMatchObject({
      code: 'constraint-violated',
    });
    const ada = await add('contacts', { givenName: 'Ada' });
    await add('tasks', { subject: 'call', contactId: ada.key['id'] ?? '' });
    expect((await kim('POST', '/api/records/contacts/remove', { key: ada.key, version: ada.version })).json()).toMatchObject({ code: 'constraint-violated' });
  });

  it('takes hostile text as text', async () => {
    const note = `<script>alert(1)</script>'); drop table cloud.people; -- =cmd|' /C calc'!A0 ‮`;
    expect((await add('contacts', { note })).values['note']).toBe(note);
  });
});

describe('the calendar', () => {
  const days = async (collection: string, query: string, requests = kim) => requests('GET', `/api/records/${collection}/calendar?${query}`);
  const event = (columns: string, ...values: string[]) =>
    page.store.admin.query(`insert into cloud.events (tenant, uid, ${columns}) values ('acme', gen_random_uuid(), ${values.join(', ')})`);

  it('shows days and times on the viewer’s clock, series expanded without what was left out or moved', async () => {
    await event('title, starts_at, ends_at, time_zone', `'Call', '2026-03-10 23:30', '2026-03-11 00:30', 'America/New_York'`);
    await event('title, all_day, first_day, end_day, status', `'Fair', true, '2026-03-12', '2026-03-14', 'TENTATIVE'`);
    await event('title, starts_at, ends_at', `'Elsewhen', '2026-06-01 09:00', '2026-06-01 10:00'`);
    await page.store.admin.query(
      `with series as (insert into cloud.events (tenant, uid, title, starts_at, ends_at, rrule, exdates)
         values ('acme', 'series', 'Weekly', '2026-03-02 09:00', '2026-03-02 10:00', 'FREQ=WEEKLY;COUNT=4', '["2026-03-09T09:00:00"]') returning tenant, id)
       insert into cloud.events (tenant, uid, title, starts_at, ends_at, series_id, recurrence_id)
       select tenant, 'series', 'Weekly, moved', '2026-03-17 15:00', '2026-03-17 16:00', id, '2026-03-16T09:00:00' from series`,
    );
    const answer = await days('appointments', 'from=2026-03-01&to=2026-03-31&timeZone=Europe/Berlin');
    const { entries, truncated } = answer.json<{ entries: { title: string; start: string; end: string; status: string }[]; truncated: boolean }>();
    expect(truncated).toBe(false);
    expect(entries.map(({ title, start, end, status }) => [title, start, end, status])).toEqual([
      ['Weekly', '2026-03-02T09:00:00', '2026-03-02T10:00:00', 'confirmed'],
      ['Call', '2026-03-11T04:30:00', '2026-03-11T05:30:00', 'confirmed'],
      ['Fair', '2026-03-12', '2026-03-14', 'tentative'],
      ['Weekly, moved', '2026-03-17T15:00:00', '2026-03-17T16:00:00', 'confirmed'],
      ['Weekly', '2026-03-23T09:00:00', '2026-03-23T10:00:00', 'confirmed'],
    ]);
  });

  it('is not cut short by occurrences that were moved to other days, however many they are', async () => {
    await event('title, starts_at', `'Now', '2026-03-10 09:00'`);
    await page.store.admin.query(
      `with series as (insert into cloud.events (tenant, uid, title, starts_at, ends_at, rrule)
         values ('acme', 'daily', 'Daily', '2020-01-01 09:00', '2020-01-01 10:00', 'FREQ=DAILY') returning tenant, id)
       insert into cloud.events (tenant, uid, title, starts_at, series_id, recurrence_id)
       select tenant, 'daily', 'Daily, moved', timestamp '2021-01-01 15:00', id, to_char(timestamp '2020-01-02 09:00' + n * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS')
         from series, generate_series(0, 2300) as n`,
    );
    const { entries, truncated } = (await days('appointments', 'from=2026-03-10&to=2026-03-10')).json<{ entries: { title: string }[]; truncated: boolean }>();
    expect(truncated).toBe(false);
    // This day's occurrence was moved away years before it, and so was that of every day until then.
    expect(entries.map(({ title }) => title)).toEqual(['Now']);
    const later = (await days('appointments', 'from=2026-06-01&to=2026-06-01')).json<{ entries: { title: string }[] }>();
    expect(later.entries.map(({ title }) => title)).toEqual(['Daily']);
  });

  it('is of the own tenant, of a collection with times, and of so many days', async () => {
    await event('title, starts_at', `'Ours', '2026-03-10 09:00'`);
    const month = 'from=2026-03-01&to=2026-03-31';
    expect((await days('appointments', month)).json()).toMatchObject({ entries: [{ title: 'Ours' }] });
    expect((await days('appointments', month, globex)).json()).toEqual({ entries: [], truncated: false });
    expect((await days('contacts', month)).json()).toMatchObject({ code: 'bad-request' });
    expect((await days('nothing', month)).json()).toMatchObject({ code: 'collection-unknown' });
    for (const wrong of ['from=2026-03-31&to=2026-03-01', 'from=2026-01-01&to=2026-12-31', `${month}&timeZone=Mars/Crater`, 'from=March&to=2026-03-31'])
      expect((await days('appointments', wrong)).statusCode).toBe(400);
  });
});
