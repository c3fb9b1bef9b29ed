import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { verifyLedger } from '../../../../adaptor/data/ledger/verify-ledger.ts';
import type { LogReader } from '../../../../adaptor/data/retention/log-reader.ts';
import { pruneStore } from '../../../../adaptor/data/retention/prune-store.ts';
import type { Retention } from '../../../../adaptor/data/retention/retention.ts';
import { readLink } from '../../../../adaptor/data/state/link.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

const HOUR_MS = 3_600_000;
/** Nothing is old enough. */
const NOTHING: Retention = {
  changeLogMs: HOUR_MS,
  tombstoneMs: HOUR_MS,
  windowMs: HOUR_MS,
  valueMs: HOUR_MS,
  historyMs: HOUR_MS,
  unacknowledged: { maxRows: 1000, maxAgeMs: HOUR_MS },
  batchRows: 3,
};
/** Everything that is done with is old enough. */
const ALL: Retention = { ...NOTHING, changeLogMs: -HOUR_MS, tombstoneMs: -HOUR_MS, windowMs: -HOUR_MS, valueMs: -HOUR_MS, historyMs: -HOUR_MS };

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, b text)',
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', { column: 'b', conflicts: 'review' }] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());
beforeEach(async () => {
  await crm('delete from app.items');
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine');
  await crm(`insert into app.items values (1, 'a', 'b'), (2, 'a', 'b')`);
  await cycle.quiesce();
});

const crm = (sql: string) => stores.crm.page.query(sql);
const cloud = (sql: string) => asCloudUser(stores.cloud.user, sql);
const link = () => stores.crmPlan.linkName;
const reader = (tenant: string | null): LogReader => ({ link: link(), collection: 'items', schema: 'app', table: 'items', tenant });
const pruneCrm = (retention: Partial<Retention> = {}) => pruneStore(stores.crm.consumer, 'crm', [reader(null)], { ...ALL, ...retention });
const pruneCloud = (retention: Partial<Retention> = {}) => pruneStore(stores.cloud.producer, 'cloud', [reader('acme')], { ...ALL, ...retention });
const count = async (pool: typeof stores.crm.admin, from: string) => (await controlRow<{ n: number }>(pool, `select count(*) as n from ${from}`))?.n;
const records = async () => {
  const sql = `select concat_ws(' ', id, a, b) as line from app.items order by id`;
  const lines = async (pool: typeof stores.crm.admin) => (await controlRows<{ line: string }>(pool, sql)).map(({ line }) => line);
  return { crm: await lines(stores.crm.admin), cloud: await lines(stores.cloud.admin) };
};

describe('what is done with', () => {
  it('goes at both sides, and nothing of it is missed: edits of both sides go on', async () => {
    await cloud(`update app.items set a = 'cloud' where id = 1`);
    await cycle.quiesce();
    const crmPruned = await pruneCrm();
    const cloudPruned = await pruneCloud();
    expect(crmPruned.changes).toBeGreaterThan(0);
    expect(crmPruned.windows).toBeGreaterThan(0);
    expect(cloudPruned.changes).toBeGreaterThan(0);
    expect(cloudPruned.windows).toBeGreaterThan(0);
    expect(await count(stores.crm.admin, 'tidegate.change_log')).toBe(0);
    expect(await count(stores.cloud.admin, 'tidegate.change_log')).toBe(0);
    await crm(`update app.items set a = 'crm' where id = 2`);
    await cloud(`update app.items set b = 'cloud' where id = 2; delete from app.items where id = 1`);
    await cycle.quiesce();
    expect(await records()).toEqual({ crm: ['2 crm cloud'], cloud: ['2 crm cloud'] });
    expect(await count(stores.crm.admin, 'tidegate.conflict')).toBe(0);
  });

  it('stays while its retention has not passed', async () => {
    await crm(`update app.items set a = 'later' where id = 1`);
    await cycle.quiesce();
    for (const pruned of [await pruneCrm(NOTHING), await pruneCloud(NOTHING)]) {
      const { outdated, ...counts } = pruned;
      expect(outdated).toEqual([]);
      expect(new Set(Object.values(counts))).toEqual(new Set([0]));
    }
  });

  it('keeps the last delta of each generation, by which hand-over and positions are known', async () => {
    await pruneCrm();
    await pruneCloud();
    const left = await controlRows(stores.cloud.admin, `select direction, kind, state from tidegate."window" order by direction`);
    expect(left).toContainEqual({ direction: 'forward', kind: 'delta', state: 'applied' });
    await cloud(`update app.items set a = 'still open' where id = 1`);
    expect(await cycle.reverse()).toBe(1);
  });
});

