import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import type { ReverseOrder } from '../../../../exchange/claims.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type HandMadeRow, type HandMadeWindow, handMadeWindow, orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let ordinal = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, a text, b text, owner text, private boolean not null default false);
      alter table app.items enable row level security, force row level security;
      create policy granted on app.items using (true);
      create policy private_stays on app.items as restrictive using (current_user <> 'tidegate_reverse' or not private);`,
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, owner text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', 'b', { column: 'owner', authority: 'crm' }], filter: { sql: 'not private', columns: ['private'] } }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.items');
  await stores.crm.page.query(`insert into app.items select n, 'a', 'b', 'crm' from generate_series(1, 4) n`);
  await stores.crm.admin.query('delete from tidegate.change_log; delete from tidegate.quarantine; delete from tidegate.conflict');
});

const edit = (id: number, fields: Record<string, string | null>): HandMadeRow => ({
  op: 'U',
  changed: Object.keys(fields).join('|'),
  base: '0',
  fields: { id: String(id), ...fields },
});
const remove = (id: number): HandMadeRow => ({ op: 'D', base: '0', fields: { id: String(id) } });
const make = (id: number, fields: Record<string, string | null> = {}): HandMadeRow => ({ op: 'I', base: '0', fields: { id: String(id), ...fields } });

async function inject(rows: readonly HandMadeRow[], changed: Partial<ReverseOrder> = {}, more: Partial<HandMadeWindow> = {}) {
  const order = orderFor(stores.crmPlan, changed);
  const messageId = more.messageId ?? (await stores.accept([order]));
  const done = await injectWindow(stores.crm.reverse, handMadeWindow(stores.crmPlan, { ordinal: ordinal + 1, rows, order, messageId, ...more }));
  ordinal++;
  return done.books;
}
const records = async () =>
  (await controlRows<{ line: string }>(stores.crm.admin, `select concat_ws(' ', id, a, b, owner) as line from app.items order by id`)).map((row) => row.line);
const before = ['1 a b crm', '2 a b crm', '3 a b crm', '4 a b crm'];
const quarantine = () =>
  controlRows<{ key: string[]; code: string; field: string | null }>(stores.crm.admin, 'select key, code, field from tidegate.quarantine order by key');
const resends = () => controlRows<{ key: string[]; old: unknown }>(stores.crm.admin, `select key, old from tidegate.change_log where op = 'R' order by key`);

describe('nothing enters the CRM', () => {
  it('without a message, or under one that was not accepted, is spent or has expired', async () => {
    const { message: _, ...bare } = handMadeWindow(stores.crmPlan, { ordinal: ordinal + 1, rows: [edit(1, { a: 'x' })], messageId: randomUUID() });
    expect(await codeOf(injectWindow(stores.crm.reverse, bare))).toBe('message-missing');
    expect(await codeOf(inject([edit(1, { a: 'x' })], {}, { messageId: randomUUID() }))).toBe('message-not-accepted');
    const spent = await stores.accept([orderFor(stores.crmPlan)]);
    await stores.crm.admin.query('update tidegate.accepted_message set spent_at = now() where message_id = $1', [spent]);
    expect(await codeOf(inject([edit(1, { a: 'x' })], {}, { messageId: spent }))).toBe('message-not-accepted');
    await stores.crm.admin.query(`update tidegate.accepted_message set spent_at = null, expires_at = now() - interval '1 s' where message_id = $1`, [spent]);
    expect(await codeOf(inject([edit(1, { a: 'x' })], {}, { messageId: spent }))).toBe('message-expired');
    expect(await records()).toEqual(before);
  });

  it('under a manifest that is bound to another message', async () => {
    expect(await codeOf(inject([edit(1, { a: 'x' })], {}, { claims: { messageId: randomUUID() } }))).toBe('message-not-accepted');
  });

  it('beyond what the database knows of the order, whatever the injector is told', async () => {
    const messageId = await stores.accept([orderFor(stores.crmPlan, { fields: ['a'], operations: ['U'] })]);
    expect(await codeOf(inject([edit(1, { b: 'x' })], {}, { messageId }))).toBe('field-not-authorised');
    expect(await codeOf(inject([remove(1)], {}, { messageId }))).toBe('scope-denied');
    expect(await records()).toEqual(before);
  });
});

describe('an order', () => {
  it('for some fields lets only those in; the others are sent back', async () => {
    expect(await inject([edit(1, { a: 'x', b: 'y' }), edit(2, { b: 'y' }), edit(3, { b: 'b' })], { fields: ['a'] })).toMatchObject({
      applied: 0,
      unchanged: 1,
      conflicted: 1,
      quarantined: 1,
    });
    expect(await records()).toEqual(['1 x b crm', ...before.slice(1)]);
    expect(await quarantine()).toEqual([
      { key: ['1'], code: 'field-not-authorised', field: 'b' },
      { key: ['2'], code: 'field-not-authorised', field: 'b' },
    ]);
    expect(await resends()).toEqual([
      { key: ['1'], old: { b: 'y' } },
      { key: ['2'], old: { b: 'y' } },
    ]);
  });

  it('for some operations sets the others aside, and sends the records back', async () => {
    expect(await inject([edit(1, { a: 'x' }), remove(2), make(5, { a: 'x' })], { operations: ['U'] })).toMatchObject({ applied: 1, quarantined: 2 });
    expect(await records()).toEqual(['1 x b crm', ...before.slice(1)]);
    expect((await quarantine()).map(({ key, code }) => [...key, code])).toEqual([
      ['2', 'field-not-authorised'],
      ['5', 'field-not-authorised'],
    ]);
    // The record that was made there stays there: nothing is deleted because it may not come in.
    expect(await resends()).toEqual([{ key: ['2'], old: null }]);
  });

  it('has a budget of deletes over all windows of its message', async () => {
    const messageId = await stores.accept([orderFor(stores.crmPlan)]);
    expect(await codeOf(inject([remove(1), remove(2), remove(3)], { deleteBudget: 2 }, { messageId }))).toBe('delete-budget-exceeded');
    expect(await inject([remove(1)], { deleteBudget: 2 }, { messageId })).toMatchObject({ applied: 1 });
    expect(await codeOf(inject([edit(2, { a: 'x' }), remove(3), remove(4)], { deleteBudget: 2 }, { messageId }))).toBe('delete-budget-exceeded');
    expect(await records()).toEqual(before.slice(1));
    expect(await inject([remove(4)], { deleteBudget: 2 }, { messageId })).toMatchObject({ applied: 1 });
    expect(await inject([remove(3)], { deleteBudget: 1 })).toMatchObject({ applied: 1 });
  });
});

describe('a budget of changes', () => {
  it('counts records over all windows of the message, and refuses before anything is written', async () => {
    const messageId = await stores.accept([orderFor(stores.crmPlan)]);
    const budget = { changeBudget: 3 };
    expect(await codeOf(inject([edit(1, { a: 'x' }), edit(2, { a: 'x' }), edit(3, { a: 'x' }), remove(4)], budget, { messageId }))).toBe(
      'change-budget-exceeded',
    );
    expect(await records()).toEqual(before);
    expect(await inject([edit(1, { a: 'x' }), remove(4)], budget, { messageId })).toMatchObject({ applied: 2 });
    expect(await codeOf(inject([edit(2, { a: 'x' }), edit(3, { a: 'x' })], budget, { messageId }))).toBe('change-budget-exceeded');
    expect(await inject([edit(2, { a: 'x' })], budget, { messageId })).toMatchObject({ applied: 1 });
    expect(await codeOf(inject([edit(3, { a: 'x' })], { changeBudget: 0 }))).toBe('change-budget-exceeded');
  });
});

describe('a record that the reverse role must not see', () => {
  beforeEach(async () => {
    await stores.crm.page.query('update app.items set private = true where id in (1, 2, 3)');
  });

  it('is not changed, not deleted, not made anew, and its withdrawal is told again', async () => {
    const books = await inject([edit(1, { a: 'x' }), remove(2), make(3, { a: 'x' }), edit(4, { a: 'x' })]);
    expect(books).toMatchObject({ applied: 1, unchanged: 1, conflicted: 1, quarantined: 1 });
    expect(await records()).toEqual([...before.slice(0, 3), '4 x b crm']);
    expect(await quarantine()).toMatchObject([{ key: ['3'], code: 'constraint-violated', field: 'id' }]);
    expect(await resends()).toEqual([{ key: ['1'], old: null }]);
  });
});

it('a record from the cloud comes in with the fields that it may have, and keeps the CRM to itself', async () => {
  expect(await inject([make(5, { a: 'new', b: 'new' }), make(6, { a: 'new', owner: 'cloud' })])).toMatchObject({ applied: 1, conflicted: 1 });
  expect((await records()).slice(4)).toEqual(['5 new new', '6 new']);
  expect(await quarantine()).toMatchObject([{ key: ['6'], code: 'field-not-authorised', field: 'owner' }]);
});
