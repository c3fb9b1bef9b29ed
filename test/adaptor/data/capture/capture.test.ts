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

describe('any table', () => {
  test('composite keys of any type, and names that need quotes', async () => {
    await attachCollection(
      store,
      `CREATE TABLE app."Odd ""Table" ("Key A" timestamptz, "b'k" numeric(10,2), "va\\l$tidegate$" text, PRIMARY KEY ("b'k", "Key A"))`,
      {
        table: 'Odd "Table',
        key: ['Key_A', 'b_k'],
        fields: ['Key A', "b'k", { field: 'value', column: 'va\\l$tidegate$' }],
      },
    );
    await sql(`SET TimeZone = 'Asia/Tokyo'; INSERT INTO app."Odd ""Table" VALUES ('2024-01-31 12:00:00.123456+01', 1.5, 'a"b\\c')`);
    await sql(`UPDATE app."Odd ""Table" SET "va\\l$tidegate$" = 'x'`);
    expect(await readLog(store.admin)).toMatchObject([
      { op: 'I', key: ['2024-01-31 11:00:00.123456+00', '1.50'] },
      { op: 'U', key: ['2024-01-31 11:00:00.123456+00', '1.50'], old: { 'va\\l$tidegate$': 'a"b\\c' } },
    ]);
    await sql(`DELETE FROM app."Odd ""Table"`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'D', old: { 'Key A': '2024-01-31 11:00:00.123456+00', "b'k": '1.50', 'va\\l$tidegate$': 'x' } }]);
  });

  test('values are text under the settings of the wire, whatever the session has set', async () => {
    await attachCollection(
      store,
      `CREATE TABLE app.kinds (id uuid PRIMARY KEY, d date, ts timestamp, i interval, f float8, b bytea, j json, jb jsonb, n numeric, m money, a text[], x xml, ok bool, ch char(4), t time)`,
      { table: 'kinds', fields: ['id', 'd', 'ts', 'i', 'f', 'b', 'j', 'jb', 'n', 'm', 'a', 'ok', 'ch', 't'] },
    );
    const client = await store.admin.connect();
    await client.query(
      `SET TimeZone = 'America/New_York'; SET DateStyle = 'German'; SET IntervalStyle = 'postgres_verbose'; SET extra_float_digits = -15; SET bytea_output = 'escape'`,
    );
    await client.query(`INSERT INTO app.kinds VALUES ('11111111-1111-1111-1111-111111111111', '2024-12-31', '2024-12-31 23:59:59.999999', '1 day 2 hours', 0.1::float8 + 0.2, '\\xdeadbeef',
      '{"a":  1}', '{"a": 9007199254740993.10}', 1.10, 12.5, '{a,NULL,"b c"}', NULL, true, 'ab', '12:00')`);
    await client.query(`DELETE FROM app.kinds`);
    client.release(true);
    const [, gone] = await readLog(store.admin);
    expect(gone?.old).toMatchObject({
      d: '2024-12-31',
      ts: '2024-12-31 23:59:59.999999',
      i: 'P1DT2H',
      f: '0.30000000000000004',
      b: '\\xdeadbeef',
      j: '{"a":  1}',
      jb: '{"a": 9007199254740993.10}',
      n: '1.10',
      a: '{a,NULL,"b c"}',
      ok: 'true',
      ch: 'ab',
      t: '12:00:00',
    });
  });

  test('columns without equality, and values that are equal but written otherwise', async () => {
    await sql(`INSERT INTO app.kinds (id, j, jb, n) VALUES ('22222222-2222-2222-2222-222222222222', '{"a":1}', '{"a":1.0}', 1.0)`);
    await readLog(store.admin);
    await sql(`UPDATE app.kinds SET j = j`);
    expect(await readLog(store.admin)).toEqual([]);
    await sql(`UPDATE app.kinds SET j = '{"a": 1}', jb = '{"a":1.00}', n = 1.00`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'U', old: { j: '{"a":1}', jb: '{"a": 1.0}', n: '1.0' } }]);
  });

  test('text under a collation that calls different texts equal', async () => {
    await sql(`CREATE COLLATION app.ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
    await attachCollection(store, 'CREATE TABLE app.folded (id text COLLATE app.ci PRIMARY KEY, v text COLLATE app.ci)', {
      table: 'folded',
      fields: ['id', 'v'],
    });
    await sql(`INSERT INTO app.folded VALUES ('k', 'abc')`);
    await sql(`UPDATE app.folded SET v = 'ABC'`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'I' }, { op: 'U', old: { v: 'abc' } }]);
  });

  test('stored generated columns are read; the CRM alone is their authority', async () => {
    const plan = await attachCollection(store, 'CREATE TABLE app.computed (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)', {
      table: 'computed',
      fields: ['id', 'a', 'twice'],
    });
    expect(plan.definition.fields.find(({ name }) => name === 'twice')?.authority).toBe('crm');
    await sql('INSERT INTO app.computed VALUES (1, 5)');
    await sql('UPDATE app.computed SET a = 6');
    expect(await readLog(store.admin)).toMatchObject([{ op: 'I' }, { op: 'U', old: { a: '5', twice: '10' } }]);
  });

  test('what a customer’s own triggers make of a write', async () => {
    await attachCollection(store, 'CREATE TABLE app.derived (id int PRIMARY KEY, name text, shout text, n int)', {
      table: 'derived',
      fields: ['id', 'name', 'shout', 'n'],
    });
    await sql(`CREATE FUNCTION app.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.shout := upper(NEW.name); RETURN NEW; END $$`);
    await sql(`CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON app.derived FOR EACH ROW EXECUTE FUNCTION app.shout()`);
    await sql(
      `CREATE FUNCTION app.count() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.derived SET n = coalesce(n, 0) + 1 WHERE id = NEW.id; RETURN NULL; END $$`,
    );
    await sql(`CREATE TRIGGER count AFTER INSERT ON app.derived FOR EACH ROW EXECUTE FUNCTION app.count()`);
    await sql(`INSERT INTO app.derived VALUES (1, 'a')`);
    const log = await readLog(store.admin);
    expect(log.toSorted((a, b) => a.op.localeCompare(b.op))).toMatchObject([
      { op: 'I', key: ['1'] },
      { op: 'U', key: ['1'], old: { n: null } },
    ]);
    await sql(`UPDATE app.derived SET name = 'b'`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'U', old: { name: 'a', shout: 'A' } }]);
  });

  test('deletes and changes by foreign keys', async () => {
    await attachCollection(store, 'CREATE TABLE app.parents (id int PRIMARY KEY)', { table: 'parents', fields: ['id'] });
    await attachCollection(
      store,
      'CREATE TABLE app.kids (id int PRIMARY KEY, parent int REFERENCES app.parents ON DELETE CASCADE, other int REFERENCES app.parents ON DELETE SET NULL)',
      {
        table: 'kids',
        fields: ['id', 'parent', 'other'],
      },
    );
    await sql('INSERT INTO app.parents VALUES (1), (2); INSERT INTO app.kids VALUES (1, 1, NULL), (2, NULL, 1)');
    await readLog(store.admin);
    await sql('DELETE FROM app.parents WHERE id = 1');
    const log = await readLog(store.admin);
    expect(log.map(({ op, key }) => `${op}${key[0]}`).toSorted()).toEqual(['D1', 'D1', 'U2']);
  });
});

describe('a table that changes under the capture', () => {
  test('a dropped column stops no write of the customer, and the rest stays captured', async () => {
    await attachCollection(store, 'CREATE TABLE app.shrinks (id int PRIMARY KEY, a text, b text)', { table: 'shrinks', fields: ['id', 'a', 'b'] });
    await sql(`INSERT INTO app.shrinks VALUES (1, 'x', 'y')`);
    await sql(`ALTER TABLE app.shrinks DROP COLUMN b`);
    await sql(`UPDATE app.shrinks SET a = 'z'`);
    await sql(`INSERT INTO app.shrinks VALUES (2, 'n')`);
    await sql(`UPDATE app.shrinks SET id = 3 WHERE id = 2`);
    await sql(`DELETE FROM app.shrinks WHERE id = 1`);
    const log = await readLog(store.admin);
    expect(log.slice(0, 3)).toMatchObject([
      { op: 'I', key: ['1'] },
      { op: 'U', key: ['1'], old: { a: 'x' } },
      { op: 'I', key: ['2'] },
    ]);
    expect(
      log
        .slice(3, 5)
        .map(({ op, key }) => `${op}${key[0]}`)
        .toSorted(),
    ).toEqual(['D2', 'I3']);
    expect(log[5]).toMatchObject({ op: 'D', key: ['1'], old: { id: '1', a: 'z' } });
  });

  test('a changed type is captured as the text that it has now', async () => {
    await sql(`ALTER TABLE app.shrinks ALTER COLUMN a TYPE int USING 1`);
    await sql(`UPDATE app.shrinks SET a = 5`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'U', key: ['3'], old: { a: '1' } }]);
  });

  test('without its key nothing can be told but that all may have changed', async () => {
    await sql(`ALTER TABLE app.shrinks DROP COLUMN id`);
    await sql(`UPDATE app.shrinks SET a = 6`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'T', key: [] }]);
  });

  test('a session that wrote before the change goes on writing', async () => {
    await attachCollection(store, 'CREATE TABLE app.session (id int PRIMARY KEY, a text, b text)', { table: 'session', fields: ['id', 'a', 'b'] });
    const client = await store.admin.connect();
    for (let i = 0; i < 8; i++) await client.query(`INSERT INTO app.session VALUES (${i}, 'a', 'b')`);
    for (let i = 0; i < 8; i++) await client.query(`UPDATE app.session SET a = 'u${i}' WHERE id = ${i}`);
    await sql('ALTER TABLE app.session DROP COLUMN b');
    await client.query(`UPDATE app.session SET a = 'after' WHERE id = 1`);
    client.release();
    expect((await readLog(store.admin)).at(-1)).toMatchObject({ op: 'U', key: ['1'], old: { a: 'u1' } });
  });

  test('more captured columns than a function may have arguments', async () => {
    const columns = Array.from({ length: 150 }, (_, i) => `c${i}`);
    await attachCollection(store, `CREATE TABLE app.wide (id int PRIMARY KEY, ${columns.map((c) => `${c} text`).join(', ')})`, {
      table: 'wide',
      fields: ['id', ...columns],
    });
    await sql(`INSERT INTO app.wide (id, c149) VALUES (1, 'v')`);
    await sql(`UPDATE app.wide SET c149 = 'w'`);
    await sql(`DELETE FROM app.wide`);
    const log = await readLog(store.admin);
    expect(log[1]?.old).toEqual({ c149: 'v' });
    expect(Object.keys(log[2]?.old ?? {})).toHaveLength(151);
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
