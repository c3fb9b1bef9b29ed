import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { injectingSetting } from '../../../../adaptor/data/capture/capture.ts';
import { detachTable } from '../../../../adaptor/data/capture/detach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';
import { type AppStore, createAppStore, planFor, readLog } from '../../../support/captured-table.ts';

/* The sample cloud: tables that the registrar does not own, ruled by tenant, written by the producer and by employees. */

let store: AppStore<'cloud'>;
let registrar: Pool;
let producer: Pool;
let employees: Pool;
let plan: CollectionPlan;

beforeAll(async () => {
  store = await createAppStore('cloud');
  registrar = store.poolFor(store.database.urls.tidegate_registrar);
  producer = store.poolFor(store.database.urls.tidegate_producer);
  employees = store.poolFor(store.database.urls.cloud_user);
  plan = await planFor(store.admin, 'cloud', {
    schema: 'cloud',
    table: 'people',
    name: 'contacts',
    tenantColumn: 'tenant',
    fields: ['id', 'first_name', 'last_name', 'emails'],
  });
  await attachTable(registrar, [plan]);
});
afterAll(async () => store[Symbol.asyncDispose]());

const ID = '11111111-1111-4111-8111-111111111111';

async function as(pool: Pool, statements: string, settings: Readonly<Record<string, string>> = {}): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (const [name, value] of Object.entries({ 'tidegate.tenant': 'acme', ...settings }))
      await client.query('SELECT set_config($1, $2, true)', [name, value]);
    await client.query(statements);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

test('employees’ edits are logged with the tenant first in the key, and who made them', async () => {
  await as(employees, `INSERT INTO cloud.people (tenant, id, first_name) VALUES ('acme', '${ID}', 'Ann')`, { 'tidegate.actor': 'eve' });
  await as(employees, `UPDATE cloud.people SET last_name = 'B' WHERE id = '${ID}'`, { 'tidegate.actor': 'eve' });
  expect(await readLog(store.admin)).toMatchObject([
    { op: 'I', key: ['acme', ID], actor: 'eve', origin: null },
    { op: 'U', key: ['acme', ID], actor: 'eve', old: { last_name: null } },
  ]);
});

test('the producer’s injection leaves no trace, its other writes do', async () => {
  const injecting = { 'tidegate.injecting': injectingSetting(plan.binding) };
  await as(producer, `UPDATE cloud.people SET first_name = 'injected' WHERE id = '${ID}'`, injecting);
  expect(await readLog(store.admin)).toEqual([]);
  await as(producer, `UPDATE cloud.people SET first_name = 'mended' WHERE id = '${ID}'`);
  await as(producer, `UPDATE cloud.people SET first_name = 'elsewhere' WHERE id = '${ID}'`, { 'tidegate.injecting': 'cloud.todos' });
  expect(await readLog(store.admin)).toMatchObject([
    { op: 'U', old: { first_name: 'injected' } },
    { op: 'U', old: { first_name: 'mended' } },
  ]);
});

test('an employee who calls an edit an injection is logged all the same', async () => {
  await as(employees, `UPDATE cloud.people SET first_name = 'sly' WHERE id = '${ID}'`, {
    'tidegate.injecting': injectingSetting(plan.binding),
    'tidegate.link': 'acme/test/hub',
  });
  expect(await readLog(store.admin)).toMatchObject([{ op: 'U', origin: null }]);
});

test('what a trigger of the cloud makes of an injection is logged', async () => {
  await store.admin.query(`CREATE FUNCTION cloud.initial() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
      UPDATE cloud.people SET last_name = 'derived' WHERE tenant = NEW.tenant AND id = NEW.id AND last_name IS DISTINCT FROM 'derived'; RETURN NULL; END $$;
    CREATE TRIGGER initial AFTER UPDATE ON cloud.people FOR EACH ROW EXECUTE FUNCTION cloud.initial()`);
  await as(producer, `UPDATE cloud.people SET first_name = 'again' WHERE id = '${ID}'`, { 'tidegate.injecting': injectingSetting(plan.binding) });
  expect(await readLog(store.admin)).toMatchObject([{ op: 'U', old: { last_name: 'B' } }]);
  await store.admin.query('DROP TRIGGER initial ON cloud.people');
});

test('neither role can change the log, or write it for another', async () => {
  await expect(as(employees, `INSERT INTO tidegate.change_log (source, key, op) VALUES (1, '{x}', 'D')`)).rejects.toMatchObject({ code: '42501' });
  await expect(as(producer, `UPDATE tidegate.change_log SET origin = 'x'`)).rejects.toMatchObject({ code: '42501' });
  await expect(as(employees, 'ALTER TABLE cloud.people DISABLE TRIGGER USER')).rejects.toMatchObject({ code: '42501' });
});

test('a registration with more columns keeps what another link had captured', async () => {
  const other = await planFor(
    store.admin,
    'cloud',
    { schema: 'cloud', table: 'people', name: 'contacts', tenantColumn: 'tenant', fields: ['id', 'notes'] },
    { tenant: 'beta', environment: 'test', link: 'hub' },
  );
  const { capture } = await attachTable(registrar, [other]);
  expect(capture.columns.map(({ name }) => name).toSorted()).toEqual(['emails', 'first_name', 'id', 'last_name', 'notes', 'tenant']);
});

test('the registrar detaches what it attached, though the table is not its own', async () => {
  await detachTable(registrar, 'cloud', { schema: 'cloud', table: 'people' });
  expect(await controlRows(store.admin, `SELECT tgname FROM pg_trigger WHERE tgrelid = 'cloud.people'::regclass AND tgname LIKE 'tidegate%'`)).toEqual([]);
  await as(employees, `UPDATE cloud.people SET last_name = 'free' WHERE id = '${ID}'`);
  expect(await readLog(store.admin)).toEqual([]);
});
