import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { pruneLog } from '../../../../adaptor/data/state/prune.ts';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Sender } from '../../../support/window-reading.ts';

let store: AppStore<'crm'>;
let plan: CollectionPlan;
let sender: Sender;

beforeAll(async () => {
  store = await createAppStore('crm');
  plan = await attachCollection(store, 'CREATE TABLE app.logged (id int PRIMARY KEY)', { table: 'logged', fields: ['id'] });
  sender = await Sender.claim(store.admin, plan);
  await sender.load();
  await sender.send();
});
afterAll(async () => store[Symbol.asyncDispose]());

const insert = (id: number) => store.admin.query(`INSERT INTO app.logged VALUES (${id})`);
const log = async () => (await controlRows<{ key: string[] }>(store.admin, 'SELECT key FROM tidegate.change_log ORDER BY id')).map(({ key }) => key[0]);
const bases = async () =>
  (await controlRows<{ ordinal: number; base: boolean }>(store.admin, 'SELECT ordinal, to_snapshot IS NOT NULL AS base FROM tidegate.window ORDER BY ordinal'))
    .filter(({ base }) => base)
    .map(({ ordinal }) => ordinal);

test('only rows that are receipted and old enough go, also below an open transaction', async () => {
  await insert(1);
  await sender.send();
  const open = await store.admin.connect();
  await open.query('BEGIN; INSERT INTO app.logged VALUES (50)');
  await insert(2);
  await sender.send();
  await insert(3);
  expect(await pruneLog(store.admin, [plan])).toBe(0);
  expect(await log()).toEqual(['1', '2', '3']);
  expect(await pruneLog(store.admin, [plan], 0)).toBe(2);
  await open.query('COMMIT');
  open.release();
  expect((await log()).toSorted()).toEqual(['3', '50']);
});

test('windows that do not see all that is gone are no base any more', async () => {
  expect(await bases()).toEqual([]);
  await sender.send();
  await insert(4);
  await sender.send();
  const [newest] = (await bases()).toReversed();
  await pruneLog(store.admin, [plan], 0);
  expect(await bases()).toEqual([newest]);
  expect(await log()).toEqual([]);
});

test('a row stays while any link of the table is not past it', async () => {
  const other = { ...plan, linkName: 'acme/test/other' as const };
  await store.admin.query(`INSERT INTO tidegate.link (name, tenant, environment, link) VALUES ('acme/test/other', 'acme', 'test', 'other');
    INSERT INTO tidegate.channel (link, collection, direction) VALUES ('acme/test/other', 'logged', 'forward')`);
  await insert(5);
  await sender.send();
  expect(await pruneLog(store.admin, [plan, other], 0)).toBe(0);
  await store.admin.query(`UPDATE tidegate.channel SET cursor = pg_current_snapshot() WHERE link = 'acme/test/other'`);
  expect(await pruneLog(store.admin, [plan, other], 0)).toBe(1);
  expect(await pruneLog(store.admin, [], 0)).toBe(0);
});
