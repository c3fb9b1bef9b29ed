import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { readFaultDetail } from '../../../../exchange/fault-details.ts';
import { imbalance } from '../../../../exchange/books.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id uuid primary key, parent uuid, code text, size text, amount text, kind text, starts text, ends text)`,
    cloudSql: `
      create table app.items (
        tenant text, id uuid, parent uuid, code text not null, size varchar(5), amount numeric(6,2), kind text, starts date, ends date,
        primary key (tenant, id), unique (tenant, code), check (ends is null or ends >= starts), check (code <> 'forbidden'),
        foreign key (tenant, parent) references app.items (tenant, id) deferrable initially deferred
      );
      create function app.moody() returns trigger language plpgsql as $$ begin if new.size = 'moody' then raise exception 'no'; end if; return new; end $$;
      create trigger moody before insert or update on app.items for each row execute function app.moody();`,
    collections: [
      {
        table: 'items',
        fields: ['id', 'parent', 'code', 'size', 'amount', 'kind', 'starts', 'ends'],
        references: [{ fields: ['parent'], collection: 'items' }],
        cloud: {
          columns: ['id', 'parent', 'code', 'size', 'amount', 'starts', 'ends']
            .map((name) => ({ field: name, column: name }))
            .concat([{ field: 'kind', column: 'kind', enumeration: { a: 'A', b: 'B' } } as never]),
        },
      },
    ],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.cloud.admin.query('truncate app.items');
  await stores.cloud.admin.query(`delete from tidegate.change_log; delete from tidegate.quarantine`);
});

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const item = (n: number, fields: Record<string, string | null> = {}): HandMadeRow => ({ op: 'I', fields: { id: id(n), code: `code ${n}`, ...fields } });
const change = (n: number, fields: Record<string, string | null>): HandMadeRow => ({
  op: 'U',
  changed: Object.keys(fields).join('|'),
  fields: { id: id(n), code: `code ${n}`, ...fields },
});

async function inject(rows: readonly HandMadeRow[], more: Partial<HandMadeWindow> = {}) {
  const done = await injectWindow(stores.cloud.producer, handMadeWindow(stores.cloudPlan, { ordinal: ordinal + 1, rows, ...more }));
  ordinal++;
  expect(imbalance(done.books)).toBe(0);
  return done.books;
}
const landed = async () =>
  (await controlRows<{ id: string }>(stores.cloud.admin, 'select id from app.items order by id')).map((row) => Number(row.id.slice(-12)));
const waiting = async () => {
  const rows = await controlRows<{ key: string[]; code: string; field: string; detail: string; state: string }>(
    stores.cloud.admin,
    'select key, code, field, detail, state from tidegate.quarantine order by key, id',
  );
  // A page can say each of them in its user's language.
  expect(rows.filter(({ detail }) => readFaultDetail(detail) === undefined)).toEqual([]);
  return rows;
};

/** One bad row between two good ones: the neighbours land, the row waits with its reason. */
async function setAside(bad: HandMadeRow): Promise<readonly [code: string, field: string]> {
  const books = await inject([item(1), bad, item(3)]);
  expect(books).toMatchObject({ offered: 3, applied: 2, quarantined: 1 });
  expect(await landed()).toEqual([1, 3]);
  const [row, ...others] = await waiting();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ key: [bad.fields['id']], state: 'waiting' });
  return [row?.code ?? '', row?.field ?? ''];
}

