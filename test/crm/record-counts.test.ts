import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NamedCollection } from '../../crm/status/named-collection.ts';
import { RecordCounts } from '../../crm/status/record-counts.ts';
import { startTestCrm, TEST_LINK, type TestCrm } from './test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
});
afterAll(() => crm[Symbol.asyncDispose]());

const collection = (over: Partial<NamedCollection>): NamedCollection => ({
  link: TEST_LINK,
  collection: 'contacts',
  schema: 'crm',
  table: 'contacts',
  filter: 'not private',
  keyColumns: ['id'],
  fieldOfColumn: {},
  ...over,
});
const count = (over: Partial<NamedCollection> = {}) => new RecordCounts(crm.database.control).of(collection(over));

it('counts the records within the collection’s filter', async () => {
  await crm.admin.query(`insert into crm.contacts (family_name, private) values ('a', false), ('b', false), ('c', true)`);
  expect(await count()).toEqual({ records: 2, estimated: false });
  expect(await count({ filter: 'true' })).toEqual({ records: 3, estimated: false });
});

it('remembers a count for a while, since many pages ask', async () => {
  const counts = new RecordCounts(crm.database.control);
  const before = await counts.of(collection({}));
  await crm.admin.query(`insert into crm.contacts (family_name) values ('d')`);
  expect(await counts.of(collection({}))).toEqual(before);
});

it('estimates large tables, and tables that the page may not read', async () => {
  await crm.admin.query(`create table public.large (id int primary key); create schema "Odd"; create table "Odd"."Table" (id int)`);
  await crm.admin.query(
    `insert into public.large select generate_series(1, 300000); analyze public.large; insert into "Odd"."Table" values (1), (2); analyze "Odd"."Table"`,
  );
  expect(await count({ schema: 'public', table: 'large', filter: 'id > 5' })).toEqual({ records: 300_000, estimated: true });
  expect(await count({ schema: 'Odd', table: 'Table' })).toEqual({ records: 2, estimated: true });
});

it('knows that there is no such table', async () => {
  expect(await count({ table: 'nothing' })).toEqual({ records: null, estimated: false });
  expect(await count({ schema: 'nowhere' })).toEqual({ records: null, estimated: false });
});