describe('a cloud edit whose base is gone', () => {
  /** A cloud user reads and edits what was there before a later window of the CRM, which is taken while the edit waits. */
  const editOnOldBase = async (edit: string) => {
    const user = await stores.cloud.user.connect();
    await user.query(`begin isolation level repeatable read; select set_config('tidegate.tenant', 'acme', true)`);
    await user.query('select from app.items');
    await user.query(edit);
    await crm(`update app.items set a = 'crm' where id = 1`);
    const delivery = cycle.readForward().then(async (window) => {
      if (window === undefined) throw new Error('no window');
      return { window, injected: cycle.deliver(window) };
    });
    const { window, injected } = await delivery;
    await user.query('commit');
    user.release();
    await cycle.confirm(window, await injected);
    await crm(`update app.items set b = 'later' where id = 2`);
    await cycle.forward();
    await pruneCrm({ windowMs: HOUR_MS });
  };

  it('is a conflict: the CRM wins where nothing tells what it changed meanwhile', async () => {
    await editOnOldBase(`update app.items set a = 'cloud' where id = 1`);
    await cycle.quiesce();
    expect((await records()).crm[0]).toBe('1 crm b');
    expect((await records()).cloud).toEqual((await records()).crm);
    expect(await controlRows(stores.crm.admin, 'select kind, cloud_value from tidegate.conflict')).toEqual([{ kind: 'field', cloud_value: 'cloud' }]);
  });

  it('is a conflict where it deletes, too: nothing that the CRM edited goes silently', async () => {
    await editOnOldBase(`delete from app.items where id = 1`);
    await cycle.quiesce();
    expect((await records()).crm[0]).toBe('1 crm b');
    expect((await records()).cloud).toEqual((await records()).crm);
    expect(await controlRows(stores.crm.admin, 'select kind from tidegate.conflict')).toEqual([{ kind: 'delete-against-edit' }]);
  });
});

