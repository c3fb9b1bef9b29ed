import { afterAll, beforeAll, expect, it } from 'vitest';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { type HandMadeRow, handMadeWindow } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

/** Enough for a window to be large. */
const MANY = 1500;

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, name text)',
    cloudSql: `create table app.items (tenant text, id int, name text, primary key (tenant, id));
      insert into app.items select 'acme', n, 'item ' || n from generate_series(1, ${MANY * 10}) n; insert into app.items values ('other', 1, 'theirs');
      analyze app.items`,
    collections: [{ table: 'items', fields: ['id', 'name'] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const admin = (text: string) => stores.cloud.admin.query(text);

async function inject(rows: readonly HandMadeRow[]) {
  const done = await injectWindow(stores.cloud.producer, handMadeWindow(stores.cloudPlan, { ordinal: ordinal + 1, rows }));
  ordinal += 1;
  return done.books;
}

const update = (id: number, name: string): HandMadeRow => ({ op: 'U', changed: 'name', fields: { id: String(id), name } });
const remove = (id: number): HandMadeRow => ({ op: 'D', fields: { id: String(id) } });
const many = (row: (id: number) => HandMadeRow): HandMadeRow[] => Array.from({ length: MANY }, (_, i) => row(i + 1));

async function names(condition: string): Promise<readonly string[]> {
  const { rows } = await admin(`select tenant || ' ' || id || ' ' || name as record from app.items where ${condition} order by tenant, id`);
  return rows.map(({ record }: { record: string }) => record);
}

it.each([
  ['a large window', many((id) => update(id, 'large'))],
  ['a small one', [update(2, 'small'), update(3, 'small')]],
])('%s changes the records that it names, wherever they lie by then, and no others', async (_, rows) => {
  // Moved to other pages of the table.
  await admin(`set tidegate.tenant = 'acme'; update app.items set name = 'moved' where id <= ${MANY}; reset tidegate.tenant`);
  await admin('delete from tidegate.change_log');
  const before = await names(`id > ${MANY} or tenant <> 'acme'`);
  expect(await inject(rows)).toMatchObject({ offered: rows.length, applied: rows.length });
  const written = rows.map(({ fields }) => `acme ${fields['id']} ${fields['name']}`);
  expect(await names(`tenant = 'acme' and id in (${rows.map(({ fields }) => fields['id']).join(', ')})`)).toEqual(written);
  expect(await names(`id > ${MANY} or tenant <> 'acme'`)).toEqual(before);
});

it('deletes, makes and changes in one window, halved where the table refuses one', async () => {
  await admin(`alter table app.items add constraint no_six check (name <> 'six') not valid`);
  const rows = many((id) => (id % 3 === 0 ? remove(id) : update(id, id === 700 ? 'six' : 'mixed')));
  const made: HandMadeRow = { op: 'I', fields: { id: '900000', name: 'made' } };
  expect(await inject([...rows, made])).toMatchObject({ offered: MANY + 1, quarantined: 1, applied: MANY });
  expect(await names(`tenant = 'acme' and (id = 900000 or id between 698 and 702)`)).toEqual([
    'acme 698 mixed',
    expect.stringMatching(/^acme 700 (?!six)/),
    'acme 701 mixed',
    'acme 900000 made',
  ]);
});

it('does not take a record for missing that a row rule hides from changes', async () => {
  await admin(`create policy changeable on app.items as restrictive for update using (name <> 'fixed')`);
  await admin(`update app.items set name = 'fixed' where id = 5; delete from tidegate.change_log`);
  const window = handMadeWindow(stores.cloudPlan, { ordinal: ordinal + 1, rows: [update(5, 'new'), update(7, 'new')] });
  await expect(injectWindow(stores.cloud.producer, window)).rejects.toThrow(
    expect.objectContaining({ code: 'database-refused', facts: { sqlState: '42501' } }) as Error,
  );
  expect(await names(`id in (5, 7) and tenant = 'acme'`)).toEqual(['acme 5 fixed', expect.not.stringContaining('new')]);
});
