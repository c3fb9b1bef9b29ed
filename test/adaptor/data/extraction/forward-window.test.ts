import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withSnapshot } from '../../../../adaptor/data/extraction/snapshot.ts';
import { controlRow } from '../../../../adaptor/data/control-rows.ts';
import { receive, rowsOf } from '../../../support/window-reading.ts';
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
const openCollection: LoadedStore['openCollection'] = (ddl, input) => loaded.openCollection(ddl, input);
const channelOf: LoadedStore['channelOf'] = (plan) => loaded.channelOf(plan);

describe('what a window holds', () => {
  test('records that came, changed (with the fields that did) and went, once each', async () => {
    const { sender } = await people('net');
    await sql(`INSERT INTO app.net VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)`);
    const first = await sender.send();
    expect(first).toMatchObject({ kind: 'delta', rows: 3, tombstones: 0, filtered: 0, hasLater: false, acknowledgedReverseOrdinal: 0 });
    expect(first?.content).toEqual([
      { op: 'I', changed: '*', base: null, actor: null, id: '1', name: 'a', age: '1' },
      { op: 'I', changed: '*', base: null, actor: null, id: '2', name: 'b', age: '2' },
      { op: 'I', changed: '*', base: null, actor: null, id: '3', name: 'c', age: '3' },
    ]);
    await sql(`UPDATE app.net SET name = 'x' WHERE id = 1`);
    await sql(`UPDATE app.net SET age = NULL WHERE id = 1`);
    await sql(`UPDATE app.net SET name = 'y' WHERE id = 2`);
    await sql(`DELETE FROM app.net WHERE id = 3`);
    const second = await sender.send();
    expect(second).toMatchObject({ rows: 3, tombstones: 1, fromCursor: first?.toCursor, ordinal: (first?.ordinal ?? 0) + 1 });
    expect(second?.content.toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toMatchObject([
      { op: 'U', changed: 'name|age', id: '1', name: 'x', age: null },
      { op: 'U', changed: 'name', id: '2', name: 'y', age: '2' },
      { op: 'D', changed: '*', id: '3', name: null, age: null },
    ]);
    expect(await sender.send()).toBeUndefined();
  });

  test('the net effect: born and gone is nothing, gone and born again is a whole change', async () => {
    const { sender } = await people('effect');
    await sql(`INSERT INTO app.effect VALUES (1, 'a', 1)`);
    await sender.send();
    await sql(`INSERT INTO app.effect VALUES (9, 'z', 9)`);
    await sql(`UPDATE app.effect SET age = 10 WHERE id = 9`);
    await sql(`DELETE FROM app.effect WHERE id = 9`);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    await sql(`INSERT INTO app.effect VALUES (1, 'again', 2)`);
    const window = await sender.send();
    expect(window?.content).toEqual([{ op: 'U', changed: '*', base: null, actor: null, id: '1', name: 'again', age: '2' }]);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    await sql(`INSERT INTO app.effect VALUES (1, 'third', 3)`);
    await sql(`DELETE FROM app.effect WHERE id = 1`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'D', id: '1' }]);
    await sql(`INSERT INTO app.effect VALUES (5, 'n', 1)`);
    await sql(`UPDATE app.effect SET name = 'm' WHERE id = 5`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', changed: '*', id: '5', name: 'm' }]);
  });

  test('null and the empty string apart, and bytes as they are', async () => {
    const { sender } = await people('bytes');
    await sql(`INSERT INTO app.bytes VALUES (1, '', 1), (2, NULL, 2), (3, E'a,"b"\n\t\\\\N ü😀', 3)`);
    expect((await sender.send())?.content.map(({ name }) => name)).toEqual(['', null, 'a,"b"\n\t\\N ü😀']);
  });

  test('enumerations in the words of the wire', async () => {
    const { sender } = await openCollection('CREATE TABLE app.states (id int PRIMARY KEY, state text)', {
      table: 'states',
      fields: ['id', { field: 'state', enumeration: { 'in-progress': 'in_progress', done: 'done' } }],
    });
    await sql(`INSERT INTO app.states VALUES (1, 'in_progress'), (2, 'done'), (3, 'odd'), (4, NULL)`);
    expect((await sender.send())?.content.map(({ state }) => state)).toEqual(['in-progress', 'done', 'odd', null]);
  });

  test('who changed a record last', async () => {
    const { sender } = await people('actors');
    await sql(`INSERT INTO app.actors VALUES (1, 'a', 1)`);
    const client = await store.admin.connect();
    await client.query(`BEGIN; SET LOCAL tidegate.actor = 'ann'; UPDATE app.actors SET age = 2; COMMIT`);
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', actor: 'ann' }]);
  });

  test('no change of a field that the cloud alone may change', async () => {
    const { sender } = await people('kept', { fields: ['id', 'name', { field: 'age', authority: 'cloud' }] });
    await sql(`INSERT INTO app.kept VALUES (1, 'a', 1)`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', changed: '*', age: '1' }]);
    await sql(`UPDATE app.kept SET age = 2`);
    expect(await sender.send()).toBeUndefined();
    await sql(`UPDATE app.kept SET age = 3, name = 'b'`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name' }]);
    await sql(`DELETE FROM app.kept; INSERT INTO app.kept VALUES (1, 'c', 9)`);
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name' }]);
  });
});

describe('transactions', () => {
  test('a row that is committed late is in the next window, and holds nobody else up', async () => {
    const { sender } = await people('late');
    const client = await store.admin.connect();
    await client.query(`BEGIN; INSERT INTO app.late VALUES (1, 'late', 1)`);
    await sql(`INSERT INTO app.late VALUES (2, 'early', 2)`);
    expect((await sender.send())?.content).toMatchObject([{ id: '2' }]);
    await sql(`INSERT INTO app.late VALUES (3, 'next', 3)`);
    expect((await sender.send())?.content).toMatchObject([{ id: '3' }]);
    await client.query('COMMIT');
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ id: '1', name: 'late' }]);
    expect(await sender.send()).toBeUndefined();
  });

  test('what is rolled back, and the numbers it used up, stall nothing', async () => {
    const { sender } = await people('gaps');
    const client = await store.admin.connect();
    await client.query(`BEGIN; INSERT INTO app.gaps VALUES (1, 'gone', 1); ROLLBACK`);
    await client.query(`BEGIN; INSERT INTO app.gaps VALUES (1, 'kept', 1); SAVEPOINT s; UPDATE app.gaps SET name = 'gone'; ROLLBACK TO s; COMMIT`);
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'I', id: '1', name: 'kept' }]);
  });

  test('values are those of the snapshot, not of the moment they are read', async () => {
    const { sender, plan } = await people('stable');
    await sql(`INSERT INTO app.stable VALUES (1, 'then', 1)`);
    await withSnapshot(store.admin, sender.fence, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan, phase: 'all' });
      if (window === undefined) throw new Error('no window');
      await sql(`UPDATE app.stable SET name = 'now'`);
      expect(await rowsOf(plan, window.stream())).toMatchObject([{ op: 'I', name: 'then' }]);
      await receive(store.admin, plan, window, sender.epoch);
    });
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'name', name: 'now' }]);
  });

  test('a stream that is left in the middle leaves the window prepared, and the process alive', async () => {
    const { sender, plan } = await people('left');
    await sql(`INSERT INTO app.left SELECT i, repeat('x', 1000), i FROM generate_series(1, 5000) i`);
    const failure = new Error('gone');
    const reading = withSnapshot(store.admin, sender.fence, async (snapshot) => {
      const window = await snapshot.prepareWindow({ plan, phase: 'all' });
      for await (const _ of window?.stream() ?? []) throw failure;
    });
    await expect(reading).rejects.toBe(failure);
    expect(await controlRow(store.admin, `SELECT state FROM tidegate.window WHERE collection = 'left' ORDER BY ordinal DESC LIMIT 1`)).toEqual({
      state: 'prepared',
    });
  });

  test('a long transaction that changes what a window ships meanwhile loses neither', async () => {
    const { sender } = await people('both');
    await sql(`INSERT INTO app.both VALUES (1, 'a', 1)`);
    await sender.send();
    const client = await store.admin.connect();
    await client.query(`BEGIN; UPDATE app.both SET age = 50 WHERE id = 1`);
    await sql(`INSERT INTO app.both VALUES (2, 'b', 2)`);
    await sender.send();
    await client.query('COMMIT');
    client.release();
    expect((await sender.send())?.content).toMatchObject([{ op: 'U', changed: 'age', id: '1', age: '50' }]);
  });
});

