import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { prepareLoad } from '../../../../adaptor/data/extraction/load.ts';
import { followMapping, loadedFrom } from '../../../../adaptor/data/extraction/follow-mapping.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { recordVoid } from '../../../../adaptor/data/state/receipts.ts';
import { type AppStore, type SourceInput, attachCollection, createAppStore, planFor } from '../../../support/captured-table.ts';
import { Sender, appliedBooks } from '../../../support/window-reading.ts';

let store: AppStore<'crm'>;
let tables = 0;

beforeAll(async () => {
  store = await createAppStore('crm');
});
afterAll(async () => store[Symbol.asyncDispose]());

const sql = (text: string) => store.admin.query(text);

/** A table of ten people, loaded and in step, read as `before` says. */
async function inStep(before: Omit<SourceInput, 'table' | 'fields'> & { readonly fields?: SourceInput['fields'] }) {
  const table = `people${(tables += 1)}`;
  const ddl = `CREATE TABLE app.${table} (id int PRIMARY KEY, name text, mail text, mail2 text, grade text, open boolean, secret boolean DEFAULT false);
    INSERT INTO app.${table} SELECT i, 'p' || i, CASE WHEN i % 2 = 0 THEN 'm' || i END, 'x' || i, 'a', i <= 5 FROM generate_series(1, 10) i`;
  const plan = await attachCollection(store, ddl, { table, fields: ['id', 'name'], ...before });
  await follow(plan);
  return { table, plan };
}

const follow = (plan: CollectionPlan): Promise<number> => inTransaction(store.admin, (client) => followMapping(client, plan));

async function loaded(plan: CollectionPlan): Promise<void> {
  const sender = await Sender.claim(store.admin, plan);
  await sender.load();
  await sender.send();
}

/** The configuration is another one: what is queued, and what goes with the next window. */
async function changedTo(input: SourceInput): Promise<{ queued: number; sent: readonly string[] }> {
  const plan = await planFor(store.admin, 'crm', input);
  await attachTable(store.admin, [plan]);
  const queued = await follow(plan);
  const window = await (await Sender.claim(store.admin, plan)).send();
  return { queued, sent: (window?.content ?? []).map(({ op, id, changed }) => `${op} ${id} ${changed ?? ''}`.trim()).toSorted() };
}

const ids = (from: number, to: number, line: (id: number) => string): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).toSorted();

