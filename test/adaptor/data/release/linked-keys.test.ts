import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { retryDependents } from '../../../../adaptor/data/quarantine/retry-dependents.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { claimsFor, decide, waitingRows } from './release-fixture.ts';

/* Releases where the CRM makes keys of its own: a new record gets its key when it is written. */

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.people (id int generated always as identity primary key, name varchar(10));
      create table app.todos (id int generated always as identity primary key, person int references app.people, title varchar(10));`,
    cloudSql: `create table app.people (tenant text, id uuid default gen_random_uuid(), name text, primary key (tenant, id));
      create table app.todos (tenant text, id uuid default gen_random_uuid(), person uuid, title text, primary key (tenant, id));`,
    collections: [
      { table: 'people', fields: ['id', 'name'], identity: { kind: 'linked', match: [] } },
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

const cloudUser = (sql: string) => asCloudUser(stores.cloud.user, sql);
const read = (store: 'crm' | 'cloud', table: string, column: string) =>
  controlRows<Record<string, unknown>>(stores[store].admin, `select ${column} from app.${table} order by 1`);

it('a new record is let in, its children follow, and an edit of it is released by the key that it got', async () => {
  await cloudUser(`with p as (insert into app.people (tenant, name) values ('acme', 'much too long for it') returning id)
    insert into app.todos (tenant, person, title) select 'acme', id, 'call' from p`);
  await cycle.quiesce();
  const [person, todo] = await waitingRows(stores);
  expect([person?.code, todo?.code]).toEqual(['value-too-long', 'unknown-parent']);
  const decision = { act: 'edit', subject: person?.id ?? 0, values: { name: 'short' } } as const;
  expect((await claimsFor(stores, decision)).orders).toMatchObject([{ localKeys: null, operations: ['I', 'U'] }]);
  expect(await decide(stores, decision)).toBe('applied');
  expect(await read('crm', 'people', 'name')).toEqual([{ name: 'short' }]);

  const [parent, child] = stores.plans.map(({ crm }) => crm);
  if (parent === undefined || child === undefined) throw new Error('two collections');
  const order = orderFor(child);
  const messageId = await stores.accept([order]);
  expect(await retryDependents(stores.crm.reverse, { plan: child, parents: [parent, child], order, messageId, runId: 'w/r' })).toBe(1);
  await cycle.quiesce();
  expect(await read('crm', 'todos', 'title')).toEqual([{ title: 'call' }]);
  expect(await read('cloud', 'people', 'name')).toEqual([{ name: 'short' }]);

  await cloudUser(`update app.people set name = 'again much too long'`);
  await cycle.quiesce();
  const [again] = await waitingRows(stores);
  const edit = { act: 'edit', subject: again?.id ?? 0, values: { name: 'shorter' } } as const;
  const [row] = await read('crm', 'people', 'id');
  expect((await claimsFor(stores, edit)).orders).toMatchObject([{ localKeys: [[String(row?.['id'])]], operations: ['U'] }]);
  expect(await decide(stores, edit)).toBe('applied');
  await cycle.quiesce();
  expect(await read('crm', 'people', 'name')).toEqual([{ name: 'shorter' }]);
  expect(await read('cloud', 'people', 'name')).toEqual([{ name: 'shorter' }]);
});

it('a record that a user of the CRM deleted and the cloud edited is restored, under a key that it gets then', async () => {
  await stores.crm.page.query(`insert into app.people (name) values ('lost')`);
  await cycle.quiesce();
  const edited = cloudUser(`update app.people set name = 'found' where name = 'lost'`);
  await Promise.all([edited, stores.crm.page.query(`delete from app.people where name = 'lost'`)]);
  await cycle.quiesce();
  const [conflict] = await controlRows<{ id: number }>(stores.crm.admin, `select id from tidegate.conflict where field is null order by id desc limit 1`);
  const restore = { act: 'restore', subject: conflict?.id ?? 0 } as const;
  expect((await claimsFor(stores, restore)).orders).toMatchObject([{ localKeys: null }]);
  expect(await decide(stores, restore)).toBe('applied');
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) expect((await read(store, 'people', 'name')).map(({ name }) => name)).toContain('found');
});

it('a record that was born at the cloud is erased at both sides: it goes out by the key that it came with', async () => {
  await cloudUser(`insert into app.people (tenant, name) values ('acme', 'theirs')`);
  await cycle.quiesce();
  const [row] = await controlRows<{ id: number }>(
    stores.crm.admin,
    `insert into tidegate.erasure (link, collection, key, wire_key, requested_by, reason)
     select r.link, r.collection, r.local_key, r.wire_key, 'anna', 'asked' from tidegate.record_link r join app.people p on r.local_key = array[p.id::text] and r.collection = 'people'
      where p.name = 'theirs' returning id`,
  );
  expect(await decide(stores, { act: 'erase', subject: row?.id ?? 0 })).toBe('applied');
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) expect((await read(store, 'people', 'name')).map(({ name }) => name)).not.toContain('theirs');
});
