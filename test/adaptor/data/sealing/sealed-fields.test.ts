import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { valueCipher } from '../../../../adaptor/auth/sealing/value-cipher.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { applyDecided } from '../../../../adaptor/data/injection/apply-decided.ts';
import { openInjection } from '../../../../adaptor/data/injection/open-injection.ts';
import { inInjection } from '../../../../adaptor/data/injection/session.ts';
import { inTransaction } from '../../../../adaptor/data/pool.ts';
import { planReverse } from '../../../../adaptor/data/planning/plan-reverse.ts';
import { openRows } from '../../../../adaptor/data/sealing/open-rows.ts';
import { openRecord } from '../../../../adaptor/data/sealing/open-record.ts';
import { releaseOrder } from '../../../../adaptor/data/release/released-record.ts';
import type { ReleasedRecord } from '../../../../adaptor/data/release/released-record.ts';
import { destroyValues } from '../../../../adaptor/data/ledger/destroy-values.ts';
import { DataCycle, appliedBooks } from '../../../support/data-cycle.ts';
import { memoryKeys } from '../../../support/seal-keys.ts';
import { openSealedPeople, personInCloud, personInCrm, waitingPeople } from '../../../support/sealed-people.ts';
import { type TwoStores, asCloudUser } from '../../../support/two-stores.ts';
import { endedRun, undoRun } from '../../../support/undo-run.ts';

/* Canaries: none of them may ever be found outside the CRM's own table and its log. */
const SECRET = 'canary, "quoted"\nü';

let stores: TwoStores;
let cycle: DataCycle;
const keys = memoryKeys();

beforeAll(async () => {
  ({ stores, cycle } = await openSealedPeople(keys, SECRET));
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.quarantine');
});

const inCloud = (id: number) => personInCloud(stores, id);
const inCrm = (id: number) => personInCrm(stores, id);
const setAside = () => waitingPeople(stores);
/** As an administrator of the cloud, whom no right keeps out; the edit is captured like any other. */
const tamper = (sql: string, values: unknown[] = []) => stores.cloud.admin.query(sql, values);

it('leave as ciphertext of any type, null apart, and the CRM reads its own again', async () => {
  await stores.crm.page.query('update app.people set salary = null where id = 3');
  await cycle.forward();
  const person = await inCloud(1);
  expect(person.name).toBe('person 1');
  for (const value of [person.note, person.salary, person.born]) expect(value).toMatch(/^sealed:1:kms-1:\d+:/);
  expect((await inCloud(3)).salary).toBeNull();
  const everything = await controlRows<{ all: string }>(stores.cloud.admin, `select string_agg(p::text, '') as all from app.people p`);
  expect(everything[0]?.all).not.toContain('canary');
});

it('are sent as they were where nothing changed: no change at the cloud, and silence', async () => {
  const before = await inCloud(1);
  await stores.crm.page.query(`update app.people set name = 'renamed' where id = 1`);
  await cycle.forward();
  expect(await inCloud(1)).toEqual({ ...before, name: 'renamed' });
  // A value that changes and changes back within a window.
  await stores.crm.page.query(`update app.people set note = 'x' where id = 1`);
  await stores.crm.page.query(`update app.people set note = $1 where id = 1`, [`${SECRET}1`]);
  await cycle.forward();
  expect((await inCloud(1)).note).toBe(before.note);
  expect(await cycle.quiesce()).toBe(0);
});

it('have another ciphertext, of the next version, where the value changed; and that of its neighbours stays', async () => {
  const before = await inCloud(2);
  await stores.crm.page.query(`update app.people set note = 'other' where id = 2`);
  await cycle.forward();
  const after = await inCloud(2);
  expect(Number(after.note?.split(':')[3])).toBe(Number(before.note?.split(':')[3]) + 1);
  expect(after.salary).toBe(before.salary);
});

it('do not keep edits of the other fields out', async () => {
  const before = await inCrm(1);
  await asCloudUser(stores.cloud.user, `update app.people set name = 'by the cloud' where id = 1`);
  await cycle.quiesce();
  expect(await inCrm(1)).toEqual({ ...before, name: 'by the cloud' });
  expect(await setAside()).toEqual([]);
});

