import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { postgresLinkStore } from '../../../../adaptor/data/control/link-store.ts';
import { countSetAside, listSetAside, readSetAsideDetail } from '../../../../adaptor/data/quarantine/quarantine-rows.ts';
import { pageLinkStore } from '../../../../crm/page-link-store.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { decide } from '../release/release-fixture.ts';

/* Records set aside in both directions, from both stores: listed, shown, tried again, given up. */

let stores: TwoStores;
let cycle: DataCycle;
const LINK = 'acme/test/hub';

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, note varchar(10), amount text check (amount <> 'forbidden'))`,
    cloudSql: `create table app.items (tenant text, id int, note text, amount varchar(10), primary key (tenant, id))`,
    collections: [{ table: 'items', fields: ['id', 'note', 'amount'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.items');
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine; delete from tidegate.ledger_entry');
  await stores.cloud.admin.query('delete from tidegate.quarantine');
  await stores.crm.page.query(`insert into app.items values (1, 'n', 'a'), (2, 'n', 'a')`);
  await cycle.quiesce();
});

const list = (question = {}) => listSetAside(stores.crm.consumer, LINK, question);
const crmItems = () => controlRows<Record<string, unknown>>(stores.crm.admin, 'select * from app.items order by id');
const cloudItems = () => controlRows<Record<string, unknown>>(stores.cloud.admin, 'select id, note, amount from app.items order by id');
const cloudUser = (sql: string) => asCloudUser(stores.cloud.user, sql);

/** Gives it up as a user of the page does, and sends again what has to be. */
async function discard(id: number) {
  const again = await pageLinkStore(stores.crm.page).discard({ link: LINK, id, by: 'ada', reason: 'not ours' });
  if (again !== undefined)
    await stores.crm.admin.query(`insert into tidegate.change_log (source, key, op, origin) select id, $1, 'R', $2 from tidegate.source`, [again.key, LINK]);
  return again;
}

describe('at the CRM', () => {
  beforeEach(async () => {
    await cloudUser(`update app.items set note = 'much too long for it' where id = 1`);
    await cycle.quiesce();
  });

  it('is listed with reason, field and hint, and without values; shown with them', async () => {
    const [row, ...others] = await list();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ collection: 'items', direction: 'reverse', key: ['1'], op: 'U', code: 'value-too-long', field: 'note', state: 'waiting' });
    expect(row?.hint).toMatch(/edit the values, or retry/);
    expect(JSON.stringify(row)).not.toContain('much too long for it');
    expect(await readSetAsideDetail(stores.crm.consumer, LINK, row?.id ?? 0)).toMatchObject({ record: { note: 'much too long for it' }, changed: ['note'] });
    expect(await codeOf(readSetAsideDetail(stores.crm.consumer, 'acme/test/other', row?.id ?? 0))).toBe('record-not-found');
    for (const narrow of [{ collection: 'others' }, { direction: 'forward' }]) expect(await list(narrow)).toEqual([]);
  });

  it('is edited: both stores have the new value, and nothing moves any more', async () => {
    const [row] = await list();
    expect(await decide(stores, { act: 'edit', subject: row?.id ?? 0, values: { note: 'shorter' } })).toBe('applied');
    await cycle.quiesce();
    expect((await crmItems())[0]).toMatchObject({ note: 'shorter' });
    expect((await cloudItems())[0]).toMatchObject({ note: 'shorter' });
    expect(await list()).toEqual([]);
    expect(await list({ all: true })).toMatchObject([{ state: 'resolved', resolvedBy: 'anna', resolvedReason: 'because', hint: '' }]);
  });

  it('is discarded by name and reason; the cloud gets the CRM’s record again', async () => {
    const [row] = await list();
    expect(await discard(row?.id ?? 0)).toEqual({ collection: 'items', key: ['1'] });
    await cycle.quiesce();
    expect((await cloudItems())[0]).toMatchObject({ note: 'n' });
    expect(await countSetAside(stores.crm.consumer, LINK)).toEqual({ waiting: 0, discarded: 1 });
    expect(await list({ all: true })).toMatchObject([{ state: 'discarded', resolvedBy: 'ada', resolvedReason: 'not ours' }]);
    const audit = await controlRows(
      stores.crm.admin,
      `select subject, facts from tidegate.audit_event where event = 'quarantine-discarded' order by id desc limit 1`,
    );
    expect(audit).toEqual([{ subject: String(row?.id), facts: { by: 'ada' } }]);
    expect(await codeOf(discard(row?.id ?? 0))).toBe('already-decided');
  });

  it('that the CRM never had is discarded without touching the cloud’s record, which may come later', async () => {
    await cloudUser(`insert into app.items values ('acme', 9, 'fine', 'forbidden')`);
    await cycle.quiesce();
    const [row] = await list();
    expect(row).toMatchObject({ key: ['9'], op: 'I', code: 'constraint-violated' });
    expect(await discard(row?.id ?? 0)).toBeUndefined();
    await cycle.quiesce();
    expect((await cloudItems()).at(-1)).toMatchObject({ id: 9, amount: 'forbidden' });
    expect((await crmItems()).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('of a delete that was refused: the record comes back to the cloud', async () => {
    await stores.crm.admin.query(`create table app.children (id int primary key references app.items); insert into app.children values (2)`);
    await cloudUser('delete from app.items where id = 2');
    await cycle.quiesce();
    const [row] = await list();
    expect(row).toMatchObject({ key: ['2'], op: 'D', code: 'constraint-violated' });
    expect(await discard(row?.id ?? 0)).toEqual({ collection: 'items', key: ['2'] });
    await stores.crm.admin.query('drop table app.children');
    await cycle.quiesce();
    expect((await cloudItems()).filter(({ id }) => id === 2)).toHaveLength(1);
  });
});

describe('at the cloud', () => {
  it('is known at the CRM by the receipt, is sent again on retry, and stays out until it changes once discarded', async () => {
    await stores.crm.page.query(`update app.items set amount = 'much too long for it' where id = 1`);
    await cycle.quiesce();
    const [row] = await list();
    expect(row).toMatchObject({
      direction: 'forward',
      key: ['1'],
      code: 'value-too-long',
      state: 'waiting',
      hint: expect.stringContaining('Correct it in the CRM'),
    });
    expect(await postgresLinkStore(stores.crm.consumer).readWaiting(LINK, row?.id ?? 0)).toEqual({ direction: 'forward', collection: 'items', key: ['1'] });
    expect(await codeOf(decide(stores, { act: 'retry', subject: row?.id ?? 0 }))).toBe('bad-request');
    expect(await discard(row?.id ?? 0)).toBeUndefined();
    await cycle.quiesce();
    expect((await cloudItems())[0]).toMatchObject({ amount: 'a' });
    await stores.crm.page.query(`update app.items set amount = 'short' where id = 1`);
    await cycle.quiesce();
    expect((await cloudItems())[0]).toMatchObject({ amount: 'short' });
  });
});
