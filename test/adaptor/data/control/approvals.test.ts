import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Breach,
  bindAllowance,
  decideBreach,
  listApprovals,
  raiseBreach,
  readAllowance,
  reopenApproved,
} from '../../../../adaptor/data/control/approvals.ts';
import { shareOfRecords } from '../../../../adaptor/data/control/count-records.ts';
import { controlRow } from '../../../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { pageLinkStore } from '../../../../crm/page-link-store.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
const LINK = 'acme/test/hub';
const ASKING = { ask: true, validMs: 60_000 };

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, hidden boolean default false)',
    cloudSql: 'create table app.items (tenant text, id int, a text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a'], filter: { sql: 'not hidden', columns: ['hidden'] } }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());
beforeEach(async () => {
  await stores.crm.admin.query(`delete from tidegate.approval; delete from tidegate."window"; update tidegate.channel set state = 'open', state_reason = null`);
});

const breach = (changed: Partial<Breach> = {}): Breach => ({
  link: LINK,
  collection: 'items',
  direction: 'reverse',
  kind: 'breach',
  batchId: null,
  runId: 'w1/r1',
  code: 'delete-budget-exceeded',
  changes: 12,
  deletes: 10,
  changeBudget: null,
  deleteBudget: 5,
  records: null,
  ...changed,
});
const raise = async (changed: Partial<Breach> = {}): Promise<number> =>
  Number((await inTransaction(stores.crm.consumer, (client) => raiseBreach(client, breach(changed), ASKING))).facts['approval']);
const allowance = () => readAllowance(stores.crm.consumer, LINK, 'items', 'reverse');
const decide = (approval: number | string, approved = true) =>
  pageLinkStore(stores.crm.page).decideBreach({ link: LINK, breach: approval, approved, by: 'ada', reason: 'it was meant' });
const channel = () =>
  controlRow<{ state: string; reason: string | null }>(
    stores.crm.admin,
    `select state, state_reason as reason from tidegate.channel where direction = 'reverse'`,
  );

describe('a breach', () => {
  it('stops its channel and says how it is approved, with its counts', async () => {
    const id = await raise();
    expect(await channel()).toEqual({
      state: 'stopped',
      reason: expect.stringMatching(`10 deletes, 5 allowed; it waits for approval \\(tidegate approve ${id}\\)`),
    });
    expect(await listApprovals(stores.crm.consumer, LINK)).toMatchObject([
      { id, state: 'waiting', changes: 12, deletes: 10, deleteBudget: 5, used: false, runId: 'w1/r1' },
    ]);
    expect(await allowance()).toBeUndefined();
    await reopenApproved(stores.crm.consumer, LINK, 'reverse');
    expect(await channel()).toMatchObject({ state: 'stopped' });
  });

  it('that is approved, by the page’s role, lets the channel flow and one message through', async () => {
    const id = await raise();
    expect(await decide(id)).toMatchObject({ id, state: 'approved', decidedBy: 'ada', decidedReason: 'it was meant' });
    expect(await allowance()).toEqual({ id, kind: 'breach', changes: 12, deletes: 10 });
    await reopenApproved(stores.crm.consumer, LINK, 'reverse');
    expect(await channel()).toMatchObject({ state: 'open' });
    const message = randomUUID();
    await bindAllowance(stores.crm.consumer, id, message);
    expect(await allowance()).toMatchObject({ id });
    await stores.crm.admin.query(
      `insert into tidegate."window" (link, collection, direction, ordinal, kind, batch_id, message_id, state) values ($1, 'items', 'reverse', 1, 'delta', gen_random_uuid(), $2, 'applied')`,
      [LINK, message],
    );
    expect(await allowance()).toBeUndefined();
    expect(await listApprovals(stores.crm.consumer, LINK, 'all')).toMatchObject([{ state: 'approved', used: true }]);
    // What is used does not open the channel again, nor stand in the way of a new breach.
    const next = await raise({ deletes: 7 });
    await reopenApproved(stores.crm.consumer, LINK, 'reverse');
    expect(await channel()).toMatchObject({ state: 'stopped' });
    expect((await listApprovals(stores.crm.consumer, LINK)).map((a) => a.id)).toEqual([next]);
  });

  it('takes the place of one before, approved or not', async () => {
    const first = await raise();
    const second = await raise({ deletes: 11 });
    expect(await codeOf(decide(first))).toBe('already-decided');
    await decide(second);
    await raise({ deletes: 12 });
    expect(await allowance()).toBeUndefined();
  });

  it('is rejected, and may still be approved; approved it is not rejected', async () => {
    const id = await raise();
    await decide('w1', false);
    expect(await allowance()).toBeUndefined();
    expect(await codeOf(decide(id, false))).toBe('already-decided');
    await decide('w1/r1');
    expect(await allowance()).toMatchObject({ id });
    expect(await codeOf(decide(id, false))).toBe('already-decided');
    expect(await codeOf(decide(id))).toBe('already-decided');
  });

  it.each([999_999, 'w2', 'w'])('that there is not (%s) is not decided', async (unknown) => {
    await raise();
    expect(await codeOf(decide(unknown))).toBe('record-not-found');
  });

  it('is decided by who says who and why only', async () => {
    const id = await raise();
    await expect(stores.crm.page.query(`update tidegate.approval set state = 'approved' where id = ${id}`)).rejects.toMatchObject({ code: '23514' });
    await expect(stores.crm.page.query(`update tidegate.approval set deletes = 99 where id = ${id}`)).rejects.toMatchObject({ code: '42501' });
    await expect(stores.crm.reverse.query(`select from tidegate.approval`)).rejects.toMatchObject({ code: '42501' });
  });
});

it('a share of the records is counted among those of the collection, and rounded up', async () => {
  await stores.crm.admin.query(`insert into app.items select n, 'a', n > 10 from generate_series(1, 30) n`);
  const share = (part: number) => shareOfRecords(stores.crm.consumer, stores.crmPlan, part);
  expect(await share(1)).toEqual({ budget: null, records: null });
  expect(await share(0.25)).toEqual({ budget: 3, records: 10 });
  expect(await share(0)).toEqual({ budget: 0, records: 10 });
});

it('decideBreach in the consumer’s role names the link: another’s is not found', async () => {
  const id = await raise();
  await expect(
    inTransaction(stores.crm.consumer, (client) => decideBreach(client, { link: 'acme/test/other', breach: id, approved: true, by: 'a', reason: 'r' })),
  ).rejects.toMatchObject({ code: 'record-not-found' });
});
