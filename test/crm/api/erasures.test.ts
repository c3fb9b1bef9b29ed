import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeErasure } from '../../../adaptor/data/erasure/erasures.ts';
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

const order = { collection: 'contacts', key: ['6f1c'], reason: 'the person asked for it' };

describe('an erasure', () => {
  it('is ordered in the name of an administrator, on every link that has the collection', async () => {
    const answer = await ada('POST', '/api/erasures', order);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ erasures: [{ link: TEST_LINK, erasure: 7 }] });
    expect(crm.control.calls).toEqual([{ act: 'erase', order: { ...order, link: TEST_LINK, requestedBy: 'ada@crm.example' } }]);
  });

  it('is ordered by nobody else, and not without collection, key or reason', async () => {
    crm.control.calls.length = 0;
    for (const who of [uwe, aud]) expect((await who('POST', '/api/erasures', order)).statusCode).toBe(403);
    expect((await crm.app.inject({ method: 'POST', url: '/api/erasures', payload: order })).statusCode).toBe(401);
    for (const [wrong, status] of [
      [{ ...order, reason: ' ' }, 400],
      [{ ...order, key: [] }, 400],
      [{ ...order, collection: 'nowhere' }, 404],
      [{ ...order, link: 'acme/test/other' }, 403],
      [{ ...order, more: true }, 400],
    ] as const)
      expect((await ada('POST', '/api/erasures', wrong)).statusCode).toBe(status);
    expect(crm.control.calls).toEqual([]);
  });

  it('is listed for an administrator; the page’s own role may write one down, and nothing of how it ends', async () => {
    const id = await writeErasure(crm.database.pool, { link: TEST_LINK, collection: 'contacts', key: ['6f1c'], requestedBy: 'ada', reason: 'why' });
    expect((await ada('GET', '/api/erasures')).json()).toMatchObject({ rows: [{ id, collection: 'contacts', state: 'asked', requestedBy: 'ada' }] });
    expect((await uwe('GET', '/api/erasures')).statusCode).toBe(403);
    await expect(crm.database.pool.query(`update tidegate.erasure set state = 'done'`)).rejects.toMatchObject({ code: '42501' });
  });
});