test('a channel with nothing to send moves on, so that its log need not be read again', async () => {
  const { sender, plan } = await people('quiet', { filter: { sql: 'open', columns: ['open'] } });
  const before = await channelOf(plan);
  await sql(`INSERT INTO app.quiet VALUES (1, 'a', 1, false)`);
  expect(await sender.send()).toBeUndefined();
  const after = await channelOf(plan);
  expect(after?.cursor).not.toBe(before?.cursor);
  expect(after?.ordinal).toBe(before?.ordinal);
  expect(after?.provenAt?.getTime()).toBeGreaterThan(before?.provenAt?.getTime() ?? 0);
});

test('a small change of a large table is found without reading the table', async () => {
  const { sender } = await people('large');
  await sql(`INSERT INTO app.large SELECT i, 'n' || i, i FROM generate_series(1, 60000) i`);
  await sql('ANALYZE app.large');
  await sender.send();
  const scans = async () => {
    await sql('SELECT pg_stat_force_next_flush()');
    return controlRow<{ seq: number; read: number }>(
      store.admin,
      `SELECT seq_scan AS seq, seq_tup_read AS read FROM pg_stat_user_tables WHERE relid = 'app.large'::regclass`,
    );
  };
  await sql(`UPDATE app.large SET age = -1 WHERE id IN (5, 50000)`);
  const before = await scans();
  const window = await sender.send();
  expect(window?.rows).toBe(2);
  expect(await scans()).toEqual(before);
});
