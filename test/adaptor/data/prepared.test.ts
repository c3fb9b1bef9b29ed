import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, preparedRow, preparedRows } from '../../../adaptor/data/control-rows.ts';
import { prepared, runPrepared } from '../../../adaptor/data/prepared.ts';
import { DataCycle } from '../../support/data-cycle.ts';
import { type TwoStores, openTwoStores } from '../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, a text); insert into app.items select n, 'a' || n from generate_series(1, 20) n`,
    cloudSql: 'create table app.items (tenant text, id int, a text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.quiesce();
});
afterAll(async () => stores[Symbol.asyncDispose]());

async function inSession<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    return await use(client);
  } finally {
    client.release();
  }
}

const preparedHere = `select count(*) as names, coalesce(sum(generic_plans + custom_plans), 0)::int as runs from pg_prepared_statements where statement = $1`;

describe('a prepared statement', () => {
  it('is parsed once in a session, and gives rows as they are read elsewhere', async () => {
    const text = 'select $1::int8 as number, $2::timestamptz as moment';
    const values = [7, '2026-11-26T00:00:00Z'];
    await inSession(stores.crm.consumer, async (client) => {
      const first = await preparedRow(client, text, values);
      expect(await preparedRows(client, text, values)).toEqual([first]);
      expect(await controlRow(client, text, values)).toEqual(first);
      expect(await controlRow(client, preparedHere, [text])).toEqual({ names: 1, runs: 2 });
    });
  });

  it('has the same name for the same text only', () => {
    expect(prepared('select 1', []).name).toBe(prepared('select 1', [1]).name);
    expect(prepared('select 1', []).name).not.toBe(prepared('select 2', []).name);
  });

  it('goes on after its table was altered, and after a transaction that failed', async () => {
    await stores.crm.admin.query('create table app.counted (n int); grant select, insert on app.counted to public; grant usage on schema app to public');
    await inSession(stores.crm.consumer, async (client) => {
      const insert = 'insert into app.counted (n) values ($1)';
      await runPrepared(client, insert, [1]);
      await stores.crm.admin.query('alter table app.counted add column note text default $$new$$');
      expect((await runPrepared(client, insert, [2])).rowCount).toBe(1);
      await client.query('begin');
      await expect(client.query('select 1 / 0')).rejects.toThrow('division');
      await client.query('rollback');
      expect((await runPrepared(client, insert, [3])).rowCount).toBe(1);
      expect(await preparedRow(client, 'select count(*) as n from app.counted', [])).toEqual({ n: 3 });
    });
  });
});

describe('a small window', () => {
  it('is found by a statement that the session planned before', async () => {
    for (let n = 0; n < 3; n++) {
      await stores.crm.admin.query('update app.items set a = $1 where id = 3', [`again ${n}`]);
      await cycle.quiesce();
    }
    const idle = await Promise.all(
      Array.from({ length: stores.crm.consumer.totalCount }, async () =>
        inSession(stores.crm.consumer, async (client) =>
          controlRow<{ runs: number }>(
            client,
            `select coalesce(max(generic_plans + custom_plans), 0)::int as runs from pg_prepared_statements where statement like 'WITH staged AS%'`,
          ),
        ),
      ),
    );
    expect(Math.max(...idle.map((row) => row?.runs ?? 0))).toBeGreaterThanOrEqual(2);
  });
});
