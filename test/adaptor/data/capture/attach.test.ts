import { afterAll, beforeAll, expect, test } from 'vitest';
import { attachTable, planAttachment } from '../../../../adaptor/data/capture/attach.ts';
import { detachTable, planDetachment } from '../../../../adaptor/data/capture/detach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { type AppStore, createAppStore, planFor, readLog } from '../../../support/captured-table.ts';

const TABLE = { schema: 'app', table: 'Odd "one"' };

let store: AppStore<'crm'>;
let plan: CollectionPlan;

beforeAll(async () => {
  store = await createAppStore('crm');
  await store.admin.query('CREATE TABLE app."Odd ""one""" (id bigserial PRIMARY KEY, v text, w text)');
  plan = await planFor(store.admin, 'crm', { table: TABLE.table, name: 'odd', fields: ['id', 'v'] });
});
afterAll(async () => store[Symbol.asyncDispose]());

/** Everything in the catalogue that could be Tidegate's on this table, and all of its functions and rights. */
async function traces(): Promise<readonly string[]> {
  const rows = await controlRows<{ trace: string }>(
    store.admin,
    `SELECT 'trigger ' || tgname AS trace FROM pg_trigger WHERE tgname LIKE 'tidegate%'
     UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE pronamespace = 'tidegate'::regnamespace AND proname ~ '^(capture|guard|guard_parent)_[0-9]'
     UNION ALL SELECT 'source ' || table_name FROM tidegate.source
     UNION ALL SELECT 'log ' || op FROM tidegate.change_log
     UNION ALL SELECT 'right ' || grantee || ' ' || privilege_type || ' ' || column_name FROM information_schema.column_privileges WHERE table_schema = 'app' AND grantee LIKE 'tidegate%'
     UNION ALL SELECT 'schema right ' || nspacl::text FROM pg_namespace WHERE nspname = 'app' AND nspacl::text LIKE '%tidegate%' ORDER BY 1`,
  );
  return rows.map(({ trace }) => trace);
}

test('attaching says its SQL before it does anything, and does just that', async () => {
  const { statements, current } = await planAttachment(store.admin, [plan]);
  expect(current).toBe(false);
  expect(await traces()).toEqual([]);
  for (const part of ['CREATE OR REPLACE TRIGGER tidegate_capture_truncate', 'SECURITY DEFINER', 'SET search_path = pg_catalog, pg_temp', 'grant update ("v")'])
    expect(statements.join('\n')).toContain(part);
  const { source } = await attachTable(store.admin, [plan]);
  expect(await traces()).toContain('trigger tidegate_guard_update');
  await store.admin.query(`INSERT INTO app."Odd ""one""" (v) VALUES ('a')`);
  expect(await readLog(store.admin, false)).toMatchObject([{ op: 'I' }]);
  expect(source).toBeGreaterThan(0);
});

test('attaching again does nothing; with more columns it keeps what it captured', async () => {
  const oids = () => controlRows(store.admin, `SELECT oid::int8, xmin::text FROM pg_trigger WHERE tgname LIKE 'tidegate%' ORDER BY 1`);
  const before = await oids();
  expect((await attachTable(store.admin, [plan])).current).toBe(true);
  expect(await oids()).toEqual(before);
  const wider = await planFor(store.admin, 'crm', { table: TABLE.table, name: 'odd', fields: ['id', 'w'] });
  const { capture, current, source } = await attachTable(store.admin, [wider]);
  expect(current).toBe(false);
  expect(capture.columns.map(({ name }) => name)).toEqual(['id', 'w', 'v']);
  expect(await controlRows(store.admin, 'SELECT id, columns FROM tidegate.source')).toEqual([{ id: source, columns: ['id', 'w', 'v'] }]);
});

test('a disabled trigger is mended by attaching again', async () => {
  await store.admin.query('ALTER TABLE app."Odd ""one""" DISABLE TRIGGER tidegate_capture_insert');
  expect((await planAttachment(store.admin, [plan])).current).toBe(false);
});