it('come back with a record that the CRM had deleted, where the cloud wins', async () => {
  const before = await inCrm(2);
  const edited = asCloudUser(stores.cloud.user, `update app.people set name = 'kept' where id = 2`);
  await Promise.all([edited, stores.crm.page.query('delete from app.people where id = 2')]);
  await cycle.forward();
  const window = await cycle.readReverse();
  if (window?.message === undefined) throw new Error('nothing came');
  // A plan says that it would come back, and shows nothing of what is sealed.
  const opening = { pool: stores.crm.consumer, plan: stores.crmPlan, cipher: valueCipher(keys), receiptedOrdinal: window.receiptedOrdinal ?? 0 };
  const rows = openRows(Readable.from([window.bytes]), opening);
  const { forecast, differences } = await planReverse(stores.crm.reverse, {
    plan: stores.crmPlan,
    order: window.message.order,
    rows,
    proved: async () => {},
    sample: 10,
  });
  expect(forecast).toMatchObject({ insert: 1, quarantined: 0 });
  expect(differences).toMatchObject([{ field: 'name', after: 'kept' }]);
  await cycle.confirm(window, await cycle.deliver(window));
  expect(await inCrm(2)).toEqual({ ...before, name: 'kept' });
  await cycle.quiesce();
});

describe('are refused and set aside, their neighbours land, and the CRM puts them right', () => {
  const refusals: readonly [string, string, RegExp][] = [
    ['of another record', `update app.people p set note = (select o.note from app.people o where o.id = 3) where id = 1`, /another record or field/],
    ['of another field', 'update app.people set note = born where id = 1', /another record or field/],
    [
      'altered',
      `update app.people set note = overlay(note placing case right(left(note, -5), 1) when 'A' then 'B' else 'A' end from length(note) - 5 for 1) where id = 1`,
      /altered/,
    ],
    ['with its key altered', `update app.people set note = regexp_replace(note, '^(sealed:1:[^:]+:\\d+:)(.)', '\\1' || 'AAAA') where id = 1`, /altered/],
    ['with another version written on it', `update app.people set note = regexp_replace(note, '^(sealed:1:[^:]+):(\\d+):', '\\1:99:') where id = 1`, /altered/],
    ['truncated', 'update app.people set note = left(note, -8) where id = 1', /altered/],
    ['cut to almost nothing', `update app.people set note = 'sealed:1:kms-1:1:AA:AA' where id = 1`, /older|altered/],
    ['under a key that nobody knows', `update app.people set note = replace(note, ':kms-1:', ':kms-9:') where id = 1`, /key that is not known/],
    ['as plain text', `update app.people set note = 'plain' where id = 1`, /not a sealed value/],
  ];
  it.each(refusals)('%s', async (_, sql, detail) => {
    const [mine, right] = [await inCrm(1), await inCloud(1)];
    await tamper(sql);
    await asCloudUser(stores.cloud.user, `update app.people set name = $1 where id = 3`, [`neighbour of ${_}`]);
    await cycle.reverse();
    const [refused, ...others] = await setAside();
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ key: ['1'], code: 'sealed-value-refused', field: 'note', detail: expect.stringMatching(detail) as string });
    expect(JSON.stringify(refused?.record)).not.toContain('canary');
    expect(await inCrm(1)).toEqual(mine);
    expect((await inCrm(3)).name).toBe(`neighbour of ${_}`);
    await cycle.quiesce();
    expect((await inCloud(1)).note).toBe(right.note);
  });

  it('of an older version', async () => {
    const old = await inCloud(1);
    await stores.crm.page.query(`update app.people set note = 'newer' where id = 1`);
    await cycle.forward();
    const right = await inCloud(1);
    await tamper('update app.people set note = $1, name = $2 where id = 1', [old.note, 'with it']);
    await cycle.reverse();
    expect(await setAside()).toMatchObject([{ code: 'sealed-value-refused', field: 'note', detail: expect.stringMatching(/older version/) as string }]);
    await cycle.quiesce();
    expect((await inCloud(1)).note).toBe(right.note);
    expect((await inCrm(1)).note).toBe('newer');
  });

  it('but not an older one that the cloud could not know better', async () => {
    await stores.crm.page.query(`update app.people set note = 'on its way' where id = 1`);
    const lost = await cycle.readForward();
    await asCloudUser(stores.cloud.user, `update app.people set name = 'meanwhile' where id = 1`);
    await cycle.reverse();
    expect(await setAside()).toEqual([]);
    if (lost !== undefined) await cycle.settle(lost);
    await cycle.quiesce();
    expect(await inCrm(1)).toMatchObject({ name: 'meanwhile', note: 'on its way' });
  });

  it('in a record that the cloud’s users made', async () => {
    await asCloudUser(stores.cloud.user, `insert into app.people (tenant, id, name, note) values ('acme', 50, 'new', 'plain')`);
    await asCloudUser(stores.cloud.user, `insert into app.people (tenant, id, name) values ('acme', 51, 'new too')`);
    await cycle.reverse();
    expect(await setAside()).toMatchObject([{ key: ['50'], code: 'sealed-value-refused' }]);
    expect(await inCrm(51)).toMatchObject({ name: 'new too', note: null });
    expect(await inCrm(50)).toBeUndefined();
    // What only the cloud has is not deleted there.
    await cycle.quiesce();
    expect(await inCloud(50)).toMatchObject({ note: 'plain' });
    await tamper('delete from app.people where id = 50');
  });
});

