import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addSealKey, ensureSealKeys, fileKeyWrapper, listSealKeys, removeSealKey } from '../../../../adaptor/auth/sealing/seal-key-file.ts';
import { valueCipher } from '../../../../adaptor/auth/sealing/value-cipher.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { resendResealed, resendSealed, waitingResends } from '../../../../adaptor/data/sealing/resend-sealed.ts';
import { countSealed, neededBecause } from '../../../../adaptor/data/sealing/sealing-standing.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'seal-'));
  file = join(folder, 'seal-keys.json');
  await ensureSealKeys(file);
  stores = await openTwoStores({
    crmSql: `create table app.people (id uuid primary key default gen_random_uuid(), name text, note text, hidden boolean not null default false)`,
    cloudSql: `create table app.people (tenant text, id uuid, name text, note text, primary key (tenant, id))`,
    collections: [{ table: 'people', fields: ['id', 'name', { column: 'note', sealed: true }], private: { sql: 'hidden', columns: ['hidden'] } }],
  });
  cycle = new DataCycle(stores, { cipher: valueCipher(fileKeyWrapper(file)) });
  await stores.crm.page.query(`insert into app.people (name, note) select 'p' || n, 'note ' || n from generate_series(1, 1200) n`);
  await cycle.load(0, 500);
  await cycle.quiesce();
});
afterAll(async () => {
  await stores[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Ids of the keys under which there are values at the cloud. */
const keysAtCloud = async () =>
  (await controlRows<{ key: string }>(stores.cloud.admin, `select distinct split_part(note, ':', 3) as key from app.people where note is not null`)).map(
    ({ key }) => key,
  );
const needed = async (key: string) => neededBecause(await countSealed(stores.crm.consumer), key, await waitingResends(stores.crm.consumer, stores.crmPlan));
const rotate = async () => {
  const key = await addSealKey(file);
  return { key, records: await inTransaction(stores.crm.consumer, (client) => resendSealed(client, stores.crmPlan)) };
};

it('ends with no value under the old key at the cloud, and only then is the old key given up', async () => {
  const [old] = await keysAtCloud();
  expect(await needed(old ?? '')).toMatch(/1200 values are under it/);
  const { key, records } = await rotate();
  expect(records).toBe(1200);
  expect(await keysAtCloud()).toEqual([old]);
  // Sent, and not yet receipted: the cloud may have either.
  const window = await cycle.readForward();
  if (window === undefined) throw new Error('nothing was sent');
  expect(await needed(old ?? '')).toMatch(/on their way|under it/);
  await cycle.confirm(window, await cycle.deliver(window));
  expect(await keysAtCloud()).toEqual([key]);
  expect(await needed(old ?? '')).toBeUndefined();
  await expect(removeSealKey(file, key)).rejects.toMatchObject({ code: 'bad-request' });
  await removeSealKey(file, old ?? '');
  expect(await listSealKeys(file)).toMatchObject([{ keyId: key, current: true }]);
  // Whoever works on took the file up without a restart.
  await stores.crm.page.query(`update app.people set note = note || '!' where name in ('p1', 'p2')`);
  await cycle.forward();
  expect(await cycle.quiesce()).toBe(0);
  expect(await keysAtCloud()).toEqual([key]);
});

it('sends nothing anew where everything is under the current key already', async () => {
  const before = await controlRows(stores.cloud.admin, 'select id, note from app.people order by id');
  await inTransaction(stores.crm.consumer, (client) => resendSealed(client, stores.crmPlan));
  const window = await cycle.readForward();
  if (window === undefined) throw new Error('nothing was sent');
  const injected = await cycle.deliver(window);
  expect(injected.books).toMatchObject({ applied: 0, unchanged: 1200 });
  await cycle.confirm(window, injected);
  expect(await controlRows(stores.cloud.admin, 'select id, note from app.people order by id')).toEqual(before);
});

it('is not held up by records that went, were emptied, or became private', async () => {
  await stores.crm.page.query(`delete from app.people where name = 'p3'`);
  await stores.crm.page.query(`update app.people set note = null where name = 'p4'`);
  await stores.crm.page.query(`update app.people set hidden = true where name = 'p5'`);
  const [old] = await keysAtCloud();
  const { key, records } = await rotate();
  expect(records).toBe(1197);
  expect(await needed(old ?? '')).toBeDefined();
  await cycle.forward();
  expect(await needed(old ?? '')).toBeUndefined();
  expect(await keysAtCloud()).toEqual([key]);
});

it('is held up by a record that the cloud could not take: it may have the value before', async () => {
  const [old] = await keysAtCloud();
  await stores.cloud.admin.query(`alter table app.people add constraint moody check (name <> 'p7' or note like '%${old}%') not valid`);
  await rotate();
  await cycle.forward();
  expect(await needed(old ?? '')).toMatch(/1 values are on their way/);
  await stores.cloud.admin.query('alter table app.people drop constraint moody');
  await stores.crm.page.query(`update app.people set name = 'p7!' where name = 'p7'`);
  await cycle.forward();
  expect(await needed(old ?? '')).toBeUndefined();
  expect(await keysAtCloud()).toHaveLength(1);
});

it('a field that is sealed later, or opened again, is sent again as it is to be', async () => {
  const { definition } = stores.crmPlan;
  const open = { ...definition, fields: definition.fields.map(({ name, type, nullable, authority }) => ({ name, type, nullable, authority })) };
  const count = async () =>
    inTransaction(stores.crm.consumer, async (client) => {
      await resendResealed(client, stores.crmPlan, open);
      return waitingResends(client, stores.crmPlan);
    });
  expect(await count()).toBe(1197);
  await cycle.forward();
  await inTransaction(stores.crm.consumer, (client) => resendResealed(client, { ...stores.crmPlan, definition: open }, definition));
  expect(await waitingResends(stores.crm.consumer, stores.crmPlan)).toBe(1197);
  expect(await countSealed(stores.crm.consumer)).toEqual([]);
  await cycle.forward();
});
