import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppStore, attachCollection, createAppStore, readLog } from '../../../support/captured-table.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
});
afterAll(async () => store[Symbol.asyncDispose]());

const sql = (text: string) => store.admin.query(text);

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
