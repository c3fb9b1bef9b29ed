import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, preparedRow, preparedRows } from '../../../adaptor/data/control-rows.ts';
import { readTableShape, readTableStamp } from '../../../adaptor/data/introspection.ts';
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

/** Counts how often a session of the pool waits: statements that the driver sends behind others, in its pipeline mode, do not count. */
function countTrips(pool: Pool): () => number {
  let trips = 0;
  const counted = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (counted.has(client)) return;
    counted.add(client);
    let waiting = 0;
    const query = client.query.bind(client) as (...parts: unknown[]) => unknown;
    const ended = () => void waiting--;
    Object.assign(client, {
      query: (...parts: unknown[]) => {
        if (waiting === 0 || !client.pipeline) trips++;
        waiting++;
        const sent = query(...parts);
        if (sent instanceof Promise) sent.then(ended, ended);
        else ended();
        return sent;
      },
    });
  });
  return () => trips;
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
            `select coalesce(max(generic_plans + custom_plans), 0)::int as runs from pg_prepared_statements where statement like 'WITH staged (%'`,
          ),
        ),
      ),
    );
    expect(Math.max(...idle.map((row) => row?.runs ?? 0))).toBeGreaterThanOrEqual(2);
  });

  it('takes few round trips at either store', async () => {
    const trips = { crm: countTrips(stores.crm.consumer), cloud: countTrips(stores.cloud.producer) };
    const taken: { crm: number; cloud: number }[] = [];
    // A new connection of a pool takes some more.
    for (let n = 0; n < 3; n++) {
      const before = { crm: trips.crm(), cloud: trips.cloud() };
      await stores.crm.admin.query('update app.items set a = $1 where id = 4', [`counted ${n}`]);
      expect(await cycle.forward()).toBe(1);
      taken.push({ crm: trips.crm() - before.crm, cloud: trips.cloud() - before.cloud });
    }
    // The snapshot, the channel, the rows, the window's row, the manifest, the receipt (two), and the snapshot's end.
    expect(Math.min(...taken.map(({ crm }) => crm))).toBeLessThanOrEqual(8);
    // The window's place, its rows, and the receipt with the commit.
    expect(Math.min(...taken.map(({ cloud }) => cloud))).toBe(3);
  });
});

describe('the stamp of a table', () => {
  it.each([
    'alter table app.stamped add column more text default $$x$$ not null',
    'alter table app.stamped alter column a type varchar(20)',
    'alter table app.stamped rename column a to renamed',
    'alter table app.stamped drop column b',
    'alter table app.stamped drop constraint stamped_pkey',
    'create unique index on app.stamped (c)',
    'alter table app.stamped alter column c drop not null',
    'alter table app.stamped set unlogged',
    'create table app.heir () inherits (app.stamped)',
    'alter type app.colour rename to hue',
    'alter table app.stamped add foreign key (c) references app.items on delete cascade',
    'alter table app.stamped enable row level security, force row level security',
  ])('is another one after: %s', async (change) => {
    const { admin } = stores.crm;
    const read = async () => ({
      stamp: await readTableStamp(admin, 'app', 'stamped'),
      shape: { ...(await readTableShape(admin, 'app', 'stamped')), estimatedRows: 0 },
    });
    await admin.query(`create type app.colour as enum ('red'); create table app.stamped (id int primary key, a text, b text, c int not null, d app.colour)`);
    try {
      const before = await read();
      await admin.query(`insert into app.stamped values (1, 'a', 'b', 1, 'red'); analyze app.stamped`);
      expect(await read()).toEqual(before);
      await admin.query(change);
      expect((await read()).stamp).not.toBe(before.stamp);
    } finally {
      await admin.query('drop table if exists app.heir; drop table app.stamped; drop type if exists app.colour; drop type if exists app.hue');
    }
  });
});