describe('a record that the store cannot take is set aside with its reason', () => {
  it.each([
    ['key-invalid', 'id', item(2, { id: 'no uuid' })],
    ['value-invalid', 'amount', item(2, { amount: 'much' })],
    ['value-invalid', 'amount', item(2, { amount: '123456.00' })],
    ['value-invalid', 'starts', item(2, { starts: '2026-02-30' })],
    ['value-invalid', 'kind', item(2, { kind: 'unlisted' })],
    ['value-invalid', 'code', item(2, { code: null })],
    ['value-too-long', 'size', item(2, { size: 'longer' })],
    ['unknown-parent', 'parent', item(2, { parent: id(99) })],
    ['constraint-violated', 'code', item(2, { code: 'forbidden' })],
    ['constraint-violated', 'starts, ends', item(2, { starts: '2026-02-02', ends: '2026-02-01' })],
    ['constraint-violated', 'code', item(2, { code: 'code 1' })],
    ['constraint-violated', '', item(2, { size: 'moody' })],
  ])('%s: %s', async (code, field, bad) => {
    expect(await setAside(bad)).toEqual([code, field]);
  });

  it('says so without content, and keeps the record as it came', async () => {
    await inject([item(2, { amount: 'secret words', size: null, kind: '' })]);
    const [row] = await controlRows<Record<string, unknown>>(stores.cloud.admin, 'select * from tidegate.quarantine');
    expect(row?.['record']).toMatchObject({ id: id(2), amount: 'secret words', size: null, kind: '' });
    expect(row).toMatchObject({ direction: 'forward', op: 'I', changed: '*', detail: expect.not.stringContaining('secret') });
  });

  it('where a tombstone meets children', async () => {
    await inject([item(1), item(2, { parent: id(1) })]);
    expect(await inject([{ op: 'D', fields: { id: id(1) } }, item(3)])).toMatchObject({ applied: 1, quarantined: 1 });
    expect(await waiting()).toMatchObject([{ key: [id(1)], code: 'constraint-violated' }]);
  });

  it('many of several kinds, in a large window, by halving where nothing else tells', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => item(n + 1, n % 500 === 7 ? { size: 'moody' } : n % 400 === 3 ? { amount: 'x' } : {}));
    const books = await inject(rows);
    expect(books).toMatchObject({ offered: 3000, quarantined: 14, applied: 2986 });
    expect(await landed()).toHaveLength(2986);
  });
});

describe('a window that refers to itself', () => {
  it('lands parents and children in any order, and only lets the children of the missing wait', async () => {
    const books = await inject([
      item(4, { parent: id(3) }),
      item(3, { parent: id(2) }),
      item(2, { parent: id(1) }),
      item(1),
      item(6, { parent: id(5) }),
      item(5, { parent: id(77) }),
    ]);
    expect(books).toMatchObject({ applied: 4, quarantined: 2 });
    expect(await landed()).toEqual([1, 2, 3, 4]);
    expect((await waiting()).map((row) => row.code)).toEqual(['unknown-parent', 'unknown-parent']);
  });

  it('lands a chain beside a record that nothing can take', async () => {
    expect(await inject([item(3, { parent: id(2) }), item(2, { parent: id(1) }), item(1), item(9, { size: 'moody' })])).toMatchObject({
      applied: 3,
      quarantined: 1,
    });
    expect(await landed()).toEqual([1, 2, 3]);
  });
});

describe('what waits', () => {
  it('is tried again with the newer row of its record, all that could not be taken then', async () => {
    await inject([item(1, { size: 'S', starts: '2026-01-01' })]);
    expect(await inject([change(1, { size: 'longer', starts: '2026-02-02' })])).toMatchObject({ quarantined: 1 });
    const now = { size: 'M', starts: '2026-02-02', amount: '7.00' };
    const row: HandMadeRow = { ...change(1, now), changed: 'amount|size' };
    expect(await inject([row])).toMatchObject({ applied: 1, quarantined: 0 });
    expect(await controlRows(stores.cloud.admin, 'select size, starts::text, amount::text from app.items')).toEqual([now]);
    expect((await waiting()).map((w) => w.state)).toEqual(['superseded']);
  });

  it('gives way to the newer reason', async () => {
    await inject([item(2, { size: 'longer' })]);
    await inject([{ ...change(2, { amount: 'x' }), fields: { id: id(2), code: 'code 2', amount: 'x', size: 'S' } }]);
    expect(await waiting()).toMatchObject([
      { code: 'value-too-long', state: 'superseded' },
      { code: 'value-invalid', field: 'amount', state: 'waiting' },
    ]);
    expect(await inject([{ ...change(2, { amount: '1' }), fields: { id: id(2), code: 'code 2', amount: '1', size: 'S' } }])).toMatchObject({ applied: 1 });
    expect(await landed()).toEqual([2]);
  });

  it('and is gone with its tombstone', async () => {
    await inject([item(2, { size: 'longer' })]);
    expect(await inject([{ op: 'D', fields: { id: id(2) } }])).toMatchObject({ unchanged: 1 });
    expect((await waiting()).map((w) => w.state)).toEqual(['superseded']);
  });
});
