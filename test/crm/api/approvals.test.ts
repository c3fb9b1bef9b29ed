import { randomUUID } from 'node:crypto';
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

let id = 0;
beforeEach(async () => {
  crm.control.calls.length = 0;
  await crm.admin.query('delete from tidegate.approval');
  id = await breach(TEST_LINK);
});
async function breach(link: string, collection = 'contacts'): Promise<number> {
  const { rows } = await crm.admin.query<{ id: string }>(
    `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget) values ($1, $2, 'reverse', 'w/r', 'delete-budget-exceeded', 12, 10, 5) returning id`,
    [link, collection],
  );
  return Number(rows[0]?.id);
}
const reason = 'it was meant';

describe('what is more than a budget allows', () => {
  it('is told to everybody who is signed in, in counts', async () => {
    for (const who of [uwe, ada, aud])
      expect((await who('GET', '/api/approvals')).json()).toMatchObject({
        rows: [{ id, collection: 'contacts', changes: 12, deletes: 10, deleteBudget: 5, state: 'waiting' }],
      });
    const newer = await breach(TEST_LINK, 'tasks');
    const { rows } = (await uwe('GET', '/api/approvals')).json<{ rows: { id: number }[] }>();
    expect(rows.map((row) => row.id)).toEqual([newer, id]);
    await crm.admin.query('delete from tidegate.approval where id = $1', [newer]);
    await crm.admin.query(`update tidegate.approval set state = 'superseded'`);
    expect((await uwe('GET', '/api/approvals')).json()).toEqual({ rows: [] });
    expect((await uwe('GET', '/api/approvals?all=true')).json()).toMatchObject({ rows: [{ id }] });
    expect((await crm.app.inject({ method: 'GET', url: '/api/approvals' })).statusCode).toBe(401);
  });

  it('that was refused, or was decided by nobody, is listed as long as its collection stands still for it', async () => {
    const set = async (state: string, more = ''): Promise<void> => {
      await crm.admin.query(`update tidegate.approval set state = $1 ${more}`, [state]);
    };
    const listed = async () => (await uwe('GET', '/api/approvals')).json<{ rows: unknown[] }>().rows;
    await crm.admin.query(
      `insert into tidegate.channel (link, collection, direction, state, state_code) values ($1, 'contacts', 'reverse', 'stopped', 'delete-budget-exceeded')
       on conflict (link, collection, direction) do update set state = 'stopped', state_code = 'delete-budget-exceeded'`,
      [TEST_LINK],
    );
    await set('rejected', `, decided_by = 'ada', decided_reason = 'no'`);
    expect(await listed()).toMatchObject([{ id, state: 'rejected', holds: true, approvable: true }]);
    const statusOf = async () => (await uwe('GET', '/api/status')).json<{ collections: { collection: string }[] }>().collections[0];
    expect(await statusOf()).toMatchObject({
      reverseState: 'stopped',
      reverseStateCode: 'delete-budget-exceeded',
      approval: null,
      reverseApproval: { id, state: 'rejected', by: 'ada', reason: 'no', approvable: true },
    });
    await set('rejected', `, expires_at = now() - interval '1 second'`);
    expect(await listed()).toMatchObject([{ holds: true, approvable: false }]);
    await set('expired');
    expect(await listed()).toMatchObject([{ state: 'expired', holds: true, approvable: false }]);
    // Stopped for something else by now, it is not what holds.
    await crm.admin.query(`update tidegate.channel set state_code = 'schema-drifted' where direction = 'reverse'`);
    expect(await listed()).toEqual([]);
    expect(await statusOf()).toMatchObject({ reverseApproval: null });
    await crm.admin.query(`update tidegate.channel set state = 'open', state_code = null where direction = 'reverse'`);
  });

  it('is approved or rejected in the name of an administrator, with a reason', async () => {
    expect((await ada('POST', `/api/approvals/${id}/approve`, { reason })).statusCode).toBe(204);
    expect((await ada('POST', `/api/approvals/${id}/reject`, { reason })).statusCode).toBe(204);
    const decision = { link: TEST_LINK, breach: id, by: 'ada@crm.example', reason };
    expect(crm.control.calls).toEqual([
      { act: 'breach', decision: { ...decision, approved: true } },
      { act: 'breach', decision: { ...decision, approved: false } },
    ]);
  });

  it('is decided by nobody else, not without a reason, and not on another link', async () => {
    const other = await breach('acme/test/other');
    for (const act of ['approve', 'reject']) {
      for (const who of [uwe, aud]) expect((await who('POST', `/api/approvals/${id}/${act}`, { reason })).statusCode).toBe(403);
      expect((await ada('POST', `/api/approvals/${id}/${act}`, { reason: ' ' })).statusCode).toBe(400);
      expect((await ada('POST', `/api/approvals/${other}/${act}`, { reason })).statusCode).toBe(404);
    }
    expect(crm.control.calls).toEqual([]);
  });
});

