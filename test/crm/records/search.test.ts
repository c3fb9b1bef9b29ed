import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from 'pg';
import { findKeys, MAX_SORTED } from '../../../crm/records/find-keys.ts';
import { searchTable } from '../../../crm/records/search-tables.ts';
import { Prisma } from '../../../prisma/generated/crm/client.ts';
import { createTestDatabase } from '../../support/postgres.ts';
import { startTestCrm, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
  await crm.admin.query(`
    insert into crm.contacts (family_name, given_name, company, emails)
    select 'Name' || lpad(n::text, 5, '0'), case when n % 2 = 0 then 'Ada' else 'Bob' end, case when n > 8500 then 'Laggards' end,
           jsonb_build_array(jsonb_build_object('label', 'work', 'value', 'p' || n || '@mail.example'))
      from generate_series(1, 12000) as n`);
  await crm.admin.query('vacuum analyze crm.contacts');
});
afterAll(() => crm[Symbol.asyncDispose]());

const find = (search: string, over: { sort?: string; direction?: 'asc' | 'desc'; page?: number; size?: number } = {}) =>
  findKeys(crm.database.crm, 'crm.contacts', {
    words: search.split(' ').filter(Boolean),
    sort: 'name',
    direction: 'asc',
    page: 1,
    size: 25,
    ...over,
  });

/** Family names in the order of a page. */
async function namesOf(ids: readonly string[]): Promise<string[]> {
  const { rows } = await crm.admin.query<{ name: string }>(
    `select family_name as name from unnest($1::uuid[]) with ordinality as wanted (id, place) join crm.contacts using (id) order by place`,
    [ids],
  );
  return rows.map(({ name }) => name);
}
const name = (n: number): string => `Name${String(n).padStart(5, '0')}`;

describe('a search in a large table', () => {
  it('of a few is exact, in order', async () => {
    const { ids, ...told } = await find('name0012');
    expect(told).toEqual({ total: 10, totalIs: 'exact' });
    expect(await namesOf(ids)).toEqual(Array.from({ length: 10 }, (_, i) => name(120 + i)));
  });

  it('of what very many have is answered from the beginning of the list', async () => {
    const { ids, totalIs } = await find('ada');
    expect(totalIs).toBe('at-least');
    expect(await namesOf(ids)).toEqual(Array.from({ length: 25 }, (_, i) => name(2 * i + 2)));
    expect(await namesOf((await find('ada', { direction: 'desc', size: 2 })).ids)).toEqual([name(12_000), name(11_998)]);
  });

  it('of many that cluster at the end is in the same order as a sort of all, page after page', async () => {
    for (const page of [1, 7, 141]) {
      const { ids, total, totalIs } = await find('laggards', { page });
      expect({ total, totalIs }).toEqual({ total: MAX_SORTED, totalIs: 'at-least' });
      const first = 8501 + (page - 1) * 25;
      expect(await namesOf(ids)).toEqual(Array.from({ length: Math.max(0, Math.min(25, 12_001 - first)) }, (_, i) => name(first + i)));
    }
  });

  it('of what a hundredth has is looked for along the list, as far as a page needs, where the table is large', async () => {
    const [estimate] = (await crm.admin.query<{ n: number }>(`select reltuples as n from pg_class where oid = 'crm.contacts'::regclass`)).rows;
    await crm.admin.query(`update crm.contacts set job_title = 'Cooper' where family_name like '%00'`);
    expect(await find('cooper')).toMatchObject({ total: 120, totalIs: 'exact' });
    await crm.admin.query(`update pg_class set reltuples = 1000000 where oid = 'crm.contacts'::regclass`);
    try {
      for (const page of [1, 2]) {
        const { ids, total, totalIs } = await find('cooper', { page });
        expect(totalIs).toBe('at-least');
        expect(total).toBeGreaterThan(page * 25);
        expect(await namesOf(ids)).toEqual(Array.from({ length: 25 }, (_, i) => name(((page - 1) * 25 + i + 1) * 100)));
      }
      // Beyond what is walked, all of them are found as ever.
      expect(await find('cooper', { page: 5 })).toMatchObject({ total: 120, totalIs: 'exact' });
    } finally {
      await crm.admin.query(`update pg_class set reltuples = $1 where oid = 'crm.contacts'::regclass`, [estimate?.n]);
    }
  });

  it('by what no index serves sorts the few that it finds, and not the table', async () => {
    await crm.admin.query(`update crm.contacts set birthday = date '1900-01-01' + (right(family_name, 2))::int where family_name like 'Name0012%'`);
    const statements: string[] = [];
    const watched = {
      $queryRaw: ((texts: TemplateStringsArray, ...values: unknown[]) => {
        const statement = Prisma.sql(texts, ...values);
        statements.push(statement.sql);
        return crm.database.crm.$queryRaw(statement);
      }) as typeof crm.database.crm.$queryRaw,
    };
    const { ids, ...told } = await findKeys(watched, 'crm.contacts', { words: ['name0012'], sort: 'birthday', direction: 'desc', page: 1, size: 3 });
    expect(told).toEqual({ total: 10, totalIs: 'exact' });
    expect(statements.filter((text) => /from crm\.contacts order by birthday/.test(text))).toEqual([]);
    expect(await namesOf(ids)).toEqual([name(129), name(128), name(127)]);
  });

  it('of a list without words counts up to a bound, and then by the store’s statistics', async () => {
    expect(await find('')).toMatchObject({ total: 12_000, totalIs: 'about' });
  });

  it.each(['contacts', 'accounts', 'appointments', 'tasks'] as const)('of %s reads the trigram index, in the role of a user', async (table) => {
    const page = new Client({ connectionString: crm.pageUrl });
    await page.connect();
    try {
      await page.query('set enable_seqscan = off; set role crm_user');
      const { rows } = await page.query<{ 'QUERY PLAN': string }>(
        `explain select id from crm.${table} where ${searchTable(`crm.${table}`).search} like '%lovelace%'`,
      );
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`Bitmap Index Scan on ${table}_search`);
    } finally {
      await page.end();
    }
  });

  it('by name walks its index, in both directions', async () => {
    for (const direction of ['asc', 'desc']) {
      const { rows } = await crm.admin.query<{ 'QUERY PLAN': string }>(
        `explain select id from crm.contacts order by crm.contact_name(given_name, family_name, company) ${direction}, id ${direction} limit 25`,
      );
      expect(rows[1]?.['QUERY PLAN']).toMatch(/Index (Only )?Scan (Backward )?using contacts_by_name/);
    }
  });
});

it('needs an extension that the owner of a database may create without being a superuser', async () => {
  await using database = await createTestDatabase('crm');
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  try {
    await admin.query(`drop role if exists plain_owner`);
    await admin.query(`create role plain_owner login password 'plain'`);
    await admin.query(`alter database "${database.name}" owner to plain_owner`);
    const owner = new Client({ connectionString: database.urlFor('plain_owner', 'plain') });
    await owner.connect();
    await owner.query('create extension pg_trgm').finally(() => owner.end());
    expect((await admin.query(`select pg_get_userbyid(extowner) as owner from pg_extension where extname = 'pg_trgm'`)).rows).toEqual([
      { owner: 'plain_owner' },
    ]);
  } finally {
    await admin.query(`alter database "${database.name}" owner to current_user`);
    await admin.query('drop owned by plain_owner cascade; drop role plain_owner');
    await admin.end();
  }
});
