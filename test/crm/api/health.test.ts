import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { LagHistory } from '../../../crm/status/lag-history.ts';
import { addRun, addWindow, clash, openLink, setAside } from '../control-plane.ts';
import { type Requests, startTestCrm, TEST_LINK, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
let ada: Requests;
const lagHistory = new LagHistory();
beforeAll(async () => {
  crm = await startTestCrm({ alarmBounds: { staleAfterMs: 600_000, pausedAfterMs: 3_600_000 }, lagHistory });
  [uwe, ada] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example')]);
  await openLink(crm.admin);
  await crm.admin.query(`update tidegate.link set opened_at = now()`);
});
afterAll(() => crm[Symbol.asyncDispose]());

interface Health {
  readonly alarms: readonly { readonly id: string }[];
  readonly waiting: Readonly<Record<string, number>>;
}
const health = async () => (await uwe('GET', '/api/health')).json<Health>();
const alarms = async () => (await health()).alarms.map(({ id }) => id).toSorted();

describe('health', () => {
  it('has no alarm for what is fresh', async () => {
    await addRun(crm.admin, 'forward-1', 'forward');
    await addRun(crm.admin, 'reverse-1', 'reverse');
    expect(await alarms()).toEqual([]);
  });

  it('judges from the data: proofs and runs that are too old, but not what is switched off', async () => {
    await crm.admin.query(`update tidegate.link set opened_at = now() - interval '2 days'`);
    await crm.admin.query(`update tidegate.channel set proven_at = now() - interval '2 days' where collection in ('tasks', 'appointments')`);
    await crm.admin.query(
      `insert into tidegate.sync_option (link, collection, direction, enabled, set_by) select $1, collection, direction, false, 'ada'
         from (values ('appointments', 'forward'), ('appointments', 'reverse')) as off (collection, direction)`,
      [TEST_LINK],
    );
    expect(await alarms()).toEqual([`no-proof:${TEST_LINK}:forward:tasks`]);
    await crm.admin.query(`update tidegate.run set started_at = now() - interval '2 days' where direction = 'forward'`);
    expect(await alarms()).toEqual([`no-proof:${TEST_LINK}:forward:tasks`, `no-run:${TEST_LINK}:forward`]);
    await crm.admin.query(`update tidegate.link set state = 'paused', state_at = now()`);
    expect(await alarms()).toEqual([]);
    await crm.admin.query(`update tidegate.link set state_at = now() - interval '2 hours'`);
    expect(await alarms()).toEqual([`paused-too-long:${TEST_LINK}`]);
    await crm.admin.query(`update tidegate.link set state = 'open'`);
  });

  it('counts what waits for somebody', async () => {
    await setAside(crm.admin, 'contacts', 'a');
    for (const field of ['note', 'company']) await clash(crm.admin, 'contacts', 'a', field);
    await crm.admin.query(`update tidegate.conflict set outcome = 'review' where field = 'note'`);
    await crm.admin.query(`update tidegate.channel set state = 'drifted' where collection = 'tasks'`);
    expect((await health()).waiting).toEqual({ approvals: 0, conflicts: 1, setAside: 1, drifted: 1, stopped: 0, unconfirmed: 0, differences: 0, expiring: 0 });
    expect((await crm.app.inject('/api/health')).statusCode).toBe(401);
  });

  it('counts what is still to be done, on links of this CRM alone; of comparisons what the last one found and nobody repaired', async () => {
    await setAside(crm.admin, 'contacts', 'given up');
    await crm.admin.query(`update tidegate.quarantine set state = 'discarded' where key = '{given up}'`);
    for (const [link, collection, state] of [
      [TEST_LINK, 'tasks', 'waiting'],
      [TEST_LINK, 'contacts', 'superseded'],
      ['acme/test/other', 'tasks', 'waiting'],
    ])
      await crm.admin.query(
        `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget, state)
         values ($1, $2, 'reverse', 'w/r', 'delete-budget-exceeded', 1, 1, 0, $3)`,
        [link, collection, state],
      );
    await crm.admin.query(`insert into tidegate.link (name, tenant, environment, link) values ('acme/test/other', 'acme', 'test', 'other')`);
    await crm.admin.query(`insert into tidegate.channel (link, collection, direction, state) values ('acme/test/other', 'contacts', 'forward', 'stopped')`);
    await crm.admin.query(`update tidegate.channel set state = 'stopped' where collection = 'appointments' and link = $1`, [TEST_LINK]);
    const compared = (link: string, collection: string, differences: number, repaired: number | null, ago: string) =>
      crm.admin.query(
        `insert into tidegate.reconciliation (request_id, link, collection, trigger, state, differences, repaired, kinds, waiting, created_at, finished_at)
         values (gen_random_uuid(), $1, $2, 'period', 'completed', $3, $4, '{}', '{}', now() - $5::interval, now() - $5::interval)`,
        [link, collection, differences, repaired, ago],
      );
    await compared(TEST_LINK, 'contacts', 50, null, '2 days');
    await compared(TEST_LINK, 'contacts', 5, 3, '1 day');
    await compared(TEST_LINK, 'tasks', 1, null, '1 day');
    await compared('acme/test/other', 'contacts', 100, null, '1 day');
    expect((await health()).waiting).toEqual({ approvals: 1, conflicts: 1, setAside: 1, drifted: 1, stopped: 1, unconfirmed: 0, differences: 3, expiring: 0 });
    await crm.admin.query(`update tidegate.channel set state = 'open' where state = 'stopped'`);
  });

  it('waits as long as an administrator lets a direction wait: three of its periods', async () => {
    expect(await alarms()).toContain(`no-proof:${TEST_LINK}:forward:tasks`);
    const every = (milliseconds: number) =>
      crm.admin.query(
        `insert into tidegate.sync_period (link, direction, every_ms, set_by) values ($1, 'forward', $2, 'ada')
         on conflict (link, direction) do update set every_ms = excluded.every_ms`,
        [TEST_LINK, milliseconds],
      );
    await every(86_400_000);
    expect(await alarms()).toEqual([]);
    await every(3_600_000);
    expect(await alarms()).toContain(`no-proof:${TEST_LINK}:forward:tasks`);
  });

  it('tells the volume of the last day without gaps, and the lag that was seen', async () => {
    await addWindow(crm.admin, 'contacts', 'receipted');
    await crm.admin.query(`update tidegate."window" set applied = 4, unchanged = 3`);
    // What is only sent has not come through yet.
    await addWindow(crm.admin, 'tasks', 'sent');
    await crm.admin.query(`update tidegate."window" set applied = 100, finished_at = now() where state = 'sent'`);
    lagHistory.add(new Date('2026-01-01T00:00:00Z'), []);
    lagHistory.add(new Date('2026-01-01T00:00:30Z'), []);
    lagHistory.add(new Date('2026-01-01T00:01:00Z'), [{ collection: 'tasks', lagMs: 12.4 } as never]);
    const { volume, lag } = (await uwe('GET', '/api/trends')).json<{ volume: { forward: number; reverse: number }[]; lag: object[] }>();
    expect(volume.length).toBeGreaterThanOrEqual(96);
    expect(volume.reduce((sum, { forward }) => sum + forward, 0)).toBe(7);
    expect(lag).toEqual([
      { at: '2026-01-01T00:00:00.000Z', lagMs: {} },
      { at: '2026-01-01T00:01:00.000Z', lagMs: { tasks: 12 } },
    ]);
  });
});

describe('runs', () => {
  it('are narrowed by direction, trigger, state, and found by their workflow', async () => {
    await addRun(crm.admin, 'failed-1', 'forward', { state: 'failed' });
    const ids = async (query: string) => (await uwe('GET', `/api/runs?${query}`)).json<{ rows: { id: string }[] }>().rows.map(({ id }) => id);
    expect(await ids('direction=reverse')).toEqual(['reverse-1/r1']);
    expect(await ids('state=failed&direction=forward')).toEqual(['failed-1/r1']);
    expect(await ids('trigger=period')).toEqual([]);
    expect(await ids('id=forward-1')).toEqual(['forward-1/r1']);
    expect((await uwe('GET', '/api/runs?direction=sideways')).statusCode).toBe(400);
    // The next page begins where one ends.
    const all = await ids('size=100');
    const [first] = (await uwe('GET', '/api/runs?size=1')).json<{ rows: { startedAt: string }[] }>().rows;
    expect(await ids(`before=${first?.startedAt ?? ''}`)).toEqual(all.slice(1));
    expect((await uwe('GET', '/api/runs?before=yesterday')).statusCode).toBe(400);
  });
});

describe('conflicts', () => {
  const list = async (query = '') => (await uwe('GET', `/api/conflicts?${query}`)).json<{ rows: { field: string; base: unknown }[]; total: number }>();

  it('are narrowed, and tell what stood there before the CRM’s change', async () => {
    expect((await list('waiting=true')).rows.map(({ field }) => field)).toEqual(['note']);
    expect((await list('collection=tasks')).total).toBe(0);
    expect((await list('waiting=true')).rows[0]?.base).toBeNull();
    const log = (old: object, at: string) =>
      crm.admin.query(
        `insert into tidegate.change_log (source, key, op, old, logged_at) select id, array['a'], 'U', $1, now() + $2::interval from tidegate.source where table_name = 'contacts'`,
        [JSON.stringify(old), at],
      );
    await log({ note: 'older' }, '-2 days');
    await log({ note: 'before', company: null }, '-1 day');
    await log({ note: 'later' }, '1 day');
    expect((await list()).rows.map(({ field, base }) => [field, base])).toEqual([
      ['company', { value: null }],
      ['note', { value: 'before' }],
    ]);
  });

  it('are decided all alike by one rule, by an administrator', async () => {
    const body = { side: 'cloud', reason: 'they know better', collection: 'contacts' };
    expect((await uwe('POST', '/api/conflicts/decide', body)).statusCode).toBe(403);
    expect((await ada('POST', '/api/conflicts/decide', { ...body, collection: 'nothing' })).json()).toMatchObject({ code: 'collection-unknown' });
    expect((await ada('POST', '/api/conflicts/decide', { ...body, field: 'other' })).json()).toEqual({ decided: 0, refused: [], left: 0 });
    expect((await ada('POST', '/api/conflicts/decide', { ...body, collection: 'tasks' })).json()).toEqual({ decided: 0, refused: [], left: 0 });
    crm.control.calls.length = 0;
    expect((await ada('POST', '/api/conflicts/decide', body)).json()).toEqual({ decided: 1, refused: [], left: 0 });
    expect(crm.control.calls).toEqual([
      { act: 'release', order: expect.objectContaining({ act: 'restore', values: null, requestedBy: 'ada@crm.example', reason: 'they know better' }) },
    ]);
    await ada('POST', '/api/conflicts/decide', { side: 'crm', reason: 'ours is right' });
    expect(crm.control.calls.at(-1)).toMatchObject({ act: 'keep', order: { link: TEST_LINK, by: 'ada@crm.example' } });
    crm.control.failure = new TidegateError('already-decided');
    expect((await ada('POST', '/api/conflicts/decide', body)).json()).toMatchObject({ decided: 0, refused: [{ code: 'already-decided' }], left: 1 });
    crm.control.failure = new TidegateError('temporal-unavailable');
    expect((await ada('POST', '/api/conflicts/decide', body)).statusCode).toBe(503);
    crm.control.failure = undefined;
  });
});
