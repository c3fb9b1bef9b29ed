import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import type { ReleaseClaims } from '../../../../exchange/release.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type HandMadeRow, handMadeWindow, orderFor } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';
import { endedRun, undoRun } from '../../../support/undo-run.ts';

/* What a run brought into the CRM is put back: parents and children, enumerations, keys of the CRM's own, under one release. */

const LINK = 'acme/test/hub';
let stores: TwoStores;
const ordinals = new Map<string, number>();

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.accounts (id int primary key, name text, kind text);
      create table app.items (id int primary key, account int references app.accounts (id), note text, owner text)`,
    cloudSql: `create table app.accounts (tenant text, id int, name text, kind text, primary key (tenant, id));
      create table app.items (tenant text, id int, account int, note text, owner text, primary key (tenant, id))`,
    collections: [
      { table: 'accounts', fields: ['id', 'name', { column: 'kind', enumeration: { a: 'Alpha', b: 'Beta' } }] },
      {
        table: 'items',
        fields: ['id', 'account', 'note', { column: 'owner', authority: 'crm' }],
        references: [{ fields: ['account'], collection: 'accounts' }],
      },
    ],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await admin(`delete from app.items; delete from app.accounts; delete from tidegate.ledger_entry;
    insert into app.accounts values (1, 'one', 'Alpha'), (2, 'two', 'Beta'); insert into app.items values (1, 1, 'n1', 'ann'), (2, 1, 'n2', 'ann'), (3, 2, 'n3', 'ann');
    delete from tidegate.change_log`);
});

const admin = <T>(sql: string) => controlRows<T>(stores.crm.admin, sql);
const state = async () => ({ accounts: await admin('select * from app.accounts order by id'), items: await admin('select * from app.items order by id') });

/** One window of a run. */
async function reverse(run: string, collection: 0 | 1, ...rows: readonly HandMadeRow[]) {
  const plan = stores.plans[collection]?.crm ?? stores.crmPlan;
  const order = orderFor(plan);
  const messageId = await stores.accept([order]);
  const ordinal = (ordinals.get(plan.definition.name) ?? 0) + 1;
  await injectWindow(stores.crm.reverse, { ...handMadeWindow(plan, { ordinal, rows, order, messageId }), runId: run });
  ordinals.set(plan.definition.name, ordinal);
}
const change = (id: number, fields: Record<string, string | null>): HandMadeRow => ({
  op: 'U',
  changed: Object.keys(fields).join('|'),
  base: '0',
  actor: 'cloud',
  fields: { id: String(id), ...fields },
});
const made = (id: number, fields: Record<string, string | null>): HandMadeRow => ({
  op: 'I',
  base: '0',
  actor: 'cloud',
  fields: { id: String(id), ...fields },
});
const gone = (id: number): HandMadeRow => ({ op: 'D', base: '0', actor: 'cloud', fields: { id: String(id) } });

const newRun = () => endedRun(stores);
const undo = (run: string, meanwhile?: () => Promise<unknown>, changed?: Partial<ReleaseClaims>) =>
  undoRun(stores, run, { ...(meanwhile && { meanwhile }), ...(changed && { changed }) });

describe('an undo', () => {
  it('puts back creates, changes and deletes of parents and children in one transaction, in its own ledger entries', async () => {
    const before = await state();
    const run = await newRun();
    await reverse(run, 0, change(1, { name: 'uno', kind: 'b' }), made(3, { name: 'three', kind: 'a' }));
    await reverse(run, 1, change(1, { note: 'x', account: '3' }), gone(3), made(4, { account: '3', note: 'new' }));
    await reverse(run, 0, gone(2));
    await reverse(run, 1, change(1, { note: 'y' }));
    const { refusals, apply } = await undo(run);
    expect(refusals).toEqual([]);
    expect(await apply()).toEqual({ outcome: 'applied', changed: 6 });
    const after = await state();
    // What only the CRM may write is not known of a record that comes back.
    expect(after).toEqual({ ...before, items: [...before.items.slice(0, 2), { ...(before.items[2] as object), owner: null }] });
    expect(await admin(`select count(*) as n from tidegate.ledger_entry where run_id like 'undo/%'`)).toEqual([{ n: 6 }]);
    // They are the CRM's own changes, so they travel.
    expect(await admin(`select distinct origin, actor from tidegate.change_log where actor = 'anna'`)).toEqual([{ origin: null, actor: 'anna' }]);
    // A repetition finds what was done.
    expect(await apply()).toMatchObject({ outcome: 'applied' });
  });

  it('is itself a run that can be undone', async () => {
    const run = await newRun();
    await reverse(run, 1, change(1, { note: 'x' }));
    await (await undo(run)).apply();
    expect(await admin('select note from app.items where id = 1')).toEqual([{ note: 'n1' }]);
    await admin(`insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state)
      select distinct run_id, '${LINK}', 'reverse', 'undo', run_id, 'r', 'completed' from tidegate.ledger_entry where run_id like 'undo/%' on conflict do nothing`);
    const [again] = await admin<{ run: string }>(`select run_id as run from tidegate.ledger_entry where run_id like 'undo/%' order by id desc limit 1`);
    await (await undo(again?.run ?? '')).apply();
    expect(await admin('select note from app.items where id = 1')).toEqual([{ note: 'x' }]);
  });

  it.each<[string, (run: string) => Promise<unknown>]>([
    ['a CRM user', () => admin(`update app.items set note = 'mine' where id = 1`)],
    ['a CRM user, in another field', () => admin(`update app.items set owner = 'bea' where id = 1`)],
    ['a CRM user, and back again', () => admin(`update app.items set note = 'mine' where id = 1; update app.items set note = 'x' where id = 1`)],
    ['a CRM user who deleted it', () => admin('delete from app.items where id = 1')],
    ['a later run', async () => reverse(await newRun(), 1, change(1, { note: 'later' }))],
  ])('leaves a record alone that was edited since by %s', async (_who, edit) => {
    const run = await newRun();
    await reverse(run, 1, change(1, { note: 'x' }), change(2, { note: 'x' }));
    await edit(run);
    const before = await state();
    const { refusals, apply } = await undo(run);
    expect(refusals).toEqual([{ collection: 'items', key: ['1'], code: 'edited-since' }]);
    expect(await apply()).toMatchObject({ changed: 1 });
    expect((await state()).items.filter((item) => (item as { id: number }).id === 1)).toEqual(before.items.filter((item) => (item as { id: number }).id === 1));
    expect(await admin('select note from app.items where id = 2')).toEqual([{ note: 'n2' }]);
  });

  it('leaves a record alone whose values were destroyed', async () => {
    const run = await newRun();
    await reverse(run, 1, change(1, { note: 'x' }));
    await admin('update tidegate.ledger_entry set before = null, after = null');
    expect((await undo(run)).refusals).toEqual([{ collection: 'items', key: ['1'], code: 'values-destroyed' }]);
  });

  it.each<[string, string, () => Promise<unknown>, Partial<ReleaseClaims>]>([
    ['an edit between signature and use', 'version-conflict', () => admin(`update app.items set note = 'mine' where id = 1`), {}],
    ['a release of other content', 'version-conflict', async () => {}, { content: 'A'.repeat(43) }],
    [
      'a release that names another record',
      'release-mismatch',
      async () => {},
      { orders: [{ collection: 'items', fields: ['note'], operations: ['U'], keys: [['2']], localKeys: [['2']] }] },
    ],
    ['a paused link', 'link-stopped', () => admin(`update tidegate.link set state = 'paused'`), {}],
  ])('writes nothing under %s: %s', async (_what, code, meanwhile, changed) => {
    const run = await newRun();
    await reverse(run, 1, change(1, { note: 'x' }));
    const { apply } = await undo(run, meanwhile, changed);
    const before = await state();
    expect(await codeOf(apply())).toBe(code);
    expect(await state()).toEqual(before);
    expect(await admin('select count(*) as n from tidegate.release_use where outcome is null')).toEqual([{ n: 0 }]);
    await admin(`update tidegate.link set state = 'open'`);
  });

  it('without an accepted release, or by a row that somebody made, writes nothing', async () => {
    const run = await newRun();
    await reverse(run, 1, change(1, { note: 'x' }));
    await admin(
      `insert into tidegate.release (id, link, act, subject, requested_by, reason, state) values (gen_random_uuid(), '${LINK}', 'undo', 1, 'eve', 'none', 'signed')`,
    );
    const before = await state();
    const { apply } = await undo(run, () => admin('delete from tidegate.accepted_message'));
    expect(await codeOf(apply())).toBe('message-not-accepted');
    expect(await state()).toEqual(before);
  });
});
