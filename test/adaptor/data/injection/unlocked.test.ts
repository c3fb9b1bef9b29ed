import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { meetEdit } from '../../../support/meet-edit.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/* A large window is merged at the cloud without locking its records first; an edit that it meets sends it the usual way. */

/** Enough for a window to be large. */
const MANY = 1500;

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
  await crm('delete from app.items');
  await cycle.quiesce();
  await crm(`insert into app.items select n, 'a', 'b' from generate_series(1, ${MANY}) n`);
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine');
});

const crm = (sql: string) => stores.crm.page.query(sql);
const records = async (store: 'crm' | 'cloud', condition = 'id <= 2') =>
  (await controlRows<{ line: string }>(stores[store].admin, `select concat_ws(' ', id, a, b) as line from app.items where ${condition} order by id`)).map(
    ({ line }) => line,
  );
const conflicts = () => controlRows(stores.crm.admin, 'select key[1] as id, field, kind from tidegate.conflict order by 1');

/** Lets a window run into an edit of a cloud user. */
const meet = (edit: string): Promise<void> => meetEdit(stores, 'cloud', edit, () => cycle.forward());

describe('a large window that meets no edit', () => {
  it('locks no record but those that it changes', async () => {
    await crm(`update app.items set a = 'x' where id <= ${MANY - 1}; update app.items set a = 'a' where id % 2 = 0`);
    await cycle.forward();
    const rows = await controlRows(
      stores.cloud.admin,
      `select a, count(*)::int as records, count(*) filter (where xmax <> '0')::int as locked from app.items group by a order by a`,
    );
    expect(rows).toEqual([
      { a: 'a', records: MANY / 2, locked: 0 },
      { a: 'x', records: MANY / 2, locked: 0 },
    ]);
  });

  it('is not kept from it by edits of other records, or by some that are decided', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set a = 'cloud' where id = ${MANY}`);
    await crm(`update app.items set b = 'crm' where id < ${MANY}; delete from app.items where id = 1; insert into app.items values (${MANY + 1}, 'new', 'b')`);
    await cycle.forward();
    expect(await records('cloud', `id in (1, 2, ${MANY}, ${MANY + 1})`)).toEqual(['2 a crm', `${MANY} cloud b`, `${MANY + 1} new b`]);
    expect(await controlRows(stores.cloud.admin, `select count(*)::int as n from app.items where b = 'crm' and xmax <> '0'`)).toEqual([{ n: 0 }]);
  });
});

describe('an edit that is under way when a large window arrives is not lost', () => {
  it('of the same field: it is held, and decided by the CRM', async () => {
    await crm(`update app.items set a = 'crm'`);
    await meet(`update app.items set a = 'cloud' where id = 1`);
    expect(await records('cloud')).toEqual(['1 cloud b', '2 crm b']);
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toEqual(['1 crm b', '2 crm b']);
    expect(await conflicts()).toEqual([{ id: '1', field: 'a', kind: 'field' }]);
  });

  it('of another field: both stay', async () => {
    await crm(`update app.items set a = 'crm'`);
    await meet(`update app.items set b = 'cloud' where id = 1`);
    expect(await records('cloud')).toEqual(['1 crm cloud', '2 crm b']);
    await cycle.quiesce();
    expect(await records('crm')).toEqual(['1 crm cloud', '2 crm b']);
    expect(await conflicts()).toEqual([]);
  });

  it('a delete: the record does not come back unasked', async () => {
    await crm(`update app.items set a = 'crm'`);
    await meet('delete from app.items where id = 1');
    expect(await records('cloud')).toEqual(['2 crm b']);
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toEqual(['1 crm b', '2 crm b']);
    expect(await conflicts()).toEqual([{ id: '1', field: null, kind: 'delete-against-edit' }]);
  });

  it('of a record that the CRM deletes: it is decided by the CRM', async () => {
    await crm('delete from app.items where id <> 2');
    await meet(`update app.items set a = 'cloud' where id = 1`);
    expect(await records('cloud')).toEqual(['1 cloud b', '2 a b']);
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await records(store)).toEqual(['2 a b']);
    expect(await conflicts()).toEqual([{ id: '1', field: null, kind: 'edit-against-delete' }]);
  });

  it('a record of the same key: both sides made one', async () => {
    await crm(`update app.items set a = 'crm'; insert into app.items values (${MANY + 1}, 'crm', 'same')`);
    await meet(`insert into app.items values ('acme', ${MANY + 1}, 'cloud', 'same')`);
    expect(await records('cloud', `id > ${MANY}`)).toEqual([`${MANY + 1} cloud same`]);
    await cycle.quiesce();
    for (const store of ['crm', 'cloud'] as const) expect(await records(store, `id > ${MANY}`)).toEqual([`${MANY + 1} crm same`]);
  });
});
