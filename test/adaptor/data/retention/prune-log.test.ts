import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import type { LogReader } from '../../../../adaptor/data/retention/log-reader.ts';
import { pruneLog } from '../../../../adaptor/data/retention/prune-log.ts';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Replica, Sender } from '../../../support/window-reading.ts';

const HOUR_MS = 3_600_000;
/** Everything is old enough; tombstones go as well. */
const AT_ONCE = { changeLogMs: -HOUR_MS, tombstoneMs: -HOUR_MS, batchRows: 2 };
/** The same, but what was deleted is remembered. */
const WITH_TOMBSTONES = { ...AT_ONCE, tombstoneMs: HOUR_MS };

let store: AppStore<'crm'>;
let consumer: Pool;
let plan: CollectionPlan;
let sender: Sender;
let readers: readonly LogReader[];

beforeAll(async () => {
  store = await createAppStore('crm');
  consumer = store.poolFor(store.database.urls.tidegate_consumer);
  plan = await attachCollection(store, 'CREATE TABLE app.logged (id int PRIMARY KEY, name text)', { table: 'logged', fields: ['id', 'name'] });
  readers = [{ link: plan.linkName, collection: 'logged', schema: 'app', table: 'logged', tenant: null }];
  sender = await Sender.claim(store.admin, plan);
  await sender.load();
  await sender.send();
});
afterAll(async () => store[Symbol.asyncDispose]());
beforeEach(async () => {
  await store.admin.query('DELETE FROM app.logged');
  await sender.send();
  await store.admin.query('DELETE FROM tidegate.change_log');
});

const prune = (retention = AT_ONCE, all = readers) => pruneLog(consumer, 'crm', all, retention);
const insert = (...ids: readonly number[]) => store.admin.query(`INSERT INTO app.logged SELECT unnest($1::int[]), 'secret'`, [ids]);
const remove = (id: number) => store.admin.query('DELETE FROM app.logged WHERE id = $1', [id]);
const log = async () =>
  (await controlRows<{ line: string }>(store.admin, `SELECT concat_ws(' ', op, key[1], old) AS line FROM tidegate.change_log ORDER BY id`)).map(
    ({ line }) => line,
  );
const bases = async () =>
  (await controlRows<{ ordinal: number }>(store.admin, 'SELECT ordinal FROM tidegate."window" WHERE NOT base_forgotten ORDER BY ordinal')).map(
    ({ ordinal }) => ordinal,
  );

describe('changes', () => {
  it('go once they are receipted and old enough, also beside an open transaction', async () => {
    await insert(1);
    await sender.send();
    const open = await store.admin.connect();
    await open.query('BEGIN; INSERT INTO app.logged VALUES (50)');
    await insert(2);
    await sender.send();
    await insert(3);
    expect(await prune({ ...AT_ONCE, changeLogMs: HOUR_MS })).toEqual({ changes: 0, tombstones: 0 });
    expect(await log()).toEqual(['I 1', 'I 2', 'I 3']);
    expect(await prune()).toEqual({ changes: 2, tombstones: 0 });
    await open.query('COMMIT');
    open.release();
    expect((await log()).toSorted()).toEqual(['I 3', 'I 50']);
  });

  it('stay while a reader stands right before the edge: a slow one loses nothing', async () => {
    const replica = new Replica(plan);
    await insert(1, 2, 3, 4, 5);
    const [edge] = await controlRows<{ cursor: string }>(store.admin, `SELECT cursor::text FROM tidegate.channel WHERE direction = 'forward'`);
    replica.apply((await sender.send())?.content ?? []);
    await store.admin.query(`UPDATE app.logged SET name = 'later' WHERE id = 3; DELETE FROM app.logged WHERE id = 4`);
    // A second link's reader stands where the first stood before this window.
    const other = `${plan.linkName}-slow`;
    await store.admin.query(`INSERT INTO tidegate.link (name, tenant, environment, link) VALUES ($1, 'acme', 'test', 'hub-slow')`, [other]);
    await store.admin.query(`INSERT INTO tidegate.channel (link, collection, direction, cursor) VALUES ($1, 'logged', 'forward', $2::pg_snapshot)`, [
      other,
      edge?.cursor,
    ]);
    const both = [...readers, { ...(readers[0] as LogReader), link: other }];
    expect((await prune(AT_ONCE, both)).changes).toBe(0);
    // It moves on: what it has is taken away, and what it has not is there.
    replica.apply((await sender.send())?.content ?? []);
    await store.admin.query(
      `UPDATE tidegate.channel SET cursor = (SELECT cursor FROM tidegate.channel WHERE link = $2 AND direction = 'forward') WHERE link = $1`,
      [other, plan.linkName],
    );
    await insert(6);
    expect((await prune(AT_ONCE, both)).changes).toBe(7);
    replica.apply((await sender.send())?.content ?? []);
    expect([...replica.records.keys()].toSorted()).toEqual(['1', '2', '3', '5', '6']);
    expect(replica.records.get('3')?.['name']).toBe('later');
    await store.admin.query('DELETE FROM tidegate.link WHERE name = $1', [other]);
  });

  it('stay while a channel that is configured elsewhere, or nowhere, has not acknowledged them', async () => {
    await store.admin.query(`INSERT INTO tidegate.link (name, tenant, environment, link) VALUES ('acme/test/other', 'acme', 'test', 'other');
      INSERT INTO tidegate.channel (link, collection, direction, cursor) VALUES ('acme/test/other', 'elsewhere', 'forward', pg_current_snapshot())`);
    await insert(1);
    await sender.send();
    expect((await prune()).changes).toBe(0);
    await store.admin.query(`UPDATE tidegate.channel SET cursor = pg_current_snapshot() WHERE link = 'acme/test/other'`);
    expect((await prune()).changes).toBe(1);
    await store.admin.query(`DELETE FROM tidegate.link WHERE name = 'acme/test/other'`);
  });

  it('of a record that was deleted leave its key, without values, until that has passed as well', async () => {
    await insert(1, 2);
    await remove(1);
    await sender.send();
    expect(await prune(WITH_TOMBSTONES)).toEqual({ changes: 2, tombstones: 1 });
    expect(await log()).toEqual(['D 1']);
    expect(await prune(WITH_TOMBSTONES)).toEqual({ changes: 0, tombstones: 0 });
    await insert(1);
    await sender.send();
    expect(await prune(WITH_TOMBSTONES)).toEqual({ changes: 2, tombstones: 0 });
    await remove(2);
    await sender.send();
    await prune(WITH_TOMBSTONES);
    expect(await log()).toEqual(['D 2']);
    expect(await prune()).toEqual({ changes: 1, tombstones: 0 });
  });

  it('are left for the next time where somebody holds them', async () => {
    await insert(1, 2, 3);
    await sender.send();
    const holder = await store.admin.connect();
    await holder.query('BEGIN; SELECT FROM tidegate.change_log ORDER BY id LIMIT 1 FOR UPDATE');
    expect((await prune()).changes).toBe(0);
    await holder.query('COMMIT');
    holder.release();
    expect((await prune()).changes).toBe(3);
  });
});

describe('windows', () => {
  it('that do not see all that is gone are no base any more', async () => {
    await insert(4);
    await sender.send();
    const [newest] = (await bases()).toReversed();
    await prune();
    expect(await bases()).toEqual([newest]);
  });
});