describe('values', () => {
  it('of decided conflicts and of resolved records go; what waits stays', async () => {
    await crm(`update app.items set a = 'crm', b = 'crm' where id = 1`);
    await cloud(`update app.items set a = 'lost', b = 'waits' where id = 1`);
    await cycle.quiesce();
    await stores.crm.admin
      .query(`insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, detail, record, changed, state, resolved_at)
      select '${link()}', 'items', 'reverse', '{9}', 1, gen_random_uuid(), 'U', 'constraint-violated', 'd', '{"a": "kept"}', '*', s, case when s <> 'waiting' then now() end
        from unnest('{waiting,superseded}'::text[]) s`);
    expect(await pruneCrm({ historyMs: HOUR_MS })).toMatchObject({ conflictValues: 1, quarantineValues: 1, conflicts: 0, quarantine: 0 });
    expect(await controlRows(stores.crm.admin, 'select field, cloud_value, values_gone from tidegate.conflict order by field')).toEqual([
      { field: 'a', cloud_value: null, values_gone: true },
      { field: 'b', cloud_value: 'waits', values_gone: false },
    ]);
    expect(await controlRows(stores.crm.admin, 'select state, record from tidegate.quarantine order by state')).toEqual([
      { state: 'superseded', record: {} },
      { state: 'waiting', record: { a: 'kept' } },
    ]);
    expect(await pruneCrm()).toMatchObject({ conflicts: 1, quarantine: 1 });
    expect(await count(stores.crm.admin, 'tidegate.conflict')).toBe(1);
    expect(await count(stores.crm.admin, 'tidegate.quarantine')).toBe(1);
  });

  it('of releases go, and runs, requests, approvals and empty messages after them', async () => {
    const { admin } = stores.crm;
    await admin.query(`insert into tidegate.release (link, act, subject, "values", requested_by, reason, state, finished_at)
        select '${link()}', 'edit', 1, '{"a": "given"}', 'anna', 'why', s, now() from unnest('{applied,refused,asked}'::text[]) s;
      insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state, finished_at)
        select s, '${link()}', 'forward', 'period', s, s, s, now() from unnest('{completed,running}'::text[]) s;
      insert into tidegate.sync_request (link, direction, cause, collections, state, finished_at)
        select '${link()}', 'forward', 'user', '{}', s, now() from unnest('{done,open}'::text[]) s;
      insert into tidegate.approval (link, collection, direction, code, changes, deletes, delete_budget, state, decided_at, decided_by, decided_reason, bound_to)
        select '${link()}', 'items', d, 'delete-budget-exceeded', 1, 1, 1, s, now(), 'anna', 'why', null from (values ('forward', 'rejected'), ('reverse', 'approved')) v(d, s);
      insert into tidegate.reverse_message (id, link, jws, digest, cause, state, issued_at, expires_at)
        select gen_random_uuid(), '${link()}', 'jws', 'd', 'period', s, now(), now() from unnest('{spent,open}'::text[]) s;
      insert into tidegate.used_id (issuer, id, purpose, expires_at) values ('crm', gen_random_uuid(), 'proof', now() + interval '1 minute')`);
    expect(await pruneCrm()).toMatchObject({ releaseValues: 2, runs: 1, requests: 1, approvals: 1, messages: 1 });
    expect(await controlRows(admin, `select state, "values" is null as gone from tidegate.release order by state`)).toEqual([
      { state: 'applied', gone: true },
      { state: 'asked', gone: false },
      { state: 'refused', gone: true },
    ]);
    // An id that could still be used again is no matter of retention.
    expect(await count(admin, 'tidegate.used_id')).toBe(1);
    await admin.query('delete from tidegate.reverse_message; delete from tidegate.run; delete from tidegate.sync_request; delete from tidegate.approval');
  });

  it('of plans go with their time, and of windows that nobody can approve any more; undos and reconciliations with their rows', async () => {
    const { admin } = stores.crm;
    await admin.query(`insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, expires_at)
        select gen_random_uuid(), '${link()}', 'reverse', '{}', 1, 'anna', 'done', now() + d from unnest('{-1 s,1 hour}'::interval[]) d;
      insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, after) select id, 1, 'items', '{1}', 'U', 'update', 'value' from tidegate.plan;
      insert into tidegate.held_window (batch_id, link, collection, ordinal, message_id, manifest)
        select gen_random_uuid(), '${link()}', s, 1, gen_random_uuid(), 'm' from unnest('{waiting,approved,rejected,superseded,nobody}'::text[]) s;
      insert into tidegate.held_row (batch_id, n, op, changed, record) select batch_id, 1, 'U', 'a', '{"a": "value"}' from tidegate.held_window;
      insert into tidegate.approval (link, collection, direction, code, changes, deletes, delete_budget, state, batch_id, decided_by, decided_reason)
        select link, collection, 'reverse', 'delete-budget-exceeded', 1, 1, 1, collection, batch_id, 'anna', 'why' from tidegate.held_window where collection <> 'nobody';
      insert into tidegate.undo (link, run_id, except_edited, requested_by, reason) select '${link()}', r, false, 'anna', 'why' from unnest('{over,asked}'::text[]) r;
      insert into tidegate.undo_refusal (undo_id, n, collection, key, code) select id, 1, 'items', '{1}', 'edited-since' from tidegate.undo;
      insert into tidegate.release (link, act, subject, requested_by, reason, state) select '${link()}', 'undo', id, 'anna', 'why', case run_id when 'over' then 'applied' else 'asked' end from tidegate.undo;
      insert into tidegate.reconciliation (request_id, link, collection, trigger, state, finished_at)
        select gen_random_uuid(), '${link()}', 'items', 'user', s, case s when 'completed' then now() end from unnest('{completed,running}'::text[]) s;
      insert into tidegate.reconciliation_difference (reconciliation_id, key, kind, fields, repair) select id, '{1}', 'missing', '{}', '{}' from tidegate.reconciliation`);
    // A plan says itself how long it is kept.
    expect(await pruneCrm(NOTHING)).toMatchObject({ plans: 1, heldWindows: 0, undos: 0, reconciliations: 0 });
    expect(await pruneCrm()).toMatchObject({ plans: 0, heldWindows: 3, undos: 1, reconciliations: 1 });
    for (const table of ['plan', 'plan_difference', 'undo', 'undo_refusal', 'reconciliation', 'reconciliation_difference'])
      expect([table, await count(admin, `tidegate.${table}`)]).toEqual([table, 1]);
    expect(await controlRows(admin, 'select collection from tidegate.held_window join tidegate.held_row using (batch_id) order by 1')).toEqual([
      { collection: 'approved' },
      { collection: 'waiting' },
    ]);
    await admin.query(`delete from tidegate.plan; delete from tidegate.held_window; delete from tidegate.approval; delete from tidegate.undo; delete from tidegate.reconciliation;
      delete from tidegate.release`);
  });

  it('of the ledger go, and what they say of the record stays', async () => {
    await cloud(`update app.items set a = 'cloud' where id = 1`);
    await cycle.quiesce();
    expect((await pruneCrm(NOTHING)).ledgerValues).toBe(0);
    expect((await pruneCrm({ ...NOTHING, valueMs: -HOUR_MS })).ledgerValues).toBeGreaterThan(0);
    const entries = await controlRows(stores.crm.admin, 'select op, key, fields, before, after from tidegate.ledger_entry order by id desc limit 1');
    expect(entries).toEqual([{ op: 'U', key: ['1'], fields: ['a'], before: null, after: null }]);
    // Windows that are pruned, bases that are forgotten, values that are destroyed: none of it breaks the chain.
    await pruneCrm();
    expect((await verifyLedger(stores.crm.admin, async () => [])).faults).toEqual([]);
  });

  it('of messages that brought something in stay with what the ledger says of them', async () => {
    await stores.crm.admin.query(`insert into tidegate.reverse_message (id, link, jws, digest, cause, state, issued_at, expires_at)
      select message_id, '${link()}', 'jws', 'd', 'period', 'spent', now(), now() from tidegate.ledger_entry limit 1`);
    expect(await pruneCrm()).toMatchObject({ messages: 0 });
  });
});