it('a refused edit comes in with the next change of its record', async () => {
  await tamper(`update app.people set note = 'plain', name = 'the edit' where id = 3`);
  await cycle.reverse();
  expect(await setAside()).toHaveLength(1);
  await cycle.quiesce();
  await asCloudUser(stores.cloud.user, `update app.people set name = 'and another' where id = 3`);
  await cycle.reverse();
  expect((await inCrm(3)).name).toBe('and another');
  expect(await setAside()).toEqual([]);
});

it('are not for the reverse role to change, whatever a message says; nor may it read what was sealed', async () => {
  const messageId = await stores.accept([{ collection: 'people', fields: ['name', 'note'], operations: ['I', 'U', 'D'] }]);
  const attempt = (sql: string) =>
    inTransaction(stores.crm.reverse, async (client) => {
      await client.query(`select set_config('tidegate.message', $1, true), set_config('tidegate.link', $2, true)`, [messageId, stores.crmPlan.linkName]);
      await client.query(sql);
    });
  for (const sql of [`update app.people set note = 'x'`, 'select from tidegate.sealed_value'])
    await expect(attempt(sql)).rejects.toMatchObject({ code: 'database-refused', facts: { sqlState: '42501' } });
});

it('a refused edit comes in by itself where it is tried again, and the CRM’s sealed value stays', async () => {
  const before = await inCrm(3);
  await tamper(`update app.people set note = 'plain', name = 'tried again' where id = 3`);
  await cycle.reverse();
  const [record] = await controlRows<ReleasedRecord>(
    stores.crm.admin,
    `select collection, key, op, changed, base, actor, record from tidegate.quarantine where state = 'waiting' and direction = 'reverse'`,
  );
  const plan = stores.crmPlan;
  const order = { collection: 'people', fields: ['name'], operations: ['I', 'U', 'D'] as ('I' | 'U' | 'D')[] };
  const messageId = await stores.accept([order]);
  const { outcomes } = await inInjection(stores.crm.reverse, plan, async (client) => {
    const open = await openInjection(client, { plan, direction: 'reverse', ordinal: 0, messageId });
    return applyDecided(stores.crm.reverse, client, {
      plan,
      open,
      records: record === undefined ? [] : [record],
      order,
      orderId: messageId,
      runId: 'run',
      decided: false,
    });
  });
  expect(outcomes).toMatchObject([{ code: null, conflicted: false }]);
  expect(await inCrm(3)).toEqual({ ...before, name: 'tried again' });
});

it('come back with a record that a user lets in, as far as they are its own', async () => {
  const [plan, before, held] = [stores.crmPlan, await inCrm(3), await inCloud(3)];
  await stores.crm.page.query('delete from app.people where id = 3');
  const record = { id: '3', name: 'restored', note: held.note, salary: held.born, born: held.born };
  const released = { collection: 'people', key: ['3'], op: 'I', changed: '*', base: null, actor: null, record } as const;
  const order = await releaseOrder(stores.crm.consumer, plan, released);
  expect(order).toMatchObject({ operations: ['I', 'U'], fields: ['name', 'note', 'salary', 'born'] });
  const messageId = await stores.accept([order]);
  const opened = await openRecord(released, plan, valueCipher(keys));
  await inInjection(stores.crm.reverse, plan, async (client) => {
    const open = await openInjection(client, { plan, direction: 'reverse', ordinal: 0, messageId });
    return applyDecided(stores.crm.reverse, client, { plan, open, records: [released], order, orderId: messageId, runId: 'run', decided: true, opened });
  });
  expect(await inCrm(3)).toEqual({ name: 'restored', note: before.note, salary: null, born: before.born });
});

