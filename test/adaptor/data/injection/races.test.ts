import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { meetEdit } from '../../../support/meet-edit.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, b text)',
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', 'b'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.items');
  await cycle.quiesce();
  await stores.crm.page.query(`insert into app.items values (1, 'a', 'b'), (2, 'a', 'b')`);
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine');
});

const records = async (store: 'crm' | 'cloud') =>
  (await controlRows<{ line: string }>(stores[store].admin, `select concat_ws(' ', id, a, b) as line from app.items order by id`)).map((row) => row.line);

const meet = (store: 'crm' | 'cloud', edit: string, window: () => Promise<unknown>): Promise<void> => meetEdit(stores, store, edit, window);

describe('an edit that is under way when a window arrives is not lost', () => {
  it('at the CRM: the same field is a conflict, another one is not', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set a = 'cloud' where id = 1`);
    await meet('crm', `update app.items set a = 'crm' where id = 1`, () => cycle.reverse());
    expect(await records('crm')).toContain('1 crm b');
    await asCloudUser(stores.cloud.user, `update app.items set b = 'cloud' where id = 2`);
    await meet('crm', `update app.items set a = 'crm' where id = 2`, () => cycle.reverse());
    expect(await records('crm')).toContain('2 crm cloud');
    await cycle.quiesce();
    expect(await records('cloud')).toEqual(['1 crm b', '2 crm cloud']);
    expect(await controlRows(stores.crm.admin, 'select key, field, kind from tidegate.conflict')).toEqual([{ key: ['1'], field: 'a', kind: 'field' }]);
  });

  it('at the CRM: a delete meets an edit', async () => {
    await asCloudUser(stores.cloud.user, 'delete from app.items where id = 1');
    await meet('crm', `update app.items set a = 'crm' where id = 1`, () => cycle.reverse());
    await cycle.quiesce();
    expect(await records('cloud')).toContain('1 crm b');
  });

  it('at the CRM: an edit meets a delete', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set a = 'cloud' where id = 1`);
    await meet('crm', 'delete from app.items where id = 1', () => cycle.reverse());
    await cycle.quiesce();
    expect(await records('cloud')).toEqual(['2 a b']);
    expect(await controlRows(stores.crm.admin, 'select kind from tidegate.conflict')).toEqual([{ kind: 'edit-against-delete' }]);
  });

  it('at the cloud: it is held, and decided by the CRM', async () => {
    await stores.crm.page.query(`update app.items set a = 'crm' where id = 1`);
    await meet('cloud', `update app.items set a = 'cloud' where id = 1`, () => cycle.forward());
    expect(await records('cloud')).toContain('1 cloud b');
    await cycle.quiesce();
    expect(await records('cloud')).toContain('1 crm b');
    expect(await controlRows(stores.crm.admin, 'select field, cloud_value from tidegate.conflict')).toEqual([{ field: 'a', cloud_value: 'cloud' }]);
  });

  it('on either side: both make the same key', async () => {
    await stores.crm.page.query(`insert into app.items values (3, 'crm', 'same')`);
    await meet('cloud', `insert into app.items values ('acme', 3, 'cloud', 'same')`, () => cycle.forward());
    expect(await records('cloud')).toContain('3 cloud same');
    await asCloudUser(stores.cloud.user, `insert into app.items values ('acme', 4, 'cloud', 'same')`);
    await meet('crm', `insert into app.items values (4, 'crm', 'same')`, () => cycle.reverse());
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toEqual(['1 a b', '2 a b', '3 crm same', '4 crm same']);
  });
});

it('an order that acknowledges more than an older forward window knew does not let that window overwrite', async () => {
  // Changed and changed back at the CRM, so that the cloud's edit is taken; the forward window still carries the old value.
  await stores.crm.page.query(`update app.items set a = 'x' where id = 1`);
  await stores.crm.page.query(`update app.items set a = 'a' where id = 1`);
  const forward = await cycle.readForward();
  await asCloudUser(stores.cloud.user, `update app.items set a = 'cloud' where id = 1`);
  await cycle.reverse();
  if (forward === undefined) throw new Error('there is a forward window');
  await cycle.confirm(forward, await cycle.deliver(forward));
  await cycle.quiesce();
  for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toContain('1 cloud b');
});

describe('at the same time', () => {
  it('a forward and a reverse window on the same records: different fields both land, the same one is settled', async () => {
    await stores.crm.page.query(`insert into app.items select n, 'a', 'b' from generate_series(3, 40) n`);
    await cycle.quiesce();
    for (let round = 0; round < 5; round++) {
      await stores.crm.page.query(`update app.items set a = 'crm ${round}'`);
      await asCloudUser(stores.cloud.user, `update app.items set b = 'cloud ${round}', a = case when id = 1 then 'lost ${round}' else a end`);
      const [forward, reverse] = [await cycle.readForward(), await cycle.readReverse()];
      if (forward === undefined || reverse === undefined) throw new Error('there are edits');
      const [there, here] = await Promise.all([cycle.deliver(forward), cycle.deliver(reverse)]);
      await Promise.all([cycle.confirm(forward, there), cycle.confirm(reverse, here)]);
      await cycle.quiesce();
      const all = Array.from({ length: 40 }, (_, i) => `${i + 1} crm ${round} cloud ${round}`);
      for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toEqual(all);
    }
    expect(await controlRows(stores.crm.admin, 'select distinct key, field from tidegate.conflict')).toEqual([{ key: ['1'], field: 'a' }]);
  });
});
