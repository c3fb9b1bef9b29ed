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
async function breach(link: string): Promise<number> {
  const { rows } = await crm.admin.query<{ id: string }>(
    `insert into tidegate.approval (link, collection, direction, run_id, code, changes, deletes, delete_budget) values ($1, 'contacts', 'reverse', 'w/r', 'delete-budget-exceeded', 12, 10, 5) returning id`,
    [link],
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
    await crm.admin.query(`update tidegate.approval set state = 'superseded'`);
    expect((await uwe('GET', '/api/approvals')).json()).toEqual({ rows: [] });
    expect((await uwe('GET', '/api/approvals?all=true')).json()).toMatchObject({ rows: [{ id }] });
    expect((await crm.app.inject({ method: 'GET', url: '/api/approvals' })).statusCode).toBe(401);
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
