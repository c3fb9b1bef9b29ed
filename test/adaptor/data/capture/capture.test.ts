import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { type AppStore, attachCollection, createAppStore, planFor, readLog } from '../../../support/captured-table.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
});
afterAll(async () => store[Symbol.asyncDispose]());

const sql = (text: string) => store.admin.query(text);

describe('what is captured', () => {
  test('inserts, changes of mapped columns with their old values, deletes with all of them', async () => {
    await attachCollection(store, 'CREATE TABLE app.people (id int PRIMARY KEY, name text, age int, secret text)', {
      table: 'people',
      fields: ['id', 'name', 'age'],
    });
    await sql(`INSERT INTO app.people VALUES (1, 'a', 1, 'x'), (2, 'b', NULL, 'y')`);
    expect(await readLog(store.admin)).toMatchObject([
      { op: 'I', key: ['1'], old: null, origin: null, actor: null },
      { op: 'I', key: ['2'], old: null },
    ]);
    await sql(`UPDATE app.people SET name = 'c', age = age + 1`);
    expect(await readLog(store.admin)).toMatchObject([
      { op: 'U', key: ['1'], old: { name: 'a', age: '1' } },
      { op: 'U', key: ['2'], old: { name: 'b' } },
    ]);
    await sql(`UPDATE app.people SET name = NULL WHERE id = 1`);
    await sql(`UPDATE app.people SET name = 'd' WHERE id = 1`);
    expect(await readLog(store.admin)).toMatchObject([{ old: { name: 'c' } }, { old: { name: null } }]);
    await sql(`DELETE FROM app.people WHERE id = 2`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'D', key: ['2'], old: { id: '2', name: 'c', age: null } }]);
  });

  test('neither a write that changes nothing nor one of columns that are not mapped', async () => {
    await sql(`UPDATE app.people SET name = name, age = age`);
    await sql(`UPDATE app.people SET secret = 'z'`);
    await sql(`DELETE FROM app.people WHERE false`);
    expect(await readLog(store.admin)).toEqual([]);
  });

  test('a changed key as a delete and an insert, keys that trade places as changes', async () => {
    await sql(`INSERT INTO app.people VALUES (10, 'k', 1, NULL), (11, 'l', 2, NULL)`);
    await readLog(store.admin);
    await sql(`UPDATE app.people SET id = 12 WHERE id = 10`);
    expect([...(await readLog(store.admin))].toSorted((a, b) => a.op.localeCompare(b.op))).toMatchObject([
      { op: 'D', key: ['10'], old: { id: '10', name: 'k', age: '1' } },
      { op: 'I', key: ['12'], old: null },
    ]);
    await sql(`ALTER TABLE app.people DROP CONSTRAINT people_pkey, ADD CONSTRAINT people_pkey PRIMARY KEY (id) DEFERRABLE`);
    await sql(`UPDATE app.people SET id = 23 - id WHERE id IN (11, 12)`);
    expect(await readLog(store.admin)).toMatchObject([
      { op: 'U', key: ['11'], old: { name: 'l', age: '2' } },
      { op: 'U', key: ['12'], old: { name: 'k', age: '1' } },
    ]);
  });

  test('who made the change, where the application tells', async () => {
    const client = await store.admin.connect();
    await client.query(`BEGIN; SET LOCAL tidegate.actor = 'ann'; UPDATE app.people SET age = 99 WHERE id = 1; COMMIT`);
    client.release();
    expect(await readLog(store.admin)).toMatchObject([{ actor: 'ann' }]);
  });

  test('TRUNCATE as a row of its own, behind every record that went', async () => {
    const before = await controlRows<{ id: string; name: string }>(store.admin, 'SELECT id::text AS id, name FROM app.people ORDER BY id');
    expect(before.length).toBeGreaterThan(1);
    const client = await store.admin.connect();
    await client.query('BEGIN; TRUNCATE app.people');
    // The customer's session is as it was.
    expect((await client.query<{ row_security: string }>('SHOW row_security')).rows).toEqual([{ row_security: 'on' }]);
    await client.query('COMMIT');
    client.release();
    const log = await readLog(store.admin);
    expect(log.at(-1)).toMatchObject({ op: 'T', key: [], old: {} });
    const gone = log.slice(0, -1).toSorted((a, b) => Number(a.key[0]) - Number(b.key[0]));
    expect(gone).toMatchObject(before.map(({ id, name }) => ({ op: 'D', key: [id], old: { name } })));
  });

  test('TRUNCATE alone, where the capture may not read the whole table', async () => {
    await sql(`INSERT INTO app.people (id, name, age) VALUES (90, 'z', 1)`);
    await sql('ALTER TABLE app.people ADD COLUMN later int; ALTER TABLE app.people RENAME COLUMN age TO years');
    await sql('TRUNCATE app.people');
    await sql('ALTER TABLE app.people RENAME COLUMN years TO age; ALTER TABLE app.people DROP COLUMN later');
    expect((await readLog(store.admin)).at(-1)).toMatchObject({ op: 'T', key: [], old: null });
  });

  test('rolled back changes leave nothing', async () => {
    const client = await store.admin.connect();
    await client.query(
      `BEGIN; INSERT INTO app.people VALUES (50, 'r', 1, NULL); SAVEPOINT s; INSERT INTO app.people VALUES (51, 's', 1, NULL); ROLLBACK TO s; COMMIT`,
    );
    client.release();
    expect(await readLog(store.admin)).toMatchObject([{ op: 'I', key: ['50'] }]);
  });

  test('upserts and MERGE as what they did to each record', async () => {
    await sql(`INSERT INTO app.people VALUES (50, 'new', 1, NULL), (60, 'ins', 1, NULL) ON CONFLICT (id) DO UPDATE SET name = excluded.name`).catch(
      () => undefined,
    );
    await sql(`ALTER TABLE app.people DROP CONSTRAINT people_pkey, ADD CONSTRAINT people_pkey PRIMARY KEY (id)`);
    await sql(`INSERT INTO app.people VALUES (50, 'new', 1, NULL), (60, 'ins', 1, NULL) ON CONFLICT (id) DO UPDATE SET name = excluded.name`);
    const upserted = await readLog(store.admin);
    expect(upserted.toSorted((a, b) => a.op.localeCompare(b.op))).toMatchObject([
      { op: 'I', key: ['60'] },
      { op: 'U', key: ['50'], old: { name: 'r' } },
    ]);
    await sql(`MERGE INTO app.people p USING (VALUES (50), (60), (70)) v(id) ON p.id = v.id
      WHEN MATCHED AND v.id = 60 THEN DELETE WHEN MATCHED THEN UPDATE SET age = 7 WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'm', 1, NULL)`);
    const merged = await readLog(store.admin);
    expect(merged.toSorted((a, b) => a.op.localeCompare(b.op))).toMatchObject([
      { op: 'D', key: ['60'] },
      { op: 'I', key: ['70'] },
      { op: 'U', key: ['50'], old: { age: '1' } },
    ]);
  });
});

