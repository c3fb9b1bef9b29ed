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
beforeEach(async () => {
  crm.control.calls.length = 0;
  await crm.admin.query('delete from tidegate.reconciliation');
});

/** A finished comparison with two differences. */
async function compared(link = TEST_LINK, at = 'now()'): Promise<string> {
  const { rows } = await crm.admin.query<{ id: string }>(
    `insert into tidegate.reconciliation (request_id, link, collection, trigger, state, differences, kinds, waiting, created_at, finished_at)
     values (gen_random_uuid(), $1, 'contacts', 'period', 'completed', 2, '{"altered": 1, "missing": 1}', '{}', ${at}, ${at}) returning id`,
    [link],
  );
  const id = rows[0]?.id ?? '';
  await crm.admin.query(
    `insert into tidegate.reconciliation_difference (reconciliation_id, key, local_key, kind, fields) values ($1, '{a}', '{a}', 'altered', '{note}'), ($1, '{b}', '{b}', 'missing', '{}')`,
    [id],
  );
  return id;
}

describe('reconciliations', () => {
  it('are told to everybody who is signed in: the last of each collection, and all that are kept', async () => {
    const older = await compared(TEST_LINK, `now() - interval '1 day'`);
    const newer = await compared();
    await compared('acme/test/other');
    for (const who of [uwe, ada, aud])
      expect((await who('GET', '/api/reconciliations')).json()).toMatchObject({
        rows: [{ id: newer, collection: 'contacts', differences: 2, kinds: { altered: 1 } }],
      });
    const all = (await aud('GET', '/api/reconciliations?all=true')).json<{ rows: { id: string }[] }>();
    expect(all.rows.map(({ id }) => id)).toEqual([newer, older]);
    expect((await crm.app.inject({ method: 'GET', url: '/api/reconciliations' })).statusCode).toBe(401);
  });

  it('show their differences by key and field', async () => {
    const id = await compared();
    const other = await compared('acme/test/other');
    const { rows, next } = (await uwe('GET', `/api/reconciliations/${id}/differences`)).json<{ rows: { id: number }[]; next: null }>();
    expect(rows).toMatchObject([
      { key: ['a'], kind: 'altered', fields: ['note'], repair: [] },
      { key: ['b'], kind: 'missing', fields: [] },
    ]);
    expect(next).toBeNull();
    expect((await uwe('GET', `/api/reconciliations/${id}/differences?after=${rows[0]?.id}`)).json()).toMatchObject({ rows: [{ key: ['b'] }] });
    for (const unknown of [other, randomUUID()]) expect((await uwe('GET', `/api/reconciliations/${unknown}/differences`)).statusCode).toBe(404);
    expect((await uwe('GET', '/api/reconciliations/1/differences')).statusCode).toBe(400);
  });

  it('are started by users, and repair by an administrator, deletes only with a reason', async () => {
    const started = await uwe('POST', '/api/reconciliations', { collection: 'contacts' });
    expect([started.statusCode, started.json()]).toEqual([202, { requests: ['r-1'] }]);
    expect((await aud('POST', '/api/reconciliations', {})).statusCode).toBe(403);
    expect((await uwe('POST', '/api/reconciliations', { repair: true })).statusCode).toBe(403);
    expect((await uwe('POST', '/api/reconciliations', { deleteReceipted: true, reason: 'it was meant' })).statusCode).toBe(403);
    expect((await ada('POST', '/api/reconciliations', { deleteReceipted: true })).statusCode).toBe(400);
    expect((await ada('POST', '/api/reconciliations', { collection: 'unheard-of' })).statusCode).toBe(404);
    expect((await ada('POST', '/api/reconciliations', { repair: true })).statusCode).toBe(202);
    const wanted = { link: TEST_LINK, repair: false, deleteReceipted: false };
    expect(crm.control.calls).toMatchObject([
      { act: 'reconcile', wanted: { ...wanted, collections: ['contacts'], by: 'uwe@crm.example' } },
      { act: 'reconcile', wanted: { ...wanted, repair: true, collections: ['contacts', 'appointments', 'tasks'], by: 'ada@crm.example' } },
    ]);
  });
});
