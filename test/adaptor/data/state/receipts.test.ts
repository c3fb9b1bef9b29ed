import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withSnapshot } from '../../../../adaptor/data/extraction/snapshot.ts';
import type { PreparedWindow } from '../../../../adaptor/data/extraction/prepared-window.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { requireChannel } from '../../../../adaptor/data/state/channel.ts';
import { confirmReceipt, recordVoid } from '../../../../adaptor/data/state/receipts.ts';
import { markSent, readWindow, unsettledWindows } from '../../../../adaptor/data/state/window.ts';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Sender, receiptFor, rowsOf } from '../../../support/window-reading.ts';

const DIGEST = 'd'.repeat(43);

let store: AppStore<'crm'>;
let plan: CollectionPlan;
let sender: Sender;
let window: PreparedWindow;

beforeAll(async () => {
  store = await createAppStore('crm');
  plan = await attachCollection(store, 'CREATE TABLE app.items (id serial PRIMARY KEY, v text)', { table: 'items', fields: ['id', 'v'] });
  const first = await Sender.claim(store.admin, plan);
  await first.load();
  await first.send();
});
afterAll(async () => store[Symbol.asyncDispose]());

const name = { link: 'acme/test/hub', collection: 'items', direction: 'forward' } as const;

beforeEach(async () => {
  await store.admin.query(`INSERT INTO app.items (v) VALUES ('a'), ('b')`);
  sender = await Sender.claim(store.admin, plan);
  for (const open of await unsettledWindows(store.admin, plan.linkName)) await settle(open.ordinal, sender.epoch);
  window = await withSnapshot(store.admin, sender.fence, async (snapshot) => {
    const prepared = await snapshot.prepareWindow({ plan, phase: 'all' });
    if (prepared === undefined) throw new Error('no window');
    await rowsOf(plan, prepared.stream());
    return prepared;
  });
  await markSent(store.admin, name, window.ordinal, { digest: DIGEST, manifest: 'm' });
});

const books = { offered: 0, applied: 0, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };

async function settle(ordinal: number, epoch: number): Promise<void> {
  await recordVoid(store.admin, {
    ...name,
    epoch,
    ordinal,
    receipt: { ...plan.link, collection: 'items', direction: 'forward', ordinal, outcome: 'void', books },
    receiptJws: 'void',
  });
}

const confirm = (changes: object = {}, epoch = sender.epoch, ordinal = window.ordinal) =>
  confirmReceipt(store.admin, { ...name, epoch, ordinal, receipt: { ...receiptFor(plan, window, DIGEST), ...changes }, receiptJws: 'receipt' });

const channel = () => requireChannel(store.admin, name);

describe('a receipt', () => {
  test('closes its window, moves the cursor and proves the moment of the snapshot', async () => {
    const before = await channel();
    await confirm();
    const after = await channel();
    expect(after).toMatchObject({ ordinal: before.ordinal + 1, state: 'open' });
    expect(after.cursor).not.toBe(before.cursor);
    expect(after.provenAt?.getTime()).toBeGreaterThan(before.provenAt?.getTime() ?? 0);
    expect(await readWindow(store.admin, name, window.ordinal)).toMatchObject({ state: 'receipted', receipt: 'receipt', offered: window.rows });
  });

  test('that comes again changes nothing', async () => {
    await confirm();
    const after = await channel();
    await confirm();
    expect(await channel()).toEqual(after);
  });

  test.each([
    ['for other bytes', { digest: 'e'.repeat(43) }, 'batch-refused'],
    ['for another batch', { batchId: '11111111-1111-4111-8111-111111111111' }, 'batch-refused'],
    ['for another collection', { collection: 'others' }, 'batch-refused'],
    ['whose books do not balance', { books: { ...books, offered: 2, applied: 1 } }, 'books-unbalanced'],
    ['for fewer records than were sent', { books: { ...books, offered: 1, applied: 1 } }, 'books-unbalanced'],
  ])('%s is refused, and nothing moves', async (_what, changes, code) => {
    const before = await channel();
    await expect(confirm(changes)).rejects.toMatchObject({ code });
    expect(await channel()).toEqual(before);
    expect(await readWindow(store.admin, name, window.ordinal)).toMatchObject({ state: 'sent' });
  });

  test('that an overtaken run brings is refused', async () => {
    await Sender.claim(store.admin, plan);
    await expect(confirm()).rejects.toMatchObject({ code: 'epoch-stale' });
  });

  test('for a window that there is not, is refused', async () => {
    await expect(confirm({ ordinal: 999 }, sender.epoch, 999)).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
  });

  test('of a window whose manifest was never noted is for unknown bytes', async () => {
    await store.admin.query(`UPDATE tidegate.window SET digest = NULL WHERE state = 'sent'`);
    await expect(confirm()).rejects.toMatchObject({ code: 'batch-refused' });
  });

  test('may count what the sender kept back, or not', async () => {
    await confirm({ books: { ...books, offered: window.rows + 3, applied: window.rows, filtered: 3 } });
    expect(await readWindow(store.admin, name, window.ordinal)).toMatchObject({ state: 'receipted' });
  });
});

describe('a void window', () => {
  test('uses its number up, leaves the cursor, and its records go with the next one', async () => {
    const before = await channel();
    await settle(window.ordinal, sender.epoch);
    expect(await channel()).toMatchObject({ ordinal: window.ordinal, cursor: before.cursor });
    const next = await sender.send();
    expect(next).toMatchObject({ ordinal: window.ordinal + 1 });
    expect(next?.rows).toBeGreaterThanOrEqual(window.rows);
    await expect(confirm()).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
  });

  test('is no receipt, and a receipt is not void', async () => {
    await expect(
      recordVoid(store.admin, { ...name, epoch: sender.epoch, ordinal: window.ordinal, receipt: receiptFor(plan, window, DIGEST), receiptJws: 'r' }),
    ).rejects.toMatchObject({ code: 'batch-refused' });
    await confirm();
    await expect(settle(window.ordinal, sender.epoch)).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
  });

  test('a late note of its manifest changes nothing', async () => {
    await settle(window.ordinal, sender.epoch);
    await markSent(store.admin, name, window.ordinal, { digest: 'x', manifest: 'late' });
    expect(await readWindow(store.admin, name, window.ordinal)).toMatchObject({ state: 'void', manifest: 'm' });
  });
});
