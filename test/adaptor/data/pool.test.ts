import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { controlRow, controlRows } from '../../../adaptor/data/control-rows.ts';
import { translateDatabaseError } from '../../../adaptor/data/database-error.ts';
import { readIncarnation } from '../../../adaptor/data/incarnation.ts';
import { createPool, inTransaction } from '../../../adaptor/data/pool.ts';
import { incarnationSchema } from '../../../exchange/incarnation.ts';
import { WIRE_SETTINGS } from '../../../exchange/protocol.ts';
import { type AppStore, createAppStore } from '../../support/captured-table.ts';

let store: AppStore<'crm'>;

beforeAll(async () => {
  store = await createAppStore('crm');
  await store.admin.query('CREATE TABLE app.secrets (id int PRIMARY KEY, v text CHECK (v <> $$no$$))');
});
afterAll(async () => store[Symbol.asyncDispose]());

describe('a pool', () => {
  test('speaks under the settings of the wire', async () => {
    for (const [name, value] of Object.entries(WIRE_SETTINGS)) {
      const { rows } = await store.admin.query(`SELECT current_setting('${name}') AS v`);
      expect(rows[0]?.v).toBe(value);
    }
  });

  test('leaves every value as PostgreSQL wrote it', async () => {
    const { rows } = await store.admin.query(
      `SELECT 9007199254740993::int8 AS i, 1.10::numeric AS n, '{"a":9007199254740993.10}'::jsonb AS j, timestamptz '2024-01-01 00:00:00.123456+01' AS t, true AS b, ARRAY['a', NULL] AS a, NULL AS x`,
    );
    expect(rows).toEqual([
      { i: '9007199254740993', n: '1.10', j: '{"a": 9007199254740993.10}', t: '2023-12-31 23:00:00.123456+00', b: 't', a: '{a,NULL}', x: null },
    ]);
  });

  test('control rows are parsed', async () => {
    expect(await controlRow(store.admin, `SELECT 5::int8 AS i, true AS b, '{"a":1}'::jsonb AS j, timestamptz '2024-01-01' AS t, ARRAY['a'] AS a`)).toEqual({
      i: 5,
      b: true,
      j: { a: 1 },
      a: ['a'],
      t: new Date('2024-01-01'),
    });
    expect(await controlRow(store.admin, 'SELECT 1 WHERE false')).toBeUndefined();
  });

  test('a transaction is committed if its body returns, else rolled back, and its connection goes back', async () => {
    await inTransaction(store.admin, async (client) => client.query(`INSERT INTO app.secrets VALUES (1, 'kept')`));
    const failure = new Error('mine');
    await expect(
      inTransaction(store.admin, async (client) => {
        await client.query(`INSERT INTO app.secrets VALUES (2, 'gone')`);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await controlRows(store.admin, 'SELECT id FROM app.secrets')).toEqual([{ id: 1 }]);
    expect(store.admin.idleCount).toBe(store.admin.totalCount);
  });
});

describe('errors of the database', () => {
  test('carry the code and the names of objects, no content and no SQL', async () => {
    const failure: unknown = await inTransaction(store.admin, async (client) => client.query(`INSERT INTO app.secrets VALUES (1, 'very secret')`)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 'database-refused', facts: { sqlState: '23505', constraint: 'secrets_pkey', schema: 'app', table: 'secrets' } });
    expect(`${String(failure)} ${JSON.stringify(failure)} ${String((failure as Error).cause)}`).not.toMatch(/very secret|INSERT/);
  });

  test('that pass by themselves say so', async () => {
    const client = await store.admin.connect();
    await client.query('BEGIN; LOCK TABLE app.secrets');
    await expect(inTransaction(store.admin, async (other) => other.query(`SET LOCAL lock_timeout = 50; DELETE FROM app.secrets`))).rejects.toMatchObject({
      code: 'database-unavailable',
      retryable: true,
    });
    await client.query('ROLLBACK');
    client.release();
  });

  test('of a server that is not there, or goes away', async () => {
    const nowhere = createPool('postgresql://x@127.0.0.1:1/none', { applicationName: 'test' });
    await expect(inTransaction(nowhere, async () => undefined)).rejects.toMatchObject({ code: 'database-unavailable' });
    await nowhere.end();
    const cut = inTransaction(store.admin, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      await store.admin.query(`SELECT pg_terminate_backend(${String(rows[0]?.pid)})`);
      await client.query('SELECT 1');
    });
    await expect(cut).rejects.toMatchObject({ code: 'database-unavailable' });
  });

  test('others stay what they are', () => {
    const other = new TypeError('x');
    expect(translateDatabaseError(other)).toBe(other);
    expect(translateDatabaseError('text')).toBe('text');
  });
});

describe('the life of a store', () => {
  test('can be read by every role of it', async () => {
    const own = incarnationSchema.parse(await readIncarnation(store.admin));
    for (const url of Object.values(store.database.urls)) expect(await readIncarnation(store.poolFor(url))).toEqual(own);
  });

  test('differs from that of any other', async () => {
    await using other = await createAppStore('crm');
    const [a, b] = [await readIncarnation(store.admin), await readIncarnation(other.admin)];
    expect(a.databaseId).not.toBe(b.databaseId);
    expect(a.storeId).not.toBe(b.storeId);
    expect(a.systemId).toBe(b.systemId);
  });
});
