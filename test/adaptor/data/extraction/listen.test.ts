import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenForChanges } from '../../../../adaptor/data/extraction/listen.ts';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
  await attachCollection(store, 'CREATE TABLE app.heard (id int PRIMARY KEY, v text, w text)', { table: 'heard', fields: ['id', 'v'] });
});
afterAll(async () => store[Symbol.asyncDispose]());

/** Waits until enough was heard. */
async function heard(notes: readonly unknown[], count: number): Promise<void> {
  for (let i = 0; i < 200 && notes.length < count; i++) await delay(25);
  expect(notes.length).toBeGreaterThanOrEqual(count);
}

test('every commit that changes something is heard once, with the source; others are not', async () => {
  const notes: (string | undefined)[] = [];
  await using _listener = await listenForChanges(store.admin, (payload) => notes.push(payload));
  const { rows } = await store.admin.query('SELECT id FROM tidegate.source');
  await store.admin.query(`INSERT INTO app.heard VALUES (1, 'a'), (2, 'b')`);
  await heard(notes, 1);
  await store.admin.query('UPDATE app.heard SET v = v');
  await store.admin.query(`UPDATE app.heard SET w = 'x'`);
  await store.admin.query(`BEGIN; DELETE FROM app.heard; ROLLBACK`);
  await store.admin.query(`BEGIN; UPDATE app.heard SET v = 'c' WHERE id = 1; UPDATE app.heard SET v = 'd' WHERE id = 2; COMMIT`);
  await heard(notes, 2);
  expect(notes).toEqual([rows[0]?.id, rows[0]?.id]);
});

test('a lost connection is made again, and says that something may have been missed', async () => {
  const notes: (string | undefined)[] = [];
  await using _listener = await listenForChanges(store.admin, (payload) => notes.push(payload));
  await store.admin.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`);
  await heard(notes, 1);
  expect(notes[0]).toBeUndefined();
  await store.admin.query(`INSERT INTO app.heard VALUES (3, 'a')`);
  await heard(notes, 2);
});

test('closed, it is silent and gives its connection back', async () => {
  const notes: unknown[] = [];
  const listener = await listenForChanges(store.admin, (payload) => notes.push(payload));
  await listener.close();
  await listener.close();
  await store.admin.query(`INSERT INTO app.heard VALUES (4, 'a')`);
  await delay(100);
  expect(notes).toEqual([]);
  for (let i = 0; i < 100; i++) {
    const { rows } = await store.admin.query(`SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`);
    if (rows.length === 0) return;
    await delay(25);
  }
  expect.unreachable('the listening session is still there');
});
