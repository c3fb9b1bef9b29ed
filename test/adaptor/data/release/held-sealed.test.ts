import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { valueCipher } from '../../../../adaptor/auth/sealing/value-cipher.ts';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { acceptRelease } from '../../../../adaptor/data/control/releases.ts';
import { destroyAtCrm } from '../../../../adaptor/data/erasure/destroy-values.ts';
import { readHeldWindow } from '../../../../adaptor/data/injection/held-window.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { applyApproved } from '../../../../adaptor/data/release/apply-approved.ts';
import type { ReleaseClaims } from '../../../../exchange/release.ts';
import { codeOf } from '../../../support/code-of.ts';
import { DataCycle, type WindowInFlight, appliedBooks } from '../../../support/data-cycle.ts';
import { signAsText } from '../../../support/hand-made-window.ts';
import { memoryKeys } from '../../../support/seal-keys.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/* Windows that wait for approval, of a collection with sealed fields: what was opened when they came is what is written later. */

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.people (id int primary key, name text, note text)',
    cloudSql: 'create table app.people (tenant text, id int, name text, note text, primary key (tenant, id))',
    collections: [{ table: 'people', conflicts: 'cloud-wins', fields: ['id', 'name', { column: 'note', sealed: true }] }],
  });
  cycle = new DataCycle(stores, { cipher: valueCipher(memoryKeys()) });
  await cycle.load();
});
afterAll(async () => stores[Symbol.asyncDispose]());
beforeEach(async () => {
  await crm('delete from app.people');
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine; delete from tidegate.conflict');
  await crm(`insert into app.people select n, 'person ' || n, 'secret ' || n from generate_series(1, 4) n`);
  await cycle.quiesce();
});

const crm = (sql: string) => stores.crm.page.query(sql);
const cloud = (sql: string) => asCloudUser(stores.cloud.user, sql);
const people = async () => controlRows(stores.crm.admin, 'select id, name, note from app.people order by id');
const asides = () =>
  controlRows(stores.crm.admin, `select key, code, field, record ->> 'note' like 'sealed:1:%' as sealed from tidegate.quarantine where state = 'waiting'`);

/** Reads a reverse window with a budget that it exceeds, and has it set down. */
async function hold(): Promise<WindowInFlight> {
  const window = await cycle.readReverse(0, { changeBudget: 0 });
  if (window === undefined) throw new Error('nothing came');
  expect(await codeOf(cycle.deliver(window))).toBe('change-budget-exceeded');
  return window;
}

/** Approves what was set down: the release is accepted, and the window written under it. */
async function approve({ claims: manifest, plans, message }: WindowInFlight, changed: Partial<ReleaseClaims> = {}) {
  const held = await readHeldWindow(stores.crm.consumer, manifest.batchId);
  if (held === undefined || message === undefined) throw new Error('nothing is held');
  const now = Math.floor(Date.now() / 1000);
  const { collection, fields, operations } = message.order;
  const claims: ReleaseClaims = {
    iss: 'crm:test',
    aud: 'crm:test',
    iat: now,
    exp: now + 600,
    jti: randomUUID(),
    ...plans.crm.link,
    act: 'approve',
    subject: 1,
    content: held.digest,
    by: 'anna',
    reason: 'it was meant',
    orders: [{ collection, fields, operations, keys: null, localKeys: null }],
    ...changed,
  };
  await acceptRelease(stores.crm.verifier, plans.crm.linkName, claims, 'digest');
  return applyApproved(stores.crm.reverse, { plan: plans.crm, id: claims.jti, claims, held, manifest, runId: 'release/test/run', signReceipt: signAsText });
}
const receiptOf = async ({ claims }: WindowInFlight) =>
  (await controlRow<{ receipt: string }>(stores.crm.admin, 'select receipt from tidegate."window" where batch_id = $1::uuid', [claims.batchId]))?.receipt ?? '';
