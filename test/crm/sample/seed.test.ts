import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SampleCounts, seedSampleData } from '../../../crm/sample/seed.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../../support/migrated-database.ts';

const NOTHING: SampleCounts = { users: 0, accounts: 0, contacts: 0, appointments: 0, tasks: 0 };

let database: MigratedDatabase<'crm'>;
let page: Client;

async function open(): Promise<void> {
  database = await createMigratedDatabase('crm');
  page = new Client({ connectionString: database.adminUrl });
  await page.connect();
}

async function close(): Promise<void> {
  await page.end();
  await database.drop();
}

/** The first column of the first row, as a number or a text. */
async function ask(sql: string): Promise<unknown> {
  const { rows } = await page.query<Record<string, unknown>>(sql);
  return Object.values(rows[0] ?? {})[0];
}

const DIGEST = `
  select md5(string_agg(r, e'\\n' order by r)) from (
    select (to_jsonb(a) - 'created_at' - 'updated_at')::text as r from crm.accounts a
    union all select (to_jsonb(c) - 'created_at' - 'updated_at')::text from crm.contacts c
    union all select (to_jsonb(a) - 'created_at' - 'updated_at')::text from crm.appointments a
    union all select (to_jsonb(t) - 'created_at' - 'updated_at')::text from crm.tasks t
  ) as records`;

describe('seedSampleData', () => {
  beforeEach(open);
  afterEach(close);

  test('fills an empty CRM', async () => {
    expect(await seedSampleData(page, { passwordHash: 'hash' })).toEqual({ users: 4, accounts: 25, contacts: 200, appointments: 60, tasks: 80 });
    expect(await ask(`select count(*)::int from crm.users where password_hash = 'hash'`)).toBe(4);
  });

  test('makes the same records in every store and session', async () => {
    await using other = await createMigratedDatabase('crm');
    const second = new Client({ connectionString: other.adminUrl, options: '-c TimeZone=Asia/Kathmandu -c DateStyle=SQL,DMY' });
    await second.connect();
    await seedSampleData(page);
    await seedSampleData(second);
    const { rows } = await second
      .query<{ md5: string }>(`set TimeZone = 'UTC'; set DateStyle = 'ISO';`)
      .then(() => second.query<{ md5: string }>(DIGEST))
      .finally(() => second.end());
    await page.query(`set TimeZone = 'UTC'`);
    expect(await ask(DIGEST)).toBe(rows[0]?.md5);
  });

  test('is done once: what somebody deletes stays deleted', async () => {
    await seedSampleData(page);
    await page.query('delete from crm.tasks; delete from crm.contacts where private');
    const before = await ask(DIGEST);
    expect(await seedSampleData(page, { contacts: 500 })).toEqual(NOTHING);
    expect(await ask(DIGEST)).toBe(before);
  });

  test('leaves nothing behind when it fails, and nothing in the session', async () => {
    await expect(seedSampleData(page, { today: 'yesterday week' })).rejects.toThrow();
    expect(await ask('select count(*)::int from crm.accounts')).toBe(0);
    expect(await seedSampleData(page)).toMatchObject({ users: 0, contacts: 200 });
    expect(await ask(`select count(*)::int from pg_proc where proname = 'sample_id'`)).toBe(0);
    expect(await ask(`select coalesce(current_setting('tidegate.actor', true), '')`)).toBe('');
  });

  test('makes as many contacts as are wanted', async () => {
    expect(await seedSampleData(page, { contacts: 5000 })).toMatchObject({ contacts: 5000, tasks: 80 });
  });

  test('makes none where none are wanted', async () => {
    expect(await seedSampleData(page, { contacts: 0 })).toMatchObject({ contacts: 0, tasks: 80 });
  });
});

describe('the sample', () => {
  beforeAll(async () => {
    await open();
    await seedSampleData(page);
  });
  afterAll(close);

  test.each([
    ['contacts that are private', 'select count(*)::int from crm.contacts where private', 11],
    ['contacts without a given name', 'select count(*)::int from crm.contacts where given_name is null', 23],
    ['contacts that are a desk without a person', 'select count(*)::int from crm.contacts where family_name is null', 5],
    ['contacts with several phones', 'select count(*)::int from crm.contacts where jsonb_array_length(phones) > 1', 50],
    [
      'labelled values that lack a label or value',
      `select count(*)::int from crm.contacts, jsonb_array_elements(emails || phones || addresses) as v where v->>'label' is null or v->>'value' is null`,
      0,
    ],
    ['appointments of all day', 'select count(*)::int from crm.appointments where all_day', 13],
    ['series', 'select count(*)::int from crm.appointments where recurrence is not null', 8],
    ['exceptions of series', 'select sum(jsonb_array_length(exceptions))::int from crm.appointments', 3],
    ['overrides of single occurrences', 'select count(*)::int from crm.appointments where series_id is not null', 12],
    [
      'overrides whose UID is not that of the series',
      'select count(*)::int from crm.appointments o join crm.appointments s on s.id = o.series_id where o.uid <> s.uid or s.recurrence is null',
      0,
    ],
    ['tasks without a date', 'select count(*)::int from crm.tasks where due_date is null', 20],
    ['tasks due on a date', 'select count(*)::int from crm.tasks where due_date is not null and due_time is null', 20],
    ['tasks due at a time', 'select count(*)::int from crm.tasks where due_time is not null', 40],
    ['tasks of private contacts', 'select count(*)::int from crm.tasks t join crm.contacts c on c.id = t.contact_id where c.private', 0],
    ['keys that are no UUID of version 8', `select count(*)::int from crm.contacts where uuid_extract_version(id) <> 8`, 0],
    ['contacts with the version of a first write', 'select count(*)::int from crm.contacts where version = 1', 200],
  ])('%s', async (_what, sql, count) => {
    expect(await ask(sql)).toBe(count);
  });

  test('has floating times and several zones that this machine knows', async () => {
    expect(await ask('select count(*)::int from crm.appointments where starts_at is not null and time_zone is null')).toBeGreaterThan(3);
    const { rows } = await page.query<{ zone: string }>('select distinct time_zone as zone from crm.appointments where time_zone is not null');
    expect(rows.length).toBeGreaterThanOrEqual(6);
    for (const { zone } of rows) expect(() => Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow();
    expect(await ask('select count(*)::int from crm.appointments where time_zone is not null and time_zone not in (select name from pg_timezone_names)')).toBe(
      0,
    );
  });

  test.each(['α-ω', 'а-я', 'ぁ-ん', '一-龥', 'ا-ي', 'अ-ह', 'à-ÿ'])('has names in the script %s', async (script) => {
    expect(await ask(`select count(*)::int from crm.contacts where given_name || family_name ~ '[${script}]'`)).toBeGreaterThan(0);
  });

  test('has a character outside the first plane', async () => {
    expect(await ask(`select count(*)::int from crm.contacts where note ~ '🌊'`)).toBeGreaterThan(0);
  });

  test('lies around today', async () => {
    expect(
      await ask(
        `select min(coalesce(start_date, starts_at::date)) > '2026-10-01' and max(coalesce(start_date, starts_at::date)) < '2027-02-01' from crm.appointments`,
      ),
    ).toBe(true);
    expect(
      await ask(`select count(*)::int from crm.appointments where coalesce(start_date, starts_at::date) between '2026-11-30' and '2026-12-06'`),
    ).toBeGreaterThan(3);
  });
});
