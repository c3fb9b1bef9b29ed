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
  id = await setAside(TEST_LINK);
});

async function setAside(link: string): Promise<number> {
  const { rows } = await crm.admin.query<{ id: string }>(
    `insert into tidegate.quarantine (link, collection, direction, key, ordinal, batch_id, op, code, field, detail, record, changed)
     values ($1, 'contacts', 'reverse', '{k1}', 1, gen_random_uuid(), 'U', 'value-too-long', 'note', 'Too long.', '{"note": "confidential"}', 'note') returning id`,
    [link],
  );
  return Number(rows[0]?.id);
}

describe('a record set aside', () => {
  it('is shown with its values, its hint and what was tried, to those who may decide', async () => {
    await crm.admin.query(
      `insert into tidegate.release (link, act, subject, requested_by, reason, state, error_code) values ($1, 'retry', $2, 'ada', 'it should fit', 'refused', 'value-too-long')`,
      [TEST_LINK, id],
    );
    const answer = await ada('GET', `/api/set-aside/${id}`);
    expect(answer.json()).toMatchObject({
      id,
      code: 'value-too-long',
      field: 'note',
      state: 'waiting',
      hint: expect.stringContaining('edit the values'),
      record: { note: 'confidential' },
      changed: ['note'],
      attempts: [{ act: 'retry', by: 'ada', reason: 'it should fit', state: 'refused', errorCode: 'value-too-long' }],
    });
    for (const who of [uwe, aud]) {
      const refused = await who('GET', `/api/set-aside/${id}`);
      expect([refused.statusCode, refused.body.includes('confidential')]).toEqual([403, false]);
    }
    expect((await crm.app.inject({ method: 'GET', url: `/api/set-aside/${id}` })).statusCode).toBe(401);
  });

  it('is retried, edited and discarded in the name of the user, with a reason', async () => {
    const reason = 'it was meant';
    const at = { link: TEST_LINK, id, by: 'ada@crm.example', reason };
    expect((await ada('POST', `/api/set-aside/${id}/retry`, { reason })).statusCode).toBe(202);
    const edited = await ada('POST', `/api/set-aside/${id}/edit`, { reason, values: { note: 'short', jobTitle: null } });
    expect([edited.statusCode, Object.keys(edited.json())]).toEqual([202, ['releaseId']]);
    expect((await ada('POST', `/api/set-aside/${id}/discard`, { reason })).json()).toEqual({ requestId: null });
    expect(crm.control.calls).toEqual([
      { act: 'retry', order: at },
      {
        act: 'release',
        order: { link: TEST_LINK, act: 'edit', subject: id, values: { note: 'short', jobTitle: null }, requestedBy: 'ada@crm.example', reason },
      },
      { act: 'discard', order: at },
    ]);
  });

  it.each([
    ['retry', {}],
    ['retry', { reason: '  ' }],
    ['edit', { reason: 'it was meant' }],
    ['edit', { reason: 'it was meant', values: {} }],
    ['edit', { reason: 'it was meant', values: { note: 7 } }],
    ['edit', { reason: 'it was meant', values: { 'no field': 'x' } }],
    ['discard', { reason: 'it was meant', by: 'eve' }],
  ])('is not decided by %s %j', async (act, body) => {
    const answer = await ada('POST', `/api/set-aside/${id}/${act}`, body);
    expect([answer.statusCode, crm.control.calls]).toEqual([400, []]);
  });

  it('is decided by nobody else, and not on a link that is not this CRM’s', async () => {
    for (const act of ['retry', 'edit', 'discard']) {
      const body = { reason: 'it was meant', ...(act === 'edit' ? { values: { note: 'x' } } : {}) };
      for (const who of [uwe, aud]) expect((await who('POST', `/api/set-aside/${id}/${act}`, body)).statusCode).toBe(403);
      for (const unknown of [await setAside('acme/test/other'), 999_999, 'x'])
        expect((await ada('POST', `/api/set-aside/${unknown}/${act}`, body)).statusCode).toBe(unknown === 'x' ? 400 : 404);
    }
    expect(crm.control.calls).toEqual([]);
  });
});