describe('a window that was set down', () => {
  it('is shown field by field to an administrator alone; what is sealed stays so', async () => {
    await crm.admin.query('delete from tidegate.approval');
    const batch = randomUUID();
    const field = (name: string, more: object = {}) => ({ name, type: 'text', nullable: true, ...more });
    const definition = { name: 'contacts', key: ['id'], fields: [field('id'), field('note'), field('phone'), field('salary', { sealed: true })] };
    await crm.admin.query(`insert into tidegate.registration (link, collection, hash, definition, jws) values ($1, 'contacts', 'held', $2, 'j')`, [
      TEST_LINK,
      JSON.stringify(definition),
    ]);
    await crm.admin.query(
      `insert into tidegate.held_window (batch_id, link, collection, ordinal, message_id, manifest) values ($1, $2, 'contacts', 1, gen_random_uuid(), 'm')`,
      [batch, TEST_LINK],
    );
    await crm.admin.query(
      `insert into tidegate.held_row (batch_id, n, op, changed, record, code)
       select $1, n, op, changed, record, code from (values
         (1, 'U', 'note|salary', '{"id": "a", "note": "wrong", "phone": null, "salary": "9000"}'::jsonb, null),
         (2, 'I', '*', '{"id": "b", "note": null, "phone": "1", "salary": "8000"}', null),
         (3, 'D', '*', '{"id": "c"}', null),
         (4, 'U', 'note', '{"id": "d", "note": "x"}', 'sealed-value-refused')) as rows (n, op, changed, record, code)`,
      [batch],
    );
    const { rows } = await crm.admin.query<{ id: string }>(
      `insert into tidegate.approval (link, collection, direction, code, changes, deletes, delete_budget, batch_id)
       values ($1, 'contacts', 'reverse', 'delete-budget-exceeded', 4, 1, 0, $2) returning id`,
      [TEST_LINK, batch],
    );
    const path = `/api/approvals/${rows[0]?.id}/differences`;
    const answer = await ada('GET', path);
    expect(answer.json()).toEqual({
      differences: [
        { collection: 'contacts', key: ['a'], op: 'U', outcome: 'update', field: 'note', before: null, after: 'wrong', code: null },
        { collection: 'contacts', key: ['b'], op: 'I', outcome: 'insert', field: 'id', before: null, after: 'b', code: null },
        { collection: 'contacts', key: ['b'], op: 'I', outcome: 'insert', field: 'phone', before: null, after: '1', code: null },
        { collection: 'contacts', key: ['c'], op: 'D', outcome: 'delete', field: null, before: null, after: null, code: null },
        { collection: 'contacts', key: ['d'], op: 'U', outcome: 'quarantined', field: 'note', before: null, after: 'x', code: 'sealed-value-refused' },
      ],
    });
    expect(answer.body).not.toMatch(/9000|8000/);
    for (const who of [uwe, aud]) expect((await who('GET', path)).statusCode).toBe(403);
    expect((await ada('GET', '/api/approvals/999999/differences')).statusCode).toBe(404);
  });
});
