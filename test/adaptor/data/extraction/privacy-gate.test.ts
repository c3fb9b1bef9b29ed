import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { resendRecords } from '../../../../adaptor/data/control/resend-records.ts';
import { codeOf } from '../../../support/code-of.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/* Two tables with one rule: of `seen` the reverse role sees every row, of `hidden` the database hides private ones from it. */
const table = (name: string) =>
  `create table app.${name} (id int primary key, name text, secret text, active boolean default true, private boolean default false);`;

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  const collection = {
    fields: ['id', 'name', 'active'],
    filter: { sql: 'active -- what is not active stays as it is', columns: ['active'] },
    private: { sql: 'private -- or unknown', columns: ['private'] },
    outOfScope: 'keep',
    conflicts: 'cloud-wins',
  } as const;
  stores = await openTwoStores({
    crmSql: `${table('seen')} ${table('hidden')}
      alter table app.hidden enable row level security;
      create policy granted on app.hidden using (true);
      create policy private_stays on app.hidden as restrictive using (current_user <> 'tidegate_reverse' or private is false);`,
    cloudSql: ['seen', 'hidden'].map((name) => `create table app.${name} (tenant text, id int, name text, active boolean, primary key (tenant, id));`).join(''),
    collections: [
      { table: 'seen', ...collection },
      { table: 'hidden', ...collection },
    ],
  });
  cycle = new DataCycle(stores);
  for (const name of ['seen', 'hidden'])
    await stores.crm.page.query(
      `insert into app.${name} (id, name, secret, private) values (1, 'one', 'canary', false), (2, 'canary two', 'canary', true), (3, 'canary three', 'canary', null), (4, 'four', 'canary', false), (5, 'five', 'canary', false)`,
    );
  for (const at of [0, 1]) await cycle.load(at);
  await cycle.quiesce();
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  for (const name of ['seen', 'hidden']) await stores.crm.page.query(`update app.${name} set private = false, active = true where id in (1, 4, 5)`);
  await cycle.quiesce();
});

describe.each([
  ['where the reverse role sees private rows', 'seen', 0],
  ['where the database hides them from it', 'hidden', 1],
] as const)('%s', (_, name, at) => {
  const atCloud = async () => (await controlRows<{ id: number }>(stores.cloud.admin, `select id from app.${name} order by id`)).map(({ id }) => id);
  const crm = (sql: string) => stores.crm.page.query(sql.replaceAll('TABLE', `app.${name}`));
  const edit = (sql: string) => asCloudUser(stores.cloud.user, sql.replaceAll('TABLE', `app.${name}`));

  it('private records never leave, nor do those of which it is not known', async () => {
    expect(await atCloud()).toEqual([1, 4, 5]);
    await crm(`update TABLE set name = name || '!'`);
    await crm(`insert into TABLE (id, name, private) values (6, 'canary six', true)`);
    const window = await cycle.readForward(at);
    expect(window?.bytes.toString()).not.toContain('canary');
    expect(window?.claims).toMatchObject({ rows: 3, tombstones: 0 });
    if (window !== undefined) await cycle.confirm(window, await cycle.deliver(window));
    expect(await atCloud()).toEqual([1, 4, 5]);
    await crm('delete from TABLE where id = 6');
  });

  it('a record that becomes private is retracted by a proven delete; and is there again when it is so no more', async () => {
    await crm('update TABLE set private = true where id = 1');
    const window = await cycle.readForward(at);
    expect(window?.claims).toMatchObject({ rows: 1, tombstones: 1 });
    expect(window?.bytes.toString()).not.toContain('one');
    if (window !== undefined) await cycle.confirm(window, await cycle.deliver(window));
    expect(await atCloud()).toEqual([4, 5]);
    await crm('update TABLE set private = null where id = 4');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([5]);
    await crm('update TABLE set private = false where id in (1, 4)');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([1, 4, 5]);
    expect(await cycle.quiesce()).toBe(0);
  });

  it('also a copy that stayed behind when its record left the filter', async () => {
    await crm('update TABLE set active = false where id = 1');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([1, 4, 5]);
    await crm('update TABLE set private = true where id = 1');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([4, 5]);
  });

  it('also when both happen at once, and when it is asked for again while it is private', async () => {
    await crm('update TABLE set active = false, private = true where id = 1');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([4, 5]);
    const plan = stores.plans[at]?.crm ?? stores.crmPlan;
    // A key that is none of the table's, in the log, would stop every window from then on.
    for (const wrong of ['', 'one', '1.5', '99999999999999999999'])
      expect(await codeOf(resendRecords(stores.crm.consumer, plan, [['1'], [wrong]]))).toBe('key-invalid');
    await resendRecords(stores.crm.consumer, plan, [['1'], ['2']]);
    const window = await cycle.readForward(at);
    expect(window?.claims).toMatchObject({ rows: 2, tombstones: 2 });
    if (window !== undefined) await cycle.confirm(window, await cycle.deliver(window));
    expect(await atCloud()).toEqual([4, 5]);
  });

  it('also where the cloud’s users edit it at the same time, though the cloud wins elsewhere: the edit is kept, the copy goes', async () => {
    await edit(`update TABLE set name = 'edited' where id = 5`);
    await crm('update TABLE set private = true where id = 5');
    await cycle.quiesce();
    expect(await atCloud()).toEqual([1, 4]);
    const [row] = await controlRows<{ name: string }>(stores.crm.admin, `select name from app.${name} where id = 5`);
    expect(row?.name).not.toBe('edited');
    const kept = await controlRows<{ value: Record<string, string> }>(
      stores.crm.admin,
      `select cloud_value as value from tidegate.conflict where collection = $1 and kind = 'edit-against-delete' order by id desc limit 1`,
      [name],
    );
    expect(kept[0]?.value).toMatchObject({ id: '5', name: 'edited' });
  });

  it('an edit of a record that was deleted still brings it back, where the cloud wins', async () => {
    await crm(`insert into TABLE (id, name) values (9, 'nine')`);
    await cycle.quiesce();
    await edit(`update TABLE set name = 'kept' where id = 9`);
    await crm('delete from TABLE where id = 9');
    await cycle.quiesce();
    expect(await controlRows(stores.crm.admin, `select name from app.${name} where id = 9`)).toEqual([{ name: 'kept' }]);
    await crm('delete from TABLE where id = 9');
    await cycle.quiesce();
  });
});

it('a rule that comes later retracts what it makes private, once the table is attached with it', async () => {
  const { crm, cloud } = stores.plans[0] ?? { crm: stores.crmPlan, cloud: stores.cloudPlan };
  const count = async () => (await controlRows(stores.cloud.admin, 'select from app.seen where id = 4')).length;
  expect(await count()).toBe(1);
  const stricter = { ...crm, binding: { ...crm.binding, private: { sql: `private or name = 'four!'`, columns: ['private', 'name'] } } };
  await stores.crm.page.query(`update app.seen set name = 'four!' where id = 4`);
  await cycle.quiesce();
  await attachTable(stores.crm.admin, [stricter]);
  await new DataCycle({ ...stores, plans: [{ crm: stricter, cloud }] }).forward();
  expect(await count()).toBe(0);
  // Attached just so, nothing is asked for again.
  expect((await attachTable(stores.crm.admin, [stricter])).current).toBe(true);
  await attachTable(stores.crm.admin, [crm]);
});
