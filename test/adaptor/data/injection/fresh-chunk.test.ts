import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { imbalance } from '../../../../exchange/books.ts';
import { binaryRows, int16, int32 } from '../../../support/binary-rows.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow } from '../../../support/hand-made-window.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let ordinal = 1;
let chunk = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, name text not null, amount numeric)',
    cloudSql: 'create table app.items (tenant text, id int, name text not null, amount numeric check (amount < 1000000), primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'name', 'amount'] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const admin = (text: string) => stores.cloud.admin.query(text);

// Each case is a load of its own, in which no chunk has met anything.
beforeEach(async () => {
  await admin('truncate app.items; delete from tidegate.change_log; delete from tidegate.quarantine');
  await admin(`delete from tidegate.window_chunk; delete from tidegate."window"; update tidegate.channel set ordinal = ${ordinal}`);
  ordinal += 1;
  chunk = 0;
});

const row = (id: number, fields: Record<string, string | null> = {}): HandMadeRow => ({ op: 'I', fields: { id: String(id), name: `item ${id}`, ...fields } });
const rows = (from: number, count: number): HandMadeRow[] => Array.from({ length: count }, (_, i) => row(from + i));

const chunkOf = (more: Partial<HandMadeWindow>) =>
  handMadeWindow(stores.cloudPlan, { ordinal, kind: 'chunk', chunk: chunk++, rows: [], form: 'binary', ...more });

async function inject(sent: readonly HandMadeRow[], more: Partial<HandMadeWindow> = {}) {
  const { books } = await injectWindow(stores.cloud.producer, chunkOf({ rows: sent, ...more }));
  expect(imbalance(books)).toBe(0);
  return books;
}

const held = async (condition = 'true'): Promise<readonly unknown[]> =>
  (await admin(`select id, name, amount from app.items where ${condition} order by id`)).rows;
const setAside = async () => (await admin('select key[1] as key, code, field from tidegate.quarantine order by key[1]::int')).rows;

describe('a chunk of records that the store does not have', () => {
  it.each(['csv', 'binary'] as const)('lands whatever its values are, as %s', async (form) => {
    const sent = [row(1, { name: '' }), row(2, { name: 'a "quoted",\nname\twith \\. and \\N', amount: '12.50' }), row(3, { name: 'Zoë 🌊 \u202Eabc' })];
    expect(await inject(sent, { form, filtered: 2, pieceBytes: 3 })).toEqual({
      offered: 5,
      applied: 3,
      unchanged: 0,
      conflicted: 0,
      quarantined: 0,
      filtered: 2,
    });
    expect(await held()).toEqual([
      { id: '1', name: '', amount: null },
      { id: '2', name: 'a "quoted",\nname\twith \\. and \\N', amount: '12.50' },
      { id: '3', name: 'Zoë 🌊 \u202Eabc', amount: null },
    ]);
    expect((await admin('select from tidegate.change_log')).rowCount).toBe(0);
  });

  it('may be empty', async () => {
    expect(await inject([])).toMatchObject({ offered: 0, applied: 0 });
  });

  it('is answered with its receipt when it comes again, and refused with other content', async () => {
    const first = chunkOf({ rows: rows(1, 5) });
    const { receiptJws } = await injectWindow(stores.cloud.producer, first);
    const again = handMadeWindow(stores.cloudPlan, { ordinal, kind: 'chunk', chunk: 0, rows: rows(1, 5), form: 'binary', claims: first.claims });
    expect(await injectWindow(stores.cloud.producer, again)).toMatchObject({ receiptJws, repeated: true });
    const other = { ...first.claims, digest: 'x'.repeat(43) };
    const changed = handMadeWindow(stores.cloudPlan, { ordinal, kind: 'chunk', chunk: 0, rows: rows(1, 5), form: 'binary', claims: other });
    await expect(injectWindow(stores.cloud.producer, changed)).rejects.toMatchObject({ code: 'batch-refused' });
    expect(await held()).toHaveLength(5);
  });
});