describe('edits of the cloud’s users that no order brings in', () => {
  it('are folded past the bound, and none is lost', async () => {
    await cloud(`update app.items set a = 'first' where id = 1`);
    await crm(`update app.items set b = 'crm' where id = 2`);
    await cycle.forward();
    await cloud(`update app.items set b = 'second' where id = 1; update app.items set a = 'third' where id = 1`);
    await cloud(`insert into app.items (tenant, id, a) values ('acme', 5, 'new'), ('acme', 6, 'short'); update app.items set b = 'more' where id = 5`);
    await cloud('delete from app.items where id = 6');
    expect((await pruneCloud()).folded).toBe(0);
    expect((await pruneCloud({ unacknowledged: { maxRows: 2, maxAgeMs: HOUR_MS } })).folded).toBe(5);
    const own = `select op, key[2] as id, old from tidegate.change_log where origin is null order by id`;
    expect(await controlRows(stores.cloud.admin, own)).toEqual([
      { op: 'U', id: '1', old: { a: 'a', b: 'b' } },
      { op: 'I', id: '5', old: null },
    ]);
    expect(await controlRows(stores.cloud.admin, `select event from tidegate.audit_event where event = 'edits-folded'`)).toHaveLength(1);
    await cycle.quiesce();
    expect(await records()).toEqual({ crm: ['1 third second', '2 a crm', '5 new more'], cloud: ['1 third second', '2 a crm', '5 new more'] });
    expect(await count(stores.crm.admin, 'tidegate.conflict')).toBe(0);
  });

  it('are folded on the oldest base: what the CRM changed since the first of them is a conflict', async () => {
    await cloud(`update app.items set a = 'cloud' where id = 1`);
    await crm(`update app.items set a = 'crm' where id = 1`);
    await cycle.forward();
    await cloud(`update app.items set a = 'cloud again' where id = 1`);
    await pruneCloud({ unacknowledged: { maxRows: 1, maxAgeMs: HOUR_MS } });
    await cycle.quiesce();
    expect((await records()).crm[0]).toBe('1 crm b');
    expect(await count(stores.crm.admin, 'tidegate.conflict')).toBe(1);
  });

  it('are left alone while a window that holds them is promised', async () => {
    await cloud(`update app.items set a = 'one' where id = 1; update app.items set a = 'two' where id = 1`);
    const window = await cycle.readReverse();
    if (window === undefined) throw new Error('no window');
    expect((await pruneCloud({ unacknowledged: { maxRows: 1, maxAgeMs: HOUR_MS } })).folded).toBe(0);
    await cycle.confirm(window, await cycle.deliver(window));
    expect((await records()).crm[0]).toBe('1 two b');
  });
});

