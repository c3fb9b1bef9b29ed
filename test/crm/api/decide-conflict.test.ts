import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pageLinkStore } from '../../../crm/page-link-store.ts';
import { clash } from '../control-plane.ts';
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

const newest = async () => Number((await crm.admin.query<{ id: string }>('select max(id) as id from tidegate.conflict')).rows[0]?.id);
let id = 0;
beforeEach(async () => {
  crm.control.calls.length = 0;
  await clash(crm.admin, 'contacts', 'k1', 'note');
  await crm.admin.query(`update tidegate.conflict set outcome = 'review'`);
  id = await newest();
});
const reason = 'she knows better';

describe('a conflict', () => {
  it('is shown with both values to those who may decide', async () => {
    expect((await ada('GET', `/api/conflicts/${id}`)).json()).toMatchObject({ id, field: 'note', outcome: 'review', crmValue: 'here', cloudValue: 'there' });
    for (const who of [uwe, aud]) expect((await who('GET', `/api/conflicts/${id}`)).statusCode).toBe(403);
    expect((await ada('GET', '/api/conflicts/999999')).statusCode).toBe(404);
  });

  it('is decided for what stands, or for another value under a release', async () => {
    expect((await ada('POST', `/api/conflicts/${id}/keep`, { reason })).statusCode).toBe(204);
    expect((await ada('POST', `/api/conflicts/${id}/restore`, { reason })).statusCode).toBe(202);
    expect((await ada('POST', `/api/conflicts/${id}/restore`, { reason, value: 'third' })).statusCode).toBe(202);
    expect((await ada('POST', `/api/conflicts/${id}/restore`, { reason, value: null })).statusCode).toBe(202);
    const release = { link: TEST_LINK, act: 'restore', subject: id, requestedBy: 'ada@crm.example', reason };
    expect(crm.control.calls).toEqual([
      { act: 'keep', order: { link: TEST_LINK, id, by: 'ada@crm.example', reason } },
      { act: 'release', order: { ...release, values: null } },
      { act: 'release', order: { ...release, values: { note: 'third' } } },
      { act: 'release', order: { ...release, values: { note: null } } },
    ]);
  });

  it('is decided by nobody else, not without a reason, and a record has no single value', async () => {
    for (const act of ['keep', 'restore']) {
      for (const who of [uwe, aud]) expect((await who('POST', `/api/conflicts/${id}/${act}`, { reason })).statusCode).toBe(403);
      expect((await ada('POST', `/api/conflicts/${id}/${act}`, {})).statusCode).toBe(400);
      expect((await ada('POST', `/api/conflicts/999999/${act}`, { reason })).statusCode).toBe(404);
    }
    await clash(crm.admin, 'contacts', 'k1', null);
    expect((await ada('POST', `/api/conflicts/${await newest()}/restore`, { reason, value: 'x' })).statusCode).toBe(400);
    expect(crm.control.calls).toEqual([]);
  });

  it('is kept by the page’s own role, once, by name', async () => {
    const store = pageLinkStore(crm.database.pool);
    await store.keepConflict({ link: TEST_LINK, id, by: 'ada', reason });
    const { rows } = await crm.admin.query('select outcome, decided_by, decided_reason from tidegate.conflict where id = $1', [id]);
    expect(rows).toEqual([{ outcome: 'crm', decided_by: 'ada', decided_reason: reason }]);
    await expect(store.keepConflict({ link: TEST_LINK, id, by: 'ada', reason })).rejects.toMatchObject({ code: 'already-decided' });
    await expect(store.keepConflict({ link: 'acme/test/other', id, by: 'ada', reason })).rejects.toMatchObject({ code: 'record-not-found' });
  });
});