describe('a chunk that turns out to be of other records', () => {
  it('finds those that are there, among the first or only by the insert, and the chunks after it do, too', async () => {
    await inject(rows(1, 150));
    expect(await inject(rows(1, 150))).toMatchObject({ applied: 0, unchanged: 150 });
    expect(await inject([...rows(1000, 150), row(7, { name: 'another' })])).toMatchObject({ applied: 151 });
    expect(await held('id = 7')).toMatchObject([{ name: 'another' }]);
  });

  it('finds the last of many by the insert', async () => {
    await inject([row(9999)]);
    expect(await inject([...rows(1, 150), row(9999, { name: 'another' })])).toMatchObject({ applied: 151 });
    expect(await held('id = 9999')).toMatchObject([{ name: 'another' }]);
  });

  it('sets aside what the store cannot take, with the reason, while all others land', async () => {
    const sent = [...rows(1, 120), row(500, { amount: 'no number' }), row(501, { amount: '2000000' }), row(502, { name: null })];
    expect(await inject(sent)).toMatchObject({ applied: 120, quarantined: 3 });
    expect(await setAside()).toEqual([
      { key: '500', code: 'value-invalid', field: 'amount' },
      { key: '501', code: 'constraint-violated', field: 'amount' },
      { key: '502', code: 'value-invalid', field: 'name' },
    ]);
    // What was set aside is taken with the load that brings it right.
    expect(await inject([row(500, { amount: '5' })])).toMatchObject({ applied: 1 });
    expect((await admin(`select from tidegate.quarantine where state = 'waiting'`)).rowCount).toBe(2);
  });

  it('does not bring back what a user deleted, nor write over what one edited', async () => {
    await inject([row(1), row(2)]);
    await asCloudUser(stores.cloud.user, `delete from app.items where id = 1; update app.items set name = 'mine' where id = 2`);
    expect(await inject([row(1), row(2), row(3)])).toMatchObject({ applied: 1, conflicted: 2 });
    expect(await held()).toMatchObject([{ id: '2', name: 'mine' }, { id: '3' }]);
  });

  it('is refused as any window where it holds other rows than its manifest counts, a tombstone, or a record twice', async () => {
    await expect(inject(rows(1, 3), { claims: { rows: 4 } })).rejects.toMatchObject({ code: 'batch-refused' });
    await expect(inject([...rows(1, 3), row(2)])).rejects.toMatchObject({ code: 'batch-refused' });
    await expect(inject([row(1), { op: 'U', changed: 'nothing', fields: { id: '2', name: 'x' } }])).rejects.toMatchObject({ code: 'batch-refused' });
    expect(await held()).toEqual([]);
  });
});

describe('bytes that are no binary rows of the collection', () => {
  const columns: readonly (string | Buffer | null)[] = ['I', '*', null, null, '1', 'name', null];
  it.each([
    ['nothing at all', Buffer.alloc(0)],
    ['CSV', Buffer.from('"I","*",,,"1","name",\n')],
    ['a row too few columns', binaryRows([columns.slice(1)])],
    ['a row of too many', binaryRows([[...columns, null]])],
    ['a cut value', binaryRows([columns]).subarray(0, -9)],
    ['something behind the end', Buffer.concat([binaryRows([columns]), Buffer.from('more')])],
    ['a zero byte in a text', binaryRows([columns.with(5, 'a\0b')])],
    ['no UTF-8', binaryRows([columns.with(5, Buffer.from([0xc3, 0x28]))])],
    ['a value of two gigabytes', Buffer.concat([binaryRows([]).subarray(0, -2), int16(7), int32(0x7f_ff_ff_ff), Buffer.from('x')])],
    ['a negative length', Buffer.concat([binaryRows([]).subarray(0, -2), int16(7), int32(-5)])],
  ])('%s: the batch is refused, and nothing of it stored', async (_what, bytes) => {
    await expect(injectWindow(stores.cloud.producer, chunkOf({ rows: [row(1)], bytes }))).rejects.toMatchObject({ code: 'batch-refused' });
    expect(await held()).toEqual([]);
    expect(await inject([row(1)])).toMatchObject({ applied: 1 });
  });
});
