import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { retryDependents } from '../../../../adaptor/data/quarantine/retry-dependents.ts';
import { waitingDependents } from '../../../../adaptor/data/quarantine/waiting-dependents.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { decide } from '../release/release-fixture.ts';

/* Records that depend on a quarantined one wait with it, and go by themselves once it is through; nothing else waits. */

let stores: TwoStores;
let cycle: DataCycle;
const LINK = 'acme/test/hub';

beforeAll(async () => {
  const children = (key: string) => `parent int, v text, above int, ${key}`;
  stores = await openTwoStores({
    crmSql: `create table app.parents (id int primary key, name varchar(10));
             create table app.children (id int, ${children('primary key (id), foreign key (parent) references app.parents, foreign key (above) references app.children')})`,
    cloudSql: `create table app.parents (tenant text, id int, name varchar(10), primary key (tenant, id));
               create table app.children (tenant text, id int, ${children('primary key (tenant, id)')})`,
    collections: [
      { table: 'parents', fields: ['id', 'name'] },
      {
        table: 'children',
        fields: ['id', 'parent', 'v', 'above'],
        references: [
          { fields: ['parent'], collection: 'parents' },
          { fields: ['above'], collection: 'children' },
        ],
      },
    ],
  });
  cycle = new DataCycle(stores);
  for (const at of [0, 1]) {
    await cycle.load(at);
    await cycle.forward(at);
  }
  for (const { crm } of stores.plans) {
    await stores.crm.admin.query(`update tidegate.channel set schema_hash = $2 where collection = $1`, [crm.definition.name, crm.schemaHash]);
    await stores.crm.admin.query(`insert into tidegate.registration (link, collection, hash, definition, jws) values ($1, $2, $3, $4, 'test')`, [
      LINK,
      crm.definition.name,
      crm.schemaHash,
      JSON.stringify(crm.definition),
    ]);
  }
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.children; delete from app.parents');
  await cycle.quiesce();
  await cloudUser('delete from app.children');
  await cloudUser('delete from app.parents');
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine; delete from tidegate.ledger_entry; delete from tidegate.sync_request');
});

const cloudUser = (sql: string) => asCloudUser(stores.cloud.user, sql);
const children = async () => (await controlRows<{ id: number }>(stores.crm.admin, 'select id from app.children order by id')).map(({ id }) => id);
const waiting = async () =>
  (
    await controlRows<{ line: string }>(
      stores.crm.admin,
      `select concat_ws(' ', collection, key[1], code) as line from tidegate.quarantine where state = 'waiting' order by collection, key`,
    )
  ).map(({ line }) => line);
async function retry(fields?: readonly string[]): Promise<number> {
  const plan = stores.plans[1]?.crm ?? stores.crmPlan;
  const order = { ...orderFor(plan), ...(fields === undefined ? {} : { fields: [...fields] }) };
  const messageId = await stores.accept([order]);
  return retryDependents(stores.crm.reverse, { plan, parents: stores.plans.map(({ crm }) => crm), order, messageId, runId: 'w/r' });
}

/** A parent that the CRM cannot take, with children of children, and a record that depends on nothing. */
async function family(): Promise<void> {
  await cloudUser(`insert into app.parents values ('acme', 1, 'fine')`);
  await cloudUser(`insert into app.children values ('acme', 10, 1, 'free', null)`);
  await cycle.quiesce();
  // The cloud's column is as short as the CRM's: its own is made longer for once.
  await stores.cloud.admin.query('alter table app.parents alter name type text');
  await cloudUser(`insert into app.parents values ('acme', 2, 'much too long for it')`);
  await cloudUser(
    `insert into app.children values ('acme', 11, 2, 'a', null), ('acme', 12, 2, 'b', 11), ('acme', 13, null, 'c', 12), ('acme', 14, 1, 'free', 10)`,
  );
  await cycle.quiesce();
}

