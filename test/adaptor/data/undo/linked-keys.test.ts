import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { planReverse } from '../../../../adaptor/data/planning/plan-reverse.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { endedRun, undoRun } from '../../../support/undo-run.ts';

/* Plans and undos where the CRM makes keys of its own: parents and children, whose references are translated. */

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.people (id int generated always as identity primary key, name text unique, boss int references app.people);
      create table app.todos (id int generated always as identity primary key, person int not null references app.people, title varchar(10));`,
    cloudSql: `create table app.people (tenant text, id uuid default gen_random_uuid(), name text, boss uuid, primary key (tenant, id));
      create table app.todos (tenant text, id uuid default gen_random_uuid(), person uuid, title text, primary key (tenant, id));`,
    collections: [
      {
        table: 'people',
        fields: ['id', 'name', 'boss'],
        identity: { kind: 'linked', match: [] },
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
  for (const at of [0, 1]) await cycle.load(at);
  for (const at of [0, 1]) await cycle.forward(at);
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.todos');
  await stores.crm.page.query('update app.people set boss = null');
  await stores.crm.page.query('delete from app.people');
  await cycle.quiesce();
  await stores.crm.page.query(`insert into app.people (name) values ('Ann'), ('Bob')`);
  await stores.crm.page.query(`update app.people set boss = (select id from app.people where name = 'Ann') where name = 'Bob'`);
  await stores.crm.page.query(`insert into app.todos (person, title) select id, 'call' from app.people where name = 'Bob'`);
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine; delete from tidegate.conflict');
});

const lines = async (store: 'crm' | 'cloud') =>
  (
    await controlRows<{ line: string }>(
      stores[store].admin,
      `select concat_ws(' ', 'person', p.name, 'of', b.name) as line from app.people p left join app.people b on b.id = p.boss
       union all select concat_ws(' ', 'todo', t.title, p.name) from app.todos t left join app.people p on p.id = t.person order by 1`,
    )
  ).map(({ line }) => line);
const cloud = (sql: string) => asCloudUser(stores.cloud.user, sql);

/** One reverse run over both collections, each window planned before it is brought in. `first`: that whose window comes first. */
async function run(first: 0 | 1 = 0): Promise<string> {
  const id = await endedRun(stores);
  for (const at of [first, 1 - first] as const) {
    const window = await cycle.readReverse(at);
    if (window?.message === undefined) continue;
    const pairs = await controlRows(stores.crm.admin, 'select * from tidegate.record_link order by 1, 2, 3');
    const { plans, bytes, message } = window;
    const rows = (async function* () {
      yield bytes;
    })();
    const { forecast } = await planReverse(stores.crm.reverse, { plan: plans.crm, order: message.order, rows, proved: async () => {}, sample: 10 });
    expect(await controlRows(stores.crm.admin, 'select * from tidegate.record_link order by 1, 2, 3')).toEqual(pairs);
    const injected = await cycle.deliver(window, id);
    const { insert, update, delete: deletes, unchanged, quarantined } = forecast;
    const { books } = injected;
    expect([insert + update + deletes, unchanged, quarantined]).toEqual([books.applied, books.unchanged, books.quarantined]);
    await cycle.confirm(window, injected);
  }
  return id;
}

const START = ['person Ann of', 'person Bob of Ann', 'todo call Bob'];

describe('an undo with keys of the CRM’s own', () => {
  it.each<[string, 0 | 1, readonly string[]]>([
    [
      'a parent and its child that were made',
      0,
      [
        `insert into app.people (tenant, name) values ('acme', 'Cid')`,
        `insert into app.todos (tenant, person, title) select 'acme', id, 'new' from app.people where name = 'Cid'`,
      ],
    ],
    [
      'a reference that was changed to a new parent',
      0,
      [`insert into app.people (tenant, name) values ('acme', 'Cid')`, `update app.todos set person = (select id from app.people where name = 'Cid')`],
    ],
    ['a reference within the collection', 0, [`update app.people set boss = null where name = 'Bob'`]],
    ['a child that was deleted', 1, [`delete from app.todos`]],
    ['a child that was deleted with its parent', 1, [`delete from app.todos`, `delete from app.people where name = 'Bob'`]],
    [
      'parents of each other, and their child',
      1,
      [`delete from app.todos`, `delete from app.people where name = 'Bob'`, `delete from app.people where name = 'Ann'`],
    ],
  ])('puts back %s; both stores agree, and then all is quiet', async (_what, first, edits) => {
    expect(await lines('crm')).toEqual(START);
    for (const edit of edits) await cloud(edit);
    const id = await run(first);
    expect(await lines('crm')).not.toEqual(START);
    expect(await lines('crm')).toEqual(await lines('cloud'));
    const { refusals, apply } = await undoRun(stores, id);
    expect(refusals).toEqual([]);
    expect(await apply()).toMatchObject({ outcome: 'applied' });
    expect(await lines('crm')).toEqual(START);
    await cycle.quiesce();
    expect(await lines('cloud')).toEqual(START);
    expect(await lines('crm')).toEqual(START);
    expect(await controlRows(stores.crm.admin, 'select code from tidegate.quarantine')).toEqual([]);
  });

  it('is undone itself, and the records come back under keys of their own', async () => {
    await cloud(`insert into app.people (tenant, name) values ('acme', 'Cid')`);
    const made = await run();
    const first = await undoRun(stores, made);
    expect(await first.apply()).toMatchObject({ outcome: 'applied' });
    await cycle.quiesce();
    expect(await lines('cloud')).toEqual(START);
    await stores.crm.admin.query(
      `insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state)
       select distinct run_id, link, 'reverse', 'undo', run_id, 'r', 'completed' from tidegate.ledger_entry where run_id like 'undo/%' on conflict do nothing`,
    );
    const [undone] = await controlRows<{ run: string }>(
      stores.crm.admin,
      `select run_id as run from tidegate.ledger_entry where run_id like 'undo/%' order by id desc limit 1`,
    );
    const { refusals, apply } = await undoRun(stores, undone?.run ?? '');
    expect(refusals).toEqual([]);
    expect(await apply()).toMatchObject({ outcome: 'applied' });
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await lines(store)).toEqual([...START.slice(0, 2), 'person Cid of', ...START.slice(2)]);
  });
});