it('come back whole with a record that an undo brings back, and the cloud gets the ciphertext that it had', async () => {
  const [mine, theirs] = [await inCrm(2), await inCloud(2)];
  expect(mine).toMatchObject({ note: 'other', born: '1970-01-03' });
  const run = await endedRun(stores);
  await asCloudUser(stores.cloud.user, 'delete from app.people where id = 2');
  const window = await cycle.readReverse();
  if (window !== undefined) await cycle.confirm(window, await cycle.deliver(window, run));
  expect(await inCrm(2)).toBeUndefined();
  const { refusals, apply } = await undoRun(stores, run);
  expect(refusals).toEqual([]);
  expect(await apply()).toEqual({ outcome: 'applied', changed: 1 });
  expect(await inCrm(2)).toEqual(mine);
  await cycle.quiesce();
  expect(await inCloud(2)).toEqual(theirs);
  expect(await inCrm(2)).toEqual(mine);
});

it('do not come back where the values of before were destroyed: such a record is refused', async () => {
  const run = await endedRun(stores);
  await stores.crm.page.query(`insert into app.people (id, name, note) values (60, 'short', 'canary of a short life')`);
  await cycle.quiesce();
  await asCloudUser(stores.cloud.user, 'delete from app.people where id = 60');
  const window = await cycle.readReverse();
  if (window !== undefined) await cycle.confirm(window, await cycle.deliver(window, run));
  const entries = await controlRows<{ id: number }>(stores.crm.admin, 'select id from tidegate.ledger_entry where run_id = $1', [run]);
  await destroyValues(stores.crm.consumer, { entries: entries.map(({ id }) => id), by: 'test', reason: 'erasure' });
  expect((await undoRun(stores, run)).refusals).toEqual([{ collection: 'people', key: ['60'], code: 'values-destroyed' }]);
});

it('stop nothing but their collection where the key is gone; and what was sealed under it stays at the cloud', async () => {
  const locked = new DataCycle(stores, { cipher: valueCipher(memoryKeysWithout()) });
  await asCloudUser(stores.cloud.user, `update app.people set name = 'locked out' where id = 1`);
  await expect(locked.reverse()).rejects.toMatchObject({ code: 'sealed-key-missing' });
  await cycle.reverse();
  await stores.crm.page.query(`update app.people set note = 'never plain' where id = 1`);
  await expect(new DataCycle(stores).forward()).rejects.toMatchObject({ code: 'sealed-key-missing' });
  expect((await inCloud(1)).note).not.toBe('never plain');
  const [window] = await controlRows<{ ordinal: number }>(
    stores.crm.admin,
    `select max(ordinal) as ordinal from tidegate."window" where direction = 'forward'`,
  );
  await cycle.settle({ plans: stores.plans[0], claims: { ordinal: window?.ordinal, epoch: 1 } } as never);
  await cycle.quiesce();
});

function memoryKeysWithout() {
  const other = memoryKeys();
  other.rotate();
  other.forget('kms-1');
  return other;
}

it('leave no plaintext in the control planes, but in the CRM’s own log of its table and its ledger of what came back', async () => {
  for (const store of ['crm', 'cloud'] as const) {
    const tables = await controlRows<{ name: string }>(
      stores[store].admin,
      `select c.oid::regclass::text as name from pg_class c where relnamespace = 'tidegate'::regnamespace and relkind = 'r'`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const [row] = await controlRows<{ hit: boolean }>(stores[store].admin, `select exists (select from ${name} x where x::text like '%canary%') as hit`);
      if (row?.hit === true) found.push(name);
    }
    expect(found.toSorted()).toEqual(store === 'crm' ? ['tidegate.change_log', 'tidegate.ledger_entry'] : []);
  }
});

it('all books balance', async () => {
  for (const { offered, told } of await appliedBooks(stores)) expect(told).toBe(offered);
});