test('attaching and detaching give up soon where the table is locked, and change nothing', async () => {
  const holder = await store.admin.connect();
  await holder.query('BEGIN; LOCK TABLE app."Odd ""one""" IN SHARE MODE');
  const before = await traces();
  const wider = await planFor(store.admin, 'crm', { table: TABLE.table, name: 'odd', fields: ['id', 'v', 'w'] });
  await expect(attachTable(store.admin, [wider])).rejects.toMatchObject({ code: 'database-unavailable' });
  await expect(detachTable(store.admin, 'crm', TABLE)).rejects.toMatchObject({ code: 'database-unavailable' });
  await holder.query('ROLLBACK');
  holder.release();
  expect(await traces()).toEqual(before);
});

test('detaching says its SQL too, and leaves nothing behind', async () => {
  const statements = await planDetachment(store.admin, 'crm', TABLE);
  expect(statements.join('\n')).toContain('DROP FUNCTION IF EXISTS tidegate."capture_');
  expect(await traces()).not.toEqual([]);
  expect(await detachTable(store.admin, 'crm', TABLE)).toEqual(statements);
  expect(await traces()).toEqual([]);
  expect(await detachTable(store.admin, 'crm', TABLE)).toEqual([]);
  await store.admin.query(`UPDATE app."Odd ""one""" SET v = 'free'`);
});

test('a table that was dropped is detached like any other, and so are those behind it', async () => {
  await store.admin.query('CREATE TABLE app.gone (id bigserial PRIMARY KEY, v text)');
  await attachTable(store.admin, [await planFor(store.admin, 'crm', { table: 'gone', name: 'gone', fields: ['id', 'v'] })]);
  await store.admin.query(`INSERT INTO app.gone (v) VALUES ('x')`);
  await store.admin.query('DROP TABLE app.gone');
  expect((await traces()).length).toBeGreaterThan(3);
  expect(await detachTable(store.admin, 'crm', { schema: 'app', table: 'gone' })).not.toEqual([]);
  expect(await traces()).toEqual([]);
  await store.admin.query('CREATE SCHEMA passing CREATE TABLE passing.gone (id bigserial PRIMARY KEY)');
  await attachTable(store.admin, [await planFor(store.admin, 'crm', { schema: 'passing', table: 'gone', name: 'gone', fields: ['id'] })]);
  await store.admin.query('DROP SCHEMA passing CASCADE');
  expect(await detachTable(store.admin, 'crm', { schema: 'passing', table: 'gone' })).not.toEqual([]);
  expect(await traces()).toEqual([]);
});

test('no superuser is needed: the owner of the control plane who may set triggers will do', async () => {
  await store.admin.query(`CREATE ROLE attacher_${process.pid} LOGIN PASSWORD 'p' NOINHERIT`);
  try {
    await store.admin.query(`GRANT USAGE ON SCHEMA app TO attacher_${process.pid} WITH GRANT OPTION;
      GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON app."Odd ""one""" TO attacher_${process.pid} WITH GRANT OPTION;
      GRANT USAGE, CREATE ON SCHEMA tidegate TO attacher_${process.pid};
      GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.source, tidegate.change_log TO attacher_${process.pid};
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA tidegate TO attacher_${process.pid}`);
    const pool = store.poolFor(store.database.urlFor(`attacher_${process.pid}`, 'p'));
    await attachTable(pool, [plan]);
    await store.admin.query(`UPDATE app."Odd ""one""" SET v = 'captured'`);
    expect(await readLog(store.admin)).toMatchObject([{ op: 'U' }]);
    await detachTable(pool, 'crm', TABLE);
    expect(await traces()).toEqual([]);
  } finally {
    await store.admin.query(`DROP OWNED BY attacher_${process.pid}; DROP ROLE attacher_${process.pid}`);
  }
});
