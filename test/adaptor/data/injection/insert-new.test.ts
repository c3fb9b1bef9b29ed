import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { imbalance } from '../../../../exchange/books.ts';
import { type HandMadeRow, handMadeWindow } from '../../../support/hand-made-window.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

/** Enough for a window to be large. */
const MANY = 1200;

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, name text not null, amount numeric, stamp text)',
    cloudSql: 'create table app.items (tenant text, id int, name text not null, amount numeric check (amount < 1000000), stamp text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'name', 'amount', 'stamp'] }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const admin = (text: string) => stores.cloud.admin.query(text);

beforeEach(async () => {
  await admin('truncate app.items; delete from tidegate.change_log; delete from tidegate.quarantine');
});

const row = (id: number, fields: Record<string, string | null> = {}): HandMadeRow => ({ op: 'I', fields: { id: String(id), name: `item ${id}`, ...fields } });
const rows = (from: number, count = MANY): HandMadeRow[] => Array.from({ length: count }, (_, i) => row(from + i));

async function inject(sent: readonly HandMadeRow[]) {
  const done = await injectWindow(stores.cloud.producer, handMadeWindow(stores.cloudPlan, { ordinal: ordinal + 1, rows: sent }));
  ordinal += 1;
  expect(imbalance(done.books)).toBe(0);
  return done.books;
}

const held = async (condition: string): Promise<readonly unknown[]> =>
  (await admin(`select id, name, amount, stamp from app.items where ${condition} order by id`)).rows;
const count = async (): Promise<string> => ((await admin('select count(*)::text as count from app.items')).rows[0] as { count: string }).count;

describe('a large window of new records', () => {
  it('is taken in as it is, and leaves nothing in the log', async () => {
    const sent = [...rows(1, MANY - 2), row(5000, { amount: '12.50', stamp: '' }), row(5001, { name: 'a "quoted",\nname', stamp: null })];
    expect(await inject(sent)).toMatchObject({ offered: MANY, applied: MANY, unchanged: 0, conflicted: 0, quarantined: 0 });
    expect(await held('id >= 5000')).toEqual([
      { id: '5000', name: 'item 5000', amount: '12.50', stamp: '' },
      { id: '5001', name: 'a "quoted",\nname', amount: null, stamp: null },
    ]);
    expect((await admin('select from tidegate.change_log')).rowCount).toBe(0);
  });

  it('sent again under another number finds everything unchanged', async () => {
    await inject(rows(1));
    expect(await inject(rows(1))).toMatchObject({ offered: MANY, applied: 0, unchanged: MANY });
  });

  it('sets aside what the store cannot take, while all others land', async () => {
    const sent = rows(1);
    sent[700] = row(701, { amount: 'no number' });
    sent[900] = row(901, { amount: '2000000' });
    sent[1000] = { op: 'I', fields: { id: '1001', name: null } };
    expect(await inject(sent)).toMatchObject({ applied: MANY - 3, quarantined: 3 });
    expect(await count()).toBe(String(MANY - 3));
    const { rows: aside } = await admin('select key[1] as key, code from tidegate.quarantine order by key[1]::int');
    expect(aside).toEqual([
      { key: '701', code: 'value-invalid' },
      { key: '901', code: 'constraint-violated' },
      { key: '1001', code: 'value-invalid' },
    ]);
  });

  it('meets records that are there, seen at once or only by the insert', async () => {
    await inject(rows(1, 10));
    await asCloudUser(stores.cloud.user, `update app.items set stamp = 'kept' where id = 3`);
    expect(await inject(rows(1))).toMatchObject({ applied: MANY - 10, unchanged: 9, conflicted: 1 });
    await inject([row(9999)]);
    const late = rows(3000);
    late[MANY - 1] = row(9999, { name: 'another name' });
    expect(await inject(late)).toMatchObject({ applied: MANY });
    expect(await held('id in (3, 9999)')).toMatchObject([{ stamp: 'kept' }, { name: 'another name' }]);
  });

  it('does not bring back what a user of the cloud deletes while it is written', async () => {
    await inject([row(9999)]);
    const sent = [...rows(1), row(9999)];
    const user = await stores.cloud.user.connect();
    await user.query(`begin; set local tidegate.tenant = 'acme'`);
    await user.query('delete from app.items where id = 9999');
    const injected = inject(sent);
    for (;;) {
      const { rowCount } = await admin(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`);
      if ((rowCount ?? 0) > 0) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await user.query('commit');
    user.release();
    expect(await injected).toMatchObject({ offered: MANY + 1, applied: MANY, conflicted: 1 });
    expect(await held('id = 9999')).toEqual([]);
  });
});

describe('where a trigger of the table makes other values of new records', () => {
  it('these travel back, also of a large window', async () => {
    await admin(`
      create function app.stamp() returns trigger language plpgsql as $$ begin new.stamp := 'stamped'; return new; end $$;
      create trigger stamp before insert on app.items for each row execute function app.stamp()`);
    try {
      expect(await inject(rows(1))).toMatchObject({ applied: MANY });
      expect(await held('id = 1')).toMatchObject([{ stamp: 'stamped' }]);
      const { rows: logged } = await admin(`select count(*)::text as count, min(op) as op from tidegate.change_log where old ? 'stamp'`);
      expect(logged).toEqual([{ count: String(MANY), op: 'U' }]);
    } finally {
      await admin('drop trigger stamp on app.items; drop function app.stamp()');
    }
  });
});
