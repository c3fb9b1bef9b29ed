import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow } from '../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../support/two-stores.ts';

const RECORDS = 20_000;
const CHANGES = 20;

/** So many rows of the table a step may touch for each change: to find it, lock it, compare it, write it, read it for the wire. */
const TOUCHES = 15;

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, a text, b text); insert into app.items select n, 'a' || n, repeat('b', 100) from generate_series(1, ${RECORDS}) n`,
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', 'b'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load(0, 10_000);
  await cycle.quiesce();
});
afterAll(async () => stores[Symbol.asyncDispose]());

/** Rows of the table that a store's sessions have read until now, by whatever kind of scan. A session tells when it ends. */
async function rowsRead(admin: Pool, role: string): Promise<number> {
  await admin.query(`select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = $1 and datname = current_database()`, [role]);
  const row = await controlRow<{ rows: number }>(
    admin,
    `select (seq_tup_read + coalesce(idx_tup_fetch, 0))::int8 as rows from pg_stat_user_tables where relid = 'app.items'::regclass`,
  );
  return row?.rows ?? 0;
}

const read = async () => ({ crm: await readAtCrm(), cloud: await rowsRead(stores.cloud.admin, 'tidegate_producer') });
const readAtCrm = async () => {
  await rowsRead(stores.crm.admin, 'tidegate_consumer');
  return rowsRead(stores.crm.admin, 'tidegate_reverse');
};

describe('a table that was empty when its first small windows came', () => {
  it('is not read for those that come when it is full, by the same session', async () => {
    await using grown = await openTwoStores({
      crmSql: 'create table app.items (id int primary key, a text)',
      cloudSql: 'create table app.items (tenant text, id int, a text, primary key (tenant, id))',
      collections: [{ table: 'items', fields: ['id', 'a'] }],
    });
    const steps = new DataCycle(grown);
    await steps.load();
    await steps.quiesce();
    const { page } = grown.crm;
    // PostgreSQL keeps the plan of a prepared statement from its sixth use on.
    for (let id = -8; id < 0; id++) {
      await page.query(`insert into app.items values (${id})`);
      expect(await steps.forward()).toBe(1);
    }
    await page.query(`insert into app.items select n from generate_series(1, ${RECORDS}) n`);
    expect(await steps.forward()).toBe(RECORDS);
    await page.query(`update app.items set a = 'changed' where id between 1 and ${CHANGES}`);
    expect(await steps.forward()).toBe(CHANGES);
    expect(await rowsRead(grown.cloud.admin, 'tidegate_producer')).toBeLessThan(RECORDS / 4);
  });
});

describe('a small change of a large table is carried without reading the table', () => {
  it('to the cloud, though nobody has analysed its table', async () => {
    await stores.crm.page.query(`update app.items set a = 'changed' where id % ${RECORDS / CHANGES} = 0`);
    await rowsRead(stores.crm.admin, 'crm_page');
    const before = await read();
    expect(await cycle.forward()).toBe(CHANGES);
    const after = await read();
    expect(after.crm - before.crm).toBeLessThanOrEqual(CHANGES * TOUCHES);
    expect(after.cloud - before.cloud).toBeLessThanOrEqual(CHANGES * TOUCHES);
    expect(after.cloud - before.cloud).toBeGreaterThanOrEqual(CHANGES);
  });

  it('into the CRM', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set b = 'edited' where id % ${RECORDS / CHANGES} = 0`);
    await rowsRead(stores.cloud.admin, 'cloud_user');
    const before = await read();
    expect(await cycle.reverse()).toBe(CHANGES);
    const after = await read();
    expect(after.crm - before.crm).toBeLessThanOrEqual(CHANGES * TOUCHES);
    expect(after.crm - before.crm).toBeGreaterThanOrEqual(CHANGES);
    expect(after.cloud - before.cloud).toBeLessThanOrEqual(CHANGES * TOUCHES);
  });
});
