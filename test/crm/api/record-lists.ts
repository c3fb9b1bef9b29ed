import { beforeAll, describe, expect, it } from 'vitest';
import type { Requests, TestCrm } from '../test-crm.ts';

/** What is tested of lists of records, at the CRM and by the user of records.test.ts: their kinds and rows are replaced. */
export function testRecordLists(crm: () => TestCrm, uwe: () => Requests): void {
  describe('a list', () => {
    beforeAll(async () => {
      await crm().admin.query('delete from crm.contacts');
      await crm().admin.query(`insert into crm.accounts (name) values ('Acme Corp'), ('Zenith')`);
      await crm().admin.query(`
        insert into crm.contacts (family_name, given_name, company, emails)
        select 'Name' || lpad(n::text, 3, '0'), 'Given', case when n % 2 = 0 then 'Even & Co' else '100% Odd_Ltd' end,
               jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'p' || n || '@mail.example'))
          from generate_series(1, 60) as n`);
    });

    interface Page {
      readonly rows: readonly { readonly id: string; readonly familyName: string }[];
      readonly total: number;
    }
    const list = async (query: string): Promise<Page> => (await uwe()('GET', `/api/contacts?${query}`)).json();
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
      expect((await uwe()('GET', `/api/contacts?${query}`)).json()).toMatchObject({ code: 'bad-request' });
    });

    it.each(['name', 'company', 'jobTitle', 'updatedAt'])('of contacts sorts by %s', async (sort) => {
      expect((await list(`sort=${sort}`)).total).toBe(60);
    });

    it.each(['start', 'summary', 'location', 'status', 'updatedAt'])('of appointments sorts by %s', async (sort) => {
      expect((await uwe()('GET', `/api/appointments?sort=${sort}`)).statusCode).toBe(200);
    });

    it.each(['dueDate', 'subject', 'status', 'priority', 'updatedAt'])('of tasks sorts by %s', async (sort) => {
      expect((await uwe()('GET', `/api/tasks?sort=${sort}`)).statusCode).toBe(200);
    });

    it('of tasks shows the contact’s name', async () => {
      const [contact] = (await list('size=1')).rows;
      await uwe()('POST', '/api/tasks', { subject: 'With contact', contactId: contact?.id });
      const answer = await uwe()('GET', '/api/tasks?search=With');
      expect(answer.json()).toMatchObject({ rows: [{ contactName: `Given ${contact?.familyName}` }] });
    });

    it('of accounts gives names to choose from', async () => {
      const all = (await uwe()('GET', '/api/accounts?search=')).json<{ rows: { id: string; name: string }[] }>();
      expect(all.rows.map((row) => row.name)).toEqual(['Acme Corp', 'Zenith']);
      expect((await uwe()('GET', '/api/accounts?search=acm')).json<{ rows: unknown[] }>().rows).toHaveLength(1);
    });
  });

  describe('a list that is narrowed and sorted', () => {
    const found: Record<'anna' | 'shop', string> = { anna: '', shop: '' };
    beforeAll(async () => {
      await crm().admin.query('delete from crm.tasks; delete from crm.appointments; delete from crm.contacts; delete from crm.accounts');
      const { rows } = await crm().admin.query<{ shop: string; anna: string }>(`
        with shop as (insert into crm.accounts (name, industry) values ('Shop', 'Retail') returning id),
             anna as (insert into crm.contacts (family_name, company, account_id, emails, private)
                      select 'Anna', 'Beta', id, '[{"label": "work", "value": "a@x.example"}]', true from shop returning id)
        select (select id from shop) as shop, (select id from anna) as anna`);
      Object.assign(found, rows[0]);
      await crm().admin.query(`insert into crm.accounts (name, industry) values ('Mill', 'Farming'), ('Nameless', null)`);
      await crm().admin.query(`insert into crm.contacts (family_name, company) values ('Bert', 'alpha'), ('Cora', null), ('Dora', 'Gamma')`);
      await crm().admin.query(`
        insert into crm.appointments (uid, summary, all_day, start_date, end_date, starts_at, ends_at, recurrence, status, private) values
          ('fair', 'fair', true, '2026-07-01', '2026-07-03', null, null, null, 'confirmed', false),
          ('call', 'call', false, null, null, '2026-07-10 09:00', '2026-07-10 10:00', null, 'tentative', true),
          ('night', 'night', false, null, null, '2026-07-15 22:00', '2026-07-16 06:00', null, 'confirmed', false),
          ('open end', 'open end', false, null, null, '2026-07-20 09:00', null, null, 'cancelled', false),
          ('one day', 'one day', true, '2026-07-31', null, null, null, null, 'confirmed', false),
          ('weekly', 'weekly', false, null, null, '2026-01-05 09:00', '2026-01-05 10:00', 'FREQ=WEEKLY', 'confirmed', false)`);
      await crm().admin.query(
        `insert into crm.tasks (subject, due_date, due_time, status, priority, contact_id, private) values
           ('late', '2026-07-29', null, 'open', 5, null, false), ('begun', '2026-07-30', '09:00', 'in_progress', 1, null, false),
           ('done', '2026-07-30', '08:00', 'done', 9, null, true), ('dropped', '2026-07-31', null, 'cancelled', 0, $1, false), ('some day', null, null, 'open', 0, null, false)`,
        [found.anna],
      );
    });

    const names = async (path: string): Promise<readonly (string | undefined)[]> => {
      const answer = (await uwe()('GET', `/api/${path}`)).json<{ rows: Record<'familyName' | 'summary' | 'subject' | 'name', string>[]; total: number }>();
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
      expect((await uwe()('GET', `/api/${path}`)).json()).toMatchObject({ status: 400, code: 'bad-request' });
    });
  });
}
