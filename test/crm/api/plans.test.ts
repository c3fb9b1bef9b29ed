import { randomUUID } from 'node:crypto';
import { NOTHING } from '../../../adaptor/data/planning/plan-forward.ts';
import type { CollectionForecast } from '../../../adaptor/data/planning/plan-rows.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startSignedInCrm } from '../signed-in-crm.ts';
import { type Requests, type TestCrm, TEST_LINK } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
let ada: Requests;
let aud: Requests;
beforeAll(async () => {
  ({ crm, uwe, ada, aud } = await startSignedInCrm());
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(() => void (crm.control.calls.length = 0));

const reason = 'the import was wrong';

const forecast: CollectionForecast = { collection: 'contacts', ...NOTHING, update: 1 };

describe('plans', () => {
  const id = randomUUID();
  beforeAll(async () => {
    await crm.admin.query(
      `insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, result, expires_at) values ($1, $2, 'reverse', '{}', 5, 'ada', 'done', $3, now() + interval '1 hour')`,
      [id, TEST_LINK, JSON.stringify([forecast])],
    );
    await crm.admin.query(
      `insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after) values ($1, 0, 'contacts', '{k}', 'U', 'update', 'note', 'old words', 'new words')`,
      [id],
    );
  });

  it('are told to everybody in counts, and with their values to an administrator only', async () => {
    for (const who of [uwe, ada, aud]) {
      const answer = await who('GET', '/api/plans');
      expect(answer.json()).toMatchObject({ rows: [{ id, direction: 'reverse', result: [{ collection: 'contacts', update: 1 }] }] });
      expect(answer.body).not.toContain('new words');
    }
    expect((await ada('GET', `/api/plans/${id}`)).json()).toMatchObject({ id, differences: [{ field: 'note', before: 'old words', after: 'new words' }] });
    for (const who of [uwe, aud]) expect((await who('GET', `/api/plans/${id}`)).statusCode).toBe(403);
    expect((await ada('GET', `/api/plans/${randomUUID()}`)).statusCode).toBe(404);
    await crm.admin.query(`update tidegate.plan set expires_at = now()`);
    expect((await ada('GET', `/api/plans/${id}`)).statusCode).toBe(404);
    expect((await ada('GET', '/api/plans')).json()).toEqual({ rows: [] });
  });

  it('are listed newest first', async () => {
    const older = randomUUID();
    await crm.admin.query(
      `insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, created_at, expires_at)
       values ($1, $2, 'forward', '{}', 5, 'ada', 'asked', now() - interval '1 minute', now() + interval '1 hour')`,
      [older, TEST_LINK],
    );
    await crm.admin.query(`update tidegate.plan set expires_at = now() + interval '1 hour' where id = $1`, [id]);
    const { rows } = (await ada('GET', '/api/plans')).json<{ rows: { id: string }[] }>();
    expect(rows.map((row) => row.id)).toEqual([id, older]);
    await crm.admin.query('update tidegate.plan set expires_at = now()');
  });

  it('are asked for in the name of an administrator', async () => {
    const answer = await ada('POST', '/api/plans', { direction: 'reverse', collections: ['contacts'] });
    expect([answer.statusCode, answer.json()]).toEqual([202, { planId: expect.any(String) }]);
    expect(crm.control.calls).toEqual([
      { act: 'plan', order: { link: TEST_LINK, direction: 'reverse', collections: ['contacts'], sample: 20, requestedBy: 'ada@crm.example' } },
    ]);
    expect((await uwe('POST', '/api/plans', { direction: 'reverse' })).statusCode).toBe(403);
    for (const body of [{}, { direction: 'sideways' }, { direction: 'forward', sample: 501 }, { direction: 'forward', link: 'acme/test/other' }])
      expect((await ada('POST', '/api/plans', body)).statusCode).toBe(400);
    expect(crm.control.calls).toHaveLength(1);
  });
});

describe('an undo', () => {
  it('is asked for in the name of an administrator, with a reason, by nobody else', async () => {
    const answer = await ada('POST', '/api/undo', { run: 'w/r', reason });
    expect([answer.statusCode, answer.json()]).toEqual([202, { undo: 1, releaseId: expect.any(String) }]);
    expect(crm.control.calls).toEqual([{ act: 'undo', order: { link: TEST_LINK, run: 'w/r', exceptEdited: false, requestedBy: 'ada@crm.example', reason } }]);
    for (const who of [uwe, aud]) expect((await who('POST', '/api/undo', { run: 'w/r', reason })).statusCode).toBe(403);
    for (const body of [{ run: 'w/r' }, { run: 'w/r', reason: ' ' }, { reason }]) expect((await ada('POST', '/api/undo', body)).statusCode).toBe(400);
    expect(crm.control.calls).toHaveLength(1);
  });

  it('is looked at beforehand as a plan of that run, which the list of plans leaves out', async () => {
    const answer = await ada('POST', '/api/undo/preview', { run: 'w/r' });
    expect([answer.statusCode, answer.json()]).toEqual([202, { planId: expect.any(String) }]);
    const order = { link: TEST_LINK, direction: 'reverse', collections: [], sample: 100, run: 'w/r', requestedBy: 'ada@crm.example' };
    expect(crm.control.calls).toEqual([{ act: 'plan', order }]);
    for (const who of [uwe, aud]) expect((await who('POST', '/api/undo/preview', { run: 'w/r' })).statusCode).toBe(403);
    for (const body of [{}, { run: '' }, { run: 'w/r', reason }]) expect((await ada('POST', '/api/undo/preview', body)).statusCode).toBe(400);
    const id = randomUUID();
    await crm.admin.query(
      `insert into tidegate.plan (id, link, direction, collections, sample, run_id, requested_by, state, result, expires_at) values ($1, $2, 'reverse', '{}', 5, 'w/r', 'ada', 'done', '[]', now() + interval '1 hour')`,
      [id, TEST_LINK],
    );
    expect((await ada('GET', `/api/plans/${id}`)).json()).toMatchObject({ id, run: 'w/r', differences: [] });
    expect((await ada('GET', '/api/plans')).json()).toEqual({ rows: [] });
  });

  it('tells what became of it, and which run put back what another had changed', async () => {
    const undone = `w/${randomUUID()}`;
    const release = randomUUID();
    const by = `release/${release}/r`;
    const write = (run: string, workflow: string, trigger: string) =>
      crm.admin.query(
        `insert into tidegate.run (id, link, direction, trigger, workflow_id, workflow_run_id, state, applied) values ($1, $2, 'reverse', $3, $4, 'r', 'completed', 1)`,
        [run, TEST_LINK, trigger, workflow],
      );
    await write(undone, 'w', 'user');
    const { rows } = await crm.admin.query<{ id: string }>(
      `insert into tidegate.undo (link, run_id, except_edited, requested_by, reason) values ($1, $2, false, 'ada', 'why') returning id`,
      [TEST_LINK, undone],
    );
    const undo = Number(rows[0]?.id);
    const of = async () => (await ada('GET', `/api/undo/${undo}`)).json<Record<string, unknown>>();
    const listed = async () => (await ada('GET', `/api/runs?id=${encodeURIComponent(undone)}`)).json<{ rows: unknown[] }>().rows;
    expect(await of()).toMatchObject({ state: 'asked', errorCode: null, newRun: null });
    await crm.admin.query(
      `insert into tidegate.release (id, link, act, subject, requested_by, reason, state, error_code) values ($1, $2, 'undo', $3, 'ada', 'why', 'refused', 'undo-refused')`,
      [release, TEST_LINK, undo],
    );
    expect(await of()).toMatchObject({ state: 'refused', errorCode: 'undo-refused', newRun: null });
    expect(await listed()).toMatchObject([{ id: undone, undoneBy: null }]);
    await write(by, `release/${release}`, 'undo');
    await crm.admin.query(`update tidegate.release set state = 'applied', error_code = null, run_id = $2 where id = $1`, [release, by]);
    expect(await of()).toMatchObject({ state: 'applied', errorCode: null, newRun: { id: by, trigger: 'undo' } });
    expect(await listed()).toMatchObject([{ id: undone, undoneBy: by }]);
  });

  it('tells what it left alone, on links of this CRM only', async () => {
    const of = async (link: string) => {
      const { rows } = await crm.admin.query<{ id: string }>(
        `insert into tidegate.undo (link, run_id, except_edited, requested_by, reason, records, refused) values ($1, 'w/r', false, 'ada', 'why', 2, 1) returning id`,
        [link],
      );
      await crm.admin.query(`insert into tidegate.undo_refusal (undo_id, n, collection, key, code) values ($1, 0, 'contacts', '{k}', 'edited-since')`, [
        rows[0]?.id,
      ]);
      return Number(rows[0]?.id);
    };
    const own = await of(TEST_LINK);
    expect((await ada('GET', `/api/undo/${own}`)).json()).toMatchObject({
      id: own,
      run: 'w/r',
      records: 2,
      refused: [{ collection: 'contacts', key: ['k'], code: 'edited-since' }],
    });
    expect((await ada('GET', `/api/undo/${await of('acme/test/other')}`)).statusCode).toBe(404);
    expect((await uwe('GET', `/api/undo/${own}`)).statusCode).toBe(403);
  });
});
