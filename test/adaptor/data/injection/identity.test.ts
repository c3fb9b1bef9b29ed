import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

/** The CRM counts its records; the cloud has ids of its own. Both pair by the e-mail address. */
beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.people (id int generated always as identity primary key, email text, name text, boss int references app.people);
      create table app.todos (id int generated always as identity primary key, person int references app.people, title text);`,
    cloudSql: `create table app.people (tenant text, id uuid default gen_random_uuid(), email text, name text, boss uuid, primary key (tenant, id), foreign key (tenant, boss) references app.people);
      create table app.todos (tenant text, id uuid default gen_random_uuid(), person uuid, title text, primary key (tenant, id), foreign key (tenant, person) references app.people);`,
    collections: [
      {
        table: 'people',
        fields: ['id', 'email', 'name', 'boss'],
        identity: { kind: 'linked', match: ['email'] },
        references: [{ fields: ['boss'], collection: 'people' }],
      },
      {
        table: 'todos',
        fields: ['id', 'person', 'title'],
        identity: { kind: 'linked', match: [] },
        references: [{ fields: ['person'], collection: 'people' }],
      },
    ],
  });
  cycle = new DataCycle(stores);
  for (const at of [0, 1]) {
    await cycle.load(at);
    await cycle.forward(at);
  }
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.todos');
  await stores.crm.page.query('update app.people set boss = null');
  await stores.crm.page.query('delete from app.people');
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine; delete from tidegate.conflict');
});

const people = async (store: 'crm' | 'cloud') =>
  (
    await controlRows<{ line: string }>(
      stores[store].admin,
      `select concat_ws(' ', p.email, p.name, b.email) as line from app.people p left join app.people b on b.id = p.boss order by 1`,
    )
  ).map((row) => row.line);
const todos = async (store: 'crm' | 'cloud') =>
  (
    await controlRows<{ line: string }>(
      stores[store].admin,
      `select concat_ws(' ', t.title, p.email) as line from app.todos t left join app.people p on p.id = t.person order by 1`,
    )
  ).map((row) => row.line);
const cloud = (sql: string) => asCloudUser(stores.cloud.user, sql);

it('records born on either side get a key of the other, references with them, and are one record from then on', async () => {
  await stores.crm.page.query(`insert into app.people (email, name) values ('a@x', 'Ann'), ('b@x', 'Bob')`);
  await stores.crm.page.query(`update app.people set boss = (select id from app.people where email = 'a@x') where email = 'b@x'`);
  await stores.crm.page.query(`insert into app.todos (person, title) select id, 'call' from app.people where email = 'b@x'`);
  await cycle.quiesce();
  expect(await people('cloud')).toEqual(['a@x Ann', 'b@x Bob a@x']);
  expect(await todos('cloud')).toEqual(['call b@x']);
  await cloud(`insert into app.people (tenant, email, name, boss) select 'acme', 'c@x', 'Cid', id from app.people where email = 'b@x'`);
  await cloud(`insert into app.todos (tenant, person, title) select 'acme', id, 'write' from app.people where email = 'c@x'`);
  await cloud(`update app.people set name = 'Anna' where email = 'a@x'`);
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) {
    expect(await people(store)).toEqual(['a@x Anna', 'b@x Bob a@x', 'c@x Cid b@x']);
    expect(await todos(store)).toEqual(['call b@x', 'write c@x']);
  }
  await stores.crm.page.query(`update app.people set name = 'Cyd' where email = 'c@x'`);
  await cloud(`delete from app.todos where title = 'call'`);
  await cycle.quiesce();
  expect(await people('cloud')).toContain('c@x Cyd b@x');
  expect(await todos('crm')).toEqual(['write c@x']);
  expect(await controlRows(stores.crm.admin, `select code from tidegate.quarantine where direction = 'reverse'`)).toEqual([]);
});

it('pairs records that both sides had, and leaves what is ambiguous to a human', async () => {
  await stores.crm.page.query(`insert into app.people (email, name) values ('one@x', 'One'), ('two@x', 'Two'), ('two@x', 'Two too'), (null, 'None')`);
  await cloud(`insert into app.people (tenant, email, name) values ('acme', 'one@x', 'Uno'), ('acme', 'two@x', 'Due'), ('acme', null, 'Nessuno')`);
  await cycle.reverse(0);
  // One is paired, and the CRM's name wins; the two twos wait; who has no address is new.
  expect(await people('crm')).toEqual(['Nessuno', 'None', 'one@x One', 'two@x Two', 'two@x Two too']);
  expect(await controlRows(stores.crm.admin, 'select code, field from tidegate.quarantine')).toEqual([{ code: 'match-ambiguous', field: 'email' }]);
});

it('two of theirs for one of ours are ambiguous as well', async () => {
  await stores.crm.page.query(`insert into app.people (email, name) values ('one@x', 'One')`);
  await cloud(`insert into app.people (tenant, email, name) values ('acme', 'one@x', 'Uno'), ('acme', 'one@x', 'Un altro')`);
  await cycle.reverse(0);
  expect(await people('crm')).toEqual(['one@x One']);
  expect(await controlRows(stores.crm.admin, 'select code from tidegate.quarantine')).toEqual([{ code: 'match-ambiguous' }, { code: 'match-ambiguous' }]);
});

it('a child of a record that did not come in waits for it', async () => {
  await cloud(`insert into app.people (tenant, email, name) values ('acme', 'p@x', 'P')`);
  await cloud(`insert into app.todos (tenant, person, title) select 'acme', id, 'early' from app.people where email = 'p@x'`);
  await cycle.reverse(1);
  expect(await todos('crm')).toEqual([]);
  expect(await controlRows(stores.crm.admin, 'select code, field from tidegate.quarantine')).toEqual([{ code: 'unknown-parent', field: 'person' }]);
  await cycle.reverse(0);
  await cloud(`update app.todos set title = 'late'`);
  await cycle.reverse(1);
  expect(await todos('crm')).toEqual(['late p@x']);
});
