import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { imbalance } from '../../../../exchange/books.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow, orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, name text not null, size varchar(5), amount numeric, colour text)`,
    cloudSql: `create table app.items (tenant text, id int, name text not null, size varchar(5), amount numeric, colour text, primary key (tenant, id))`,
    collections: [{ table: 'items', fields: ['id', 'name', 'size', 'amount', { column: 'colour', authority: 'crm' }] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.admin.query('truncate app.items');
  await stores.crm.admin.query(
    `delete from tidegate.change_log; delete from tidegate.quarantine; delete from tidegate.conflict; delete from tidegate.ledger_entry`,
  );
});

async function inject(window: Omit<HandMadeWindow, 'ordinal'>) {
  const order = window.order ?? orderFor(stores.crmPlan);
  const messageId = await stores.accept([order]);
  const done = await injectWindow(stores.crm.reverse, handMadeWindow(stores.crmPlan, { ordinal: ordinal + 1, messageId, order, ...window }));
  ordinal++;
  expect(imbalance(done.books)).toBe(0);
  return done.books;
}
const table = async () => (await stores.crm.admin.query('select * from app.items order by id')).rows;
const conflicts = async () => (await stores.crm.admin.query('select key, field, kind, crm_value, cloud_value from tidegate.conflict order by id')).rows;
const resends = async () => (await stores.crm.admin.query(`select key, old from tidegate.change_log where op = 'R' order by id`)).rows;

const row = (id: number, changed: string, fields: Record<string, string | null>, more: Partial<HandMadeRow> = {}): HandMadeRow => ({
  op: 'U',
  changed,
  base: changed
    .split('|')
    .map(() => '0')
    .join('|'),
  fields: { id: String(id), ...fields },
  ...more,
});

describe('a reverse window', () => {
  it('inserts, changes by field, deletes, and keeps a ledger', async () => {
    const created = { op: 'I', base: '0', actor: 'ann' } as const;
    expect(await inject({ rows: [row(1, '*', { name: 'one', size: 'S' }, created), row(2, '*', { name: 'two' }, created)] })).toMatchObject({ applied: 2 });
    const books = await inject({ rows: [row(1, 'size', { name: 'not taken', size: 'L' }), { op: 'D', base: '0', fields: { id: '2' } }] });
    expect(books).toMatchObject({ applied: 2, conflicted: 0 });
    expect(await table()).toEqual([{ id: '1', name: 'one', size: 'L', amount: null, colour: null }]);
    expect(await resends()).toEqual([]);
    const ledger = (await stores.crm.admin.query('select op, key, fields, actor, before, after from tidegate.ledger_entry order by id')).rows;
    expect(ledger).toMatchObject([{ op: 'I' }, { op: 'I' }, {}, {}]);
  });

  it('lets the CRM win a field that both changed, and keeps the loser', async () => {
    await stores.crm.page.query(`insert into app.items values (1, 'one', 'S', 1.50)`);
    await stores.crm.admin.query('delete from tidegate.change_log');
    await stores.crm.page.query(`update app.items set name = 'uno' where id = 1`);
    const books = await inject({ rows: [row(1, 'name|size', { name: 'eins', size: 'M' })] });
    expect(books).toMatchObject({ applied: 0, conflicted: 1 });
    expect(await table()).toMatchObject([{ name: 'uno', size: 'M' }]);
    expect(await conflicts()).toMatchObject([{ field: 'name', kind: 'field' }]);
    expect(await resends()).toHaveLength(1);
  });
});
