import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSnapshot } from '../../../../adaptor/data/extraction/snapshot.ts';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { attachCollection, planFor } from '../../../support/captured-table.ts';
import { Sender, receive, rowsOf } from '../../../support/window-reading.ts';
import { type LoadedStore, createLoadedStore } from './loaded-store.ts';

let loaded: LoadedStore;
let store: LoadedStore['store'];

beforeAll(async () => {
  loaded = await createLoadedStore();
  ({ store } = loaded);
});
afterAll(async () => loaded[Symbol.asyncDispose]());

const sql = (text: string) => loaded.sql(text);
const people: LoadedStore['people'] = (table, extra) => loaded.people(table, extra);
const channelOf: LoadedStore['channelOf'] = (plan) => loaded.channelOf(plan);

describe('what stops a channel', () => {
  test('an earlier window without a receipt', async () => {
    const { sender, plan } = await people('unsettled');
    await sql(`INSERT INTO app.unsettled VALUES (1, 'a', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => void (await snapshot.prepareWindow({ plan, phase: 'all' })));
    await expect(sender.send()).rejects.toMatchObject({ code: 'ordinal-out-of-order' });
  });

  test('a new run: the old one writes nothing any more', async () => {
    const { sender, plan } = await people('fenced');
    await sql(`INSERT INTO app.fenced VALUES (1, 'a', 1)`);
    const next = await Sender.claim(store.admin, plan);
    await expect(sender.send()).rejects.toMatchObject({ code: 'epoch-stale' });
    const window = await next.send();
    expect(window?.rows).toBe(1);
    await sql(`INSERT INTO app.fenced VALUES (2, 'b', 2)`);
    await withSnapshot(store.admin, next.fence, async (snapshot) => {
      const late = await snapshot.prepareWindow({ plan, phase: 'all' });
      if (late === undefined) throw new Error('no window');
      await rowsOf(plan, late.stream());
      await Sender.claim(store.admin, plan);
      await expect(receive(store.admin, plan, late, next.epoch)).rejects.toMatchObject({ code: 'epoch-stale' });
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'epoch-stale' });
    });
  });

  test('a truncated table: what went is counted, and the window says that it has to be approved', async () => {
    const { sender } = await people('cleared');
    await sql(`INSERT INTO app.cleared VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)`);
    await sender.send();
    await sql(`TRUNCATE app.cleared; INSERT INTO app.cleared VALUES (1, 'a', 1)`);
    expect(await sender.send()).toMatchObject({ rows: 3, tombstones: 2, truncated: true, whole: { changes: 3, deletes: 2 } });
    expect(await sender.send()).toBeUndefined();
  });

  test('a truncated table, until a reload is approved, where the log does not hold what went', async () => {
    const { sender, plan } = await people('emptied');
    await sql(`INSERT INTO app.emptied VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`TRUNCATE app.emptied; UPDATE tidegate.change_log SET old = NULL WHERE op = 'T'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'truncate-needs-approval' });
    expect(await channelOf(plan)).toMatchObject({ state: 'stopped' });
    await expect(sender.send()).rejects.toMatchObject({ code: 'collection-stopped' });
  });

  test('a paused link', async () => {
    const { sender } = await people('paused');
    await sql(`UPDATE tidegate.link SET state = 'paused'`);
    await expect(sender.send()).rejects.toMatchObject({ code: 'link-stopped' });
    await sql(`UPDATE tidegate.link SET state = 'open'`);
  });

  test('no initial load', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.unloaded (id int PRIMARY KEY)', { table: 'unloaded', fields: ['id'] });
    const sender = await Sender.claim(store.admin, plan);
    await expect(sender.send()).rejects.toMatchObject({ code: 'load-incomplete' });
  });
});

describe('drift', () => {
  test.each([
    ['dropped', 'DROP COLUMN age', /age: dropped or renamed/],
    ['renamed', 'RENAME COLUMN age TO years', /age: dropped or renamed/],
    ['retyped', 'ALTER COLUMN age TYPE bigint', /age: integer became bigint/],
    ['tightened', 'ALTER COLUMN age SET NOT NULL', /age: may not be null any more/],
    ['loosened', 'DROP CONSTRAINT %_pkey, ALTER COLUMN id DROP NOT NULL', /id: may be null now; \(id\): no longer a key/],
    ['without capture', 'DISABLE TRIGGER tidegate_capture_update', /not captured; attach it again/],
  ])('a column %s is named, and the collection stops', async (what, change, named) => {
    const table = `drift_${what.replaceAll(' ', '_')}`;
    const { sender, plan } = await people(table);
    await sql(`ALTER TABLE app.${table} ${change.replace('%', table)}`);
    const failure = await sender.send().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'schema-drifted', message: expect.stringMatching(named) });
    expect(await channelOf(plan)).toMatchObject({ state: 'drifted', stateCode: 'schema-drifted', stateReason: expect.stringMatching(named) });
  });

  test('other collections go on in the same snapshot, and a mended one opens again', async () => {
    const { plan } = await people('mended');
    const { sender, plan: other } = await people('healthy');
    await sql(`ALTER TABLE app.mended RENAME COLUMN age TO years; INSERT INTO app.healthy VALUES (1, 'a', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'schema-drifted' });
      expect(await snapshot.prepareWindow({ plan: other, phase: 'all' })).toMatchObject({ rows: 1 });
    });
    await sql(`ALTER TABLE app.mended RENAME COLUMN years TO age; INSERT INTO app.mended VALUES (1, 'a', 1)`);
    const again = await Sender.claim(store.admin, plan);
    expect(await again.send()).toMatchObject({ rows: 1 });
    expect(await channelOf(plan)).toMatchObject({ state: 'open', stateCode: null, stateReason: null });
  });

  test('a table that somebody keeps locked holds only its own collection up', async () => {
    const { plan } = await people('locked');
    const { sender, plan: other } = await people('unlocked');
    await sql(`INSERT INTO app.unlocked VALUES (1, 'a', 1); INSERT INTO app.locked VALUES (1, 'a', 1)`);
    const holder = await store.admin.connect();
    await holder.query('BEGIN; LOCK TABLE app.locked');
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toThrow(/locked/);
      expect(await snapshot.prepareWindow({ plan: other, phase: 'all' })).toMatchObject({ rows: 1 });
    });
    await holder.query('ROLLBACK');
    holder.release();
    expect(await (await Sender.claim(store.admin, plan)).send()).toMatchObject({ rows: 1 });
  });

  test('a table that is emptied or rewritten between snapshot and lock is read in another snapshot', async () => {
    const { sender, plan } = await people('rewritten');
    await sql(`INSERT INTO app.rewritten VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`UPDATE app.rewritten SET age = 2`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      await sql('TRUNCATE app.rewritten');
      await expect(snapshot.prepareWindow({ plan, phase: 'all' })).rejects.toMatchObject({ code: 'database-unavailable', retryable: true });
    });
    expect(await sender.send()).toMatchObject({ tombstones: 1, truncated: true });
  });

  test('a new column that is not mapped is none', async () => {
    const { sender } = await people('grown');
    await sql(`ALTER TABLE app.grown ADD COLUMN extra text; INSERT INTO app.grown VALUES (1, 'a', 1, true, 'x')`);
    expect(await sender.send()).toMatchObject({ rows: 1 });
  });

  test('a column that was mapped later is captured only after attaching again', async () => {
    const { sender } = await people('later');
    await sql('ALTER TABLE app.later ADD COLUMN extra text');
    const wider = await planFor(store.admin, 'crm', { table: 'later', fields: ['id', 'name', 'age', 'extra'] });
    const widened = new Sender(store.admin, wider, sender.epoch);
    await expect(widened.send()).rejects.toThrow(/extra: its changes are not captured/);
    await attachTable(store.admin, [wider]);
    await sql(`INSERT INTO app.later VALUES (1, 'a', 1, true, 'x')`);
    expect((await widened.send())?.content).toMatchObject([{ extra: 'x' }]);
  });
});