describe('a configuration that reads a collection otherwise reaches the records that were sent before', () => {
  it('a new field: of every record that holds something in it, and of no other', async () => {
    const { table, plan } = await inStep({});
    await loaded(plan);
    expect(await changedTo({ table, fields: ['id', 'name', 'mail'] })).toEqual({ queued: 5, sent: [2, 4, 6, 8, 10].map((id) => `U ${id} mail`).toSorted() });
    expect(await changedTo({ table, fields: ['id', 'name', 'mail'] })).toEqual({ queued: 0, sent: [] });
  });

  it('a field of another column, or in other words: of every record', async () => {
    const { table, plan } = await inStep({
      fields: ['id', { field: 'mail', column: 'mail' }, { field: 'grade', column: 'grade', enumeration: { best: 'a' } }],
    });
    await loaded(plan);
    const fields = ['id', { field: 'mail', column: 'mail2' }, { field: 'grade', column: 'grade', enumeration: { best: 'a' } }];
    expect(await changedTo({ table, fields })).toEqual({ queued: 10, sent: ids(1, 10, (id) => `U ${id} mail`) });
    const words = [fields[0] ?? '', fields[1] ?? '', { field: 'grade', column: 'grade', enumeration: { first: 'a' } }];
    expect(await changedTo({ table, fields: words })).toEqual({ queued: 10, sent: ids(1, 10, (id) => `U ${id} grade`) });
  });

  it('a field that is taken away, or that is the cloud’s: nothing goes', async () => {
    const { table, plan } = await inStep({ fields: ['id', 'name', 'mail'] });
    await loaded(plan);
    expect(await changedTo({ table, fields: ['id', 'mail'] })).toEqual({ queued: 0, sent: [] });
    expect(await changedTo({ table, fields: ['id', 'mail', { column: 'name', authority: 'cloud' }] })).toEqual({ queued: 0, sent: [] });
  });

  it('a filter: what enters goes whole, what leaves is taken back where the collection says so', async () => {
    const { table, plan } = await inStep({ filter: { sql: 'open', columns: ['open'] }, outOfScope: 'retract' });
    await loaded(plan);
    const filter = { sql: 'id BETWEEN 4 AND 7', columns: ['id'] };
    expect(await changedTo({ table, fields: ['id', 'name'], outOfScope: 'retract', filter })).toEqual({
      queued: 5,
      sent: ['D 1 *', 'D 2 *', 'D 3 *', 'U 6 *', 'U 7 *'],
    });
    expect(await changedTo({ table, fields: ['id', 'name'], outOfScope: 'retract' })).toEqual({
      queued: 6,
      sent: [1, 10, 2, 3, 8, 9].map((id) => `U ${id} *`),
    });
  });

  it('a filter of a collection that keeps what leaves: nothing is deleted', async () => {
    const { table, plan } = await inStep({});
    await loaded(plan);
    expect(await changedTo({ table, fields: ['id', 'name'], filter: { sql: 'open', columns: ['open'] } })).toEqual({ queued: 5, sent: [] });
  });

  it('a filter on a column that is gone: every record is looked at', async () => {
    const { table, plan } = await inStep({ filter: { sql: 'open', columns: ['open'] } });
    await loaded(plan);
    await sql(`ALTER TABLE app.${table} DROP COLUMN open`);
    expect(await changedTo({ table, fields: ['id', 'name'] })).toEqual({ queued: 10, sent: ids(1, 10, (id) => `U ${id} *`) });
  });

  it('a rule of privacy: what is private goes from the cloud, what is not any more comes', async () => {
    const { table, plan } = await inStep({});
    await loaded(plan);
    const gate = { sql: 'secret', columns: ['secret'] };
    await sql(`UPDATE app.${table} SET secret = true WHERE id <= 2`);
    expect((await changedTo({ table, fields: ['id', 'name'], private: gate })).sent).toEqual(['D 1 *', 'D 2 *']);
    expect((await changedTo({ table, fields: ['id', 'name'] })).sent).toEqual(['U 1 *', 'U 2 *']);
  });
});

it('another table is told, once something of the first was sent', async () => {
  const { table, plan } = await inStep({});
  const { table: other } = await inStep({});
  const moved = { ...plan, binding: { ...plan.binding, table: other } };
  expect(await loadedFrom(store.admin, moved)).toBeUndefined();
  await loaded(plan);
  expect(await loadedFrom(store.admin, moved)).toBe(`app.${table}`);
  expect(await loadedFrom(store.admin, plan)).toBeUndefined();
});

it('nothing is queued before a load: it reads the collection as it is then', async () => {
  const { table, plan } = await inStep({});
  const next = await planFor(store.admin, 'crm', { table, fields: ['id', 'name', 'mail'] });
  await attachTable(store.admin, [next]);
  expect(await follow(next)).toBe(0);
  expect(plan.schemaHash).not.toBe(next.schemaHash);
});

it('what a load that was broken off has brought, and the new filter keeps back, is taken back after the load that follows', async () => {
  const { table, plan } = await inStep({ outOfScope: 'retract' });
  const sender = await Sender.claim(store.admin, plan);
  const load = await prepareLoad(store.admin, sender.fence, { plan, chunkRows: 5 });
  await load[Symbol.asyncDispose]();
  const name = { link: plan.linkName, collection: table, direction: 'forward' as const };
  const receipt = { ...plan.link, collection: table, direction: 'forward' as const, ordinal: load.ordinal, outcome: 'void' as const, books: appliedBooks(0) };
  await recordVoid(store.admin, { ...name, epoch: sender.epoch, ordinal: load.ordinal, receipt, receiptJws: 'receipt' });
  const next = await planFor(store.admin, 'crm', { table, fields: ['id', 'name'], outOfScope: 'retract', filter: { sql: 'open', columns: ['open'] } });
  await attachTable(store.admin, [next]);
  expect(await follow(next)).toBe(5);
  const after = await Sender.claim(store.admin, next);
  expect(await after.load()).toHaveLength(5);
  expect((await after.send())?.content.map(({ op, id }) => `${op} ${id}`).toSorted()).toEqual(['D 10', 'D 6', 'D 7', 'D 8', 'D 9']);
});