async function receipted(window: WindowInFlight): Promise<void> {
  await cycle.confirm(window, {
    receiptJws: await receiptOf(window),
    repeated: false,
    books: { offered: 0, applied: 0, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 },
  });
}

describe('a window that waits for approval', () => {
  it('brings a record back whole, with its sealed value, though it was opened days before', async () => {
    await cloud(`update app.people set name = 'kept' where id = 2`);
    await crm('delete from app.people where id = 2');
    const window = await hold();
    expect(await people()).toHaveLength(3);
    expect(await approve(window)).toBe('applied');
    expect(await people()).toContainEqual({ id: 2, name: 'kept', note: 'secret 2' });
    await receipted(window);
    await cycle.quiesce();
    expect(await people()).toContainEqual({ id: 2, name: 'kept', note: 'secret 2' });
  });

  it('keeps out what could not be opened, as it came, and lets its neighbour in', async () => {
    await stores.cloud.admin.query(`update app.people p set name = 'swapped', note = o.note from app.people o where p.id = 1 and o.id = 3`);
    await cloud(`update app.people set name = 'neighbour' where id = 4`);
    const window = await hold();
    expect(await approve(window)).toBe('applied');
    expect(await asides()).toEqual([{ key: ['1'], code: 'sealed-value-refused', field: 'note', sealed: true }]);
    expect(await people()).toMatchObject([{ name: 'person 1', note: 'secret 1' }, {}, {}, { name: 'neighbour', note: 'secret 4' }]);
    await receipted(window);
    await cycle.quiesce();
    expect(await controlRows(stores.cloud.admin, 'select count(distinct note) as notes from app.people')).toEqual([{ notes: 4 }]);
  });

  it('is not written where a verdict on a sealed value was altered meanwhile', async () => {
    await stores.cloud.admin.query(`update app.people p set note = o.note from app.people o where p.id = 1 and o.id = 3`);
    const window = await hold();
    const { digest = '' } = (await readHeldWindow(stores.crm.consumer, window.claims.batchId)) ?? {};
    await stores.crm.admin.query(`update tidegate.held_row set code = null, record = record || '{"note": "forged"}'`);
    expect(await codeOf(approve(window, { content: digest }))).toBe('release-mismatch');
    expect(await people()).toMatchObject([{ note: 'secret 1' }, {}, {}, {}]);
    await stores.crm.admin.query('delete from tidegate.held_window');
    await cycle.confirm(window, await cycle.deliver(await withoutBudget(window)));
  });

  it('leaves out what was erased since: the rest is written, and the books balance', async () => {
    await cloud(`update app.people set name = 'gone' where id = 1; update app.people set name = 'stays' where id = 2`);
    const window = await hold();
    await crm('delete from app.people where id = 1');
    await inTransaction(stores.crm.consumer, async (client) => {
      const destroyed = await destroyAtCrm(client, { plan: window.plans.crm, local: ['1'], wire: ['1'] }, 'olga');
      expect(destroyed).toMatchObject({ heldRows: 1, sealedValues: 1 });
    });
    expect(await controlRows(stores.crm.admin, `select from tidegate.held_row where record::text like '%gone%'`)).toEqual([]);
    expect(await approve(window)).toBe('applied');
    expect(await people()).toMatchObject([{ id: 2, name: 'stays', note: 'secret 2' }, { id: 3 }, { id: 4 }]);
    expect(JSON.parse(await receiptOf(window))).toMatchObject({ books: { offered: 2, applied: 1, unchanged: 1 } });
    await receipted(window);
    expect((await appliedBooks(stores)).filter(({ offered, told }) => offered !== told)).toEqual([]);
  });
});

/** The same window under an order with the usual budget. */
async function withoutBudget(window: WindowInFlight): Promise<WindowInFlight> {
  if (window.message === undefined) throw new Error('no message');
  const { changeBudget: _, ...order } = window.message.order;
  return { ...window, message: { ...window.message, order } };
}
