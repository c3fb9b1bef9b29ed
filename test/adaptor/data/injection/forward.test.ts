import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { imbalance } from '../../../../exchange/books.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow } from '../../../support/hand-made-window.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, name text not null, size varchar(5), amount numeric, kind text, colour text)`,
    cloudSql: `create table app.items (tenant text, id int, name text not null, size varchar(5), amount numeric, kind text, colour text, primary key (tenant, id))`,
    collections: [
      {
        table: 'items',
        fields: ['id', 'name', 'size', 'amount', { column: 'kind', enumeration: { a: 'alpha', b: 'beta' } }, { column: 'colour', authority: 'crm' }],
        cloud: {
          columns: ['id', 'name', 'size', 'amount', 'colour']
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

const row = (id: number, fields: Record<string, string | null> = {}, more: Partial<HandMadeRow> = {}): HandMadeRow => ({
  op: 'I',
  fields: { id: String(id), name: `item ${id}`, ...fields },
  ...more,
});

async function inject(window: Omit<HandMadeWindow, 'ordinal'>) {
  const done = await injectWindow(stores.cloud.producer, handMadeWindow(stores.cloudPlan, { ordinal: ordinal + 1, ...window }));
  ordinal++;
  expect(imbalance(done.books)).toBe(0);
  return done.books;
}
const table = async () => (await stores.cloud.admin.query('select * from app.items order by id')).rows;

describe('a forward window', () => {
  it('inserts, changes by field, deletes', async () => {
    expect(await inject({ rows: [row(1, { kind: 'a', colour: 'red' }), row(2)], filtered: 3 })).toMatchObject({
      offered: 5,
      applied: 2,
      filtered: 3,
      unchanged: 0,
    });
    const books = await inject({
      rows: [
        { op: 'U', changed: 'size|kind', fields: { id: '1', name: 'not changed, so not taken', size: 'L', kind: 'b' } },
        { op: 'D', fields: { id: '2' } },
        { op: 'D', fields: { id: '3' } },
      ],
    });
    expect(books).toMatchObject({ offered: 3, applied: 2, unchanged: 1 });
    expect(await table()).toEqual([{ tenant: 'acme', id: '1', name: 'item 1', size: 'L', amount: null, kind: 'B', colour: 'red' }]);
  });

  it('holds an edit of a cloud user until it is decided', async () => {
    await inject({ rows: [row(1), row(2)] });
    await asCloudUser(stores.cloud.user, `update app.items set size = 'mine' where id = 1`);
    await asCloudUser(stores.cloud.user, `delete from app.items where id = 2`);
    const change = (id: string): HandMadeRow => ({ op: 'U', changed: 'size|name', fields: { id, name: 'theirs', size: 'other' } });
    expect(await inject({ rows: [change('1'), change('2')] })).toMatchObject({ applied: 0, conflicted: 2 });
    expect(await table()).toMatchObject([{ id: '1', name: 'theirs', size: 'mine' }]);
  });
});