describe('a link that does not come back', () => {
  it.for([
    ['by the number of its changes', { maxRows: 2, maxAgeMs: HOUR_MS }],
    ['by their age', { maxRows: 1000, maxAgeMs: -HOUR_MS }],
  ] as const)('is stopped for a new initial load %s, loudly, and its log goes', async ([, unacknowledged]) => {
    await pruneCrm();
    await crm(`insert into app.items select n, 'x' from generate_series(10, 14) n; delete from app.items where id = 14`);
    expect((await pruneCrm({ ...NOTHING })).outdated).toEqual([]);
    const { outdated, changes, tombstones } = await pruneCrm({ tombstoneMs: HOUR_MS, unacknowledged });
    expect(outdated).toEqual([link()]);
    expect({ changes, tombstones }).toEqual({ changes: 5, tombstones: 1 });
    const row = await readLink(stores.crm.admin, link());
    expect(row).toMatchObject({ state: 'stopped', stateBy: 'tidegate' });
    expect(row).toMatchObject({
      stateCode: 'link-outdated',
      stateReason: expect.stringMatching(/^The cloud has not acknowledged changes .* items: /) as string,
    });
    expect(await controlRows(stores.crm.admin, `select event from tidegate.audit_event where event like 'link-%' order by id desc limit 2`)).toEqual([
      { event: 'link-outdated' },
      { event: 'link-stopped' },
    ]);
    expect((await pruneCrm({ unacknowledged })).outdated).toEqual([]);
    // As an approved new load would leave it (its own tests: order.test.ts and lost-stores/).
    await stores.crm.admin.query(`set session_replication_role = replica; delete from app.items where id >= 10; reset session_replication_role;
      update tidegate.link set state = 'open', state_reason = null, outdated_at = null; delete from tidegate.audit_event`);
    await stores.crm.admin.query(`update tidegate.channel set cursor = pg_current_snapshot() where direction = 'forward'`);
  });

  it('has its channel forgotten where nothing names it any more', async () => {
    const { admin } = stores.crm;
    await admin.query(`insert into tidegate.link (name, tenant, environment, link) values ('acme/test/gone', 'acme', 'test', 'gone');
      insert into tidegate.channel (link, collection, direction, cursor, proven_at, state) values ('acme/test/gone', 'items', 'forward', pg_current_snapshot(), now() - interval '2 hours', 'open')`);
    await pruneCrm({ unacknowledged: { maxRows: 1000, maxAgeMs: 3 * HOUR_MS } });
    await crm(`update app.items set a = 'later' where id = 1`);
    await cycle.quiesce();
    expect((await pruneCrm({ unacknowledged: { maxRows: 1000, maxAgeMs: 3 * HOUR_MS } })).changes).toBe(0);
    expect((await pruneCrm()).changes).toBeGreaterThan(0);
    expect(await controlRow(admin, `select state, cursor is null as forgotten from tidegate.channel where link = 'acme/test/gone'`)).toEqual({
      state: 'new',
      forgotten: true,
    });
    await admin.query(`delete from tidegate.link where name = 'acme/test/gone'`);
  });
});