describe('at the CRM', () => {
  it('they wait, others do not; once the parent is through they come in by themselves, step by step', async () => {
    await family();
    expect(await waiting()).toEqual(['children 11 unknown-parent', 'children 12 unknown-parent', 'children 13 unknown-parent', 'parents 2 value-too-long']);
    expect(await children()).toEqual([10, 14]);
    expect(await retry()).toBe(0);
    const [parent] = await controlRows<{ id: number }>(stores.crm.admin, `select id from tidegate.quarantine where collection = 'parents'`);
    expect(await decide(stores, { act: 'edit', subject: parent?.id ?? 0, values: { name: 'short' } })).toBe('applied');
    expect((await waitingDependents(stores.crm.consumer, LINK, 'parents', 'reverse')).length).toBe(3);
    expect(await retry()).toBe(3);
    expect(await children()).toEqual([10, 11, 12, 13, 14]);
    expect(await waiting()).toEqual([]);
    const told = await controlRows(stores.crm.admin, `select distinct state, resolved_by as by from tidegate.quarantine where collection = 'children'`);
    expect(told).toEqual([{ state: 'resolved', by: 'tidegate' }]);
    // All came under messages, none without an entry; the cloud is told nothing that it has.
    expect(await controlRows(stores.crm.admin, `select count(*) as n from tidegate.ledger_entry where collection = 'children'`)).toEqual([{ n: 5 }]);
    expect(await cycle.quiesce()).toBeLessThanOrEqual(2);
    expect(await cycle.quiesce()).toBe(0);
  });

  it('one that the store cannot take for another reason waits with that reason', async () => {
    await family();
    await stores.crm.page.query(`insert into app.parents values (2, 'ours')`);
    await stores.crm.admin.query(`alter table app.children add check (v <> 'a')`);
    expect(await retry()).toBe(0);
    expect(await waiting()).toEqual([
      'children 11 constraint-violated',
      'children 12 unknown-parent',
      'children 13 unknown-parent',
      'parents 2 value-too-long',
    ]);
    await stores.crm.admin.query(`alter table app.children drop constraint children_v_check`);
  });

  it('nothing comes in without a message that holds', async () => {
    await family();
    await stores.crm.page.query(`insert into app.parents values (2, 'ours')`);
    const plan = stores.plans[1]?.crm ?? stores.crmPlan;
    const none = { plan, parents: stores.plans.map(({ crm }) => crm), order: orderFor(plan), messageId: crypto.randomUUID(), runId: 'w/r' };
    await expect(retryDependents(stores.crm.reverse, none)).rejects.toMatchObject({ code: 'message-not-accepted' });
    expect(await children()).toEqual([10, 14]);
  });
});

describe('at the cloud', () => {
  it('they are sent again once the receipt tells that their parent was taken', async () => {
    await stores.cloud.admin.query('delete from app.children; delete from app.parents; delete from tidegate.quarantine');
    await stores.cloud.admin.query('alter table app.parents alter name type varchar(3)');
    await stores.cloud.admin.query('alter table app.children add constraint up foreign key (tenant, parent) references app.parents (tenant, id)');
    await stores.crm.page.query(`insert into app.parents values (5, 'longer'); insert into app.children values (50, 5, 'x', null)`);
    await cycle.quiesce();
    expect(await waiting()).toEqual(['children 50 unknown-parent', 'parents 5 value-too-long']);
    await stores.crm.page.query(`update app.parents set name = 'abc'`);
    await cycle.forward(0);
    const rows = await controlRows(stores.crm.admin, `select direction, cause, records, state from tidegate.sync_request`);
    expect(rows).toEqual([{ direction: 'forward', cause: 'repair', records: [{ collection: 'children', key: ['50'] }], state: 'open' }]);
    await stores.crm.admin.query(
      `insert into tidegate.change_log (source, key, op, origin) select id, '{50}', 'R', $1 from tidegate.source where table_name = 'children'`,
      [LINK],
    );
    await cycle.quiesce();
    expect(await waiting()).toEqual([]);
    expect(await controlRows(stores.cloud.admin, 'select id from app.children')).toEqual([{ id: 50 }]);
  });
});