describe('what is not captured', () => {
  test.each([
    ['partitioned', 'CREATE TABLE app.parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)', 'parted'],
    ['a partition', 'CREATE TABLE app.part1 PARTITION OF app.parted FOR VALUES FROM (0) TO (9)', 'part1'],
    ['unlogged', 'CREATE UNLOGGED TABLE app.unlogged (id int PRIMARY KEY, v text)', 'unlogged'],
    ['an ordinary table', 'CREATE VIEW app.looks AS SELECT 1 AS id, NULL::text AS v', 'looks'],
    ['inheritance', 'CREATE TABLE app.heir (CHECK (true)) INHERITS (app.people)', 'heir'],
  ])('%s', async (_what, ddl, table) => {
    await sql(ddl);
    await expect(planFor(store.admin, 'crm', { table, fields: ['id'] })).rejects.toMatchObject({ code: 'configuration-invalid' });
  });

  test('a table without a key', async () => {
    await sql('CREATE TABLE app.keyless (id int, v text)');
    await expect(planFor(store.admin, 'crm', { table: 'keyless', fields: ['id', 'v'] })).rejects.toThrow(/neither the primary key/);
  });

  test('a table that is not there', async () => {
    await expect(planFor(store.admin, 'crm', { table: 'nowhere', fields: ['id'] })).rejects.toMatchObject({ code: 'configuration-invalid' });
  });

  test('virtual columns, which no trigger sees change', async () => {
    await sql('CREATE TABLE app.virt (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)');
    await expect(planFor(store.admin, 'crm', { table: 'virt', fields: ['id', 'b'] })).rejects.toThrow(/virtual/);
  });
});

test('a unique key without nulls will do where there is no primary key', async () => {
  await attachCollection(store, 'CREATE TABLE app.uniq (id int NOT NULL UNIQUE, v text)', { table: 'uniq', fields: ['id', 'v'] });
  await sql(`INSERT INTO app.uniq VALUES (1, 'a')`);
  expect((await readLog(store.admin)).at(-1)).toMatchObject({ op: 'I', key: ['1'] });
});

test('two collections of one table are captured once, with the columns of both', async () => {
  const first = await planFor(store.admin, 'crm', { table: 'uniq', name: 'one', fields: ['id'] });
  const second = await planFor(store.admin, 'crm', { table: 'uniq', name: 'two', fields: ['id', 'v'] });
  const { capture } = await attachTable(store.admin, [first, second]);
  expect(capture.columns.map(({ name }) => name)).toEqual(['id', 'v']);
  await sql(`UPDATE app.uniq SET v = 'b'`);
  expect(await readLog(store.admin)).toHaveLength(1);
});
