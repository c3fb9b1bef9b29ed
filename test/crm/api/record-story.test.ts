import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordAudit } from '../../../adaptor/data/state/audit.ts';
import { addRun, openLink } from '../control-plane.ts';
import { type Requests, TEST_LINK, type TestCrm, startTestCrm } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
let aud: Requests;
const id = randomUUID();

beforeAll(async () => {
  crm = await startTestCrm();
  [uwe, aud] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('aud@crm.example')]);
  await openLink(crm.admin);
  await crm.admin.query(`insert into crm.contacts (id, family_name, note) values ($1, 'Ash', 'from there')`, [id]);
  await crm.admin.query(
    `insert into tidegate.ledger_entry (link, collection, key, op, fields, actor, run_id, message_id, batch_id, after, salt, after_hash)
     values ($1, 'contacts', array[$2], 'U', '{note}', 'eva@cloud.example', 'reverse/1/abc', gen_random_uuid(), gen_random_uuid(), '{"note": "from there"}', '\\x00',
             tidegate.ledger_value_hash('\\x00', '{"note": "from there"}'))`,
    [TEST_LINK, id],
  );
});
afterAll(() => crm[Symbol.asyncDispose]());

describe('the story of a record', () => {
  it('is told to whoever may read records, with the page of each run', async () => {
    for (const user of [uwe, aud]) {
      const answer = await user('GET', `/api/record-story?collection=contacts&key=${id}`);
      expect(answer.statusCode).toBe(200);
      const [told] = answer.json<{ links: { story: object[]; fields: { field: string }[] }[] }>().links;
      expect(told).toMatchObject({
        link: TEST_LINK,
        present: true,
        inScope: true,
        story: [{ kind: 'came-in', by: 'eva@cloud.example', url: 'http://temporal.example/namespaces/tidegate/workflows/reverse%2F1/abc/history' }],
      });
      expect(told?.fields.find(({ field }) => field === 'note')).toMatchObject({
        value: 'from there',
        from: 'cloud',
        by: 'eva@cloud.example',
        url: 'http://temporal.example/namespaces/tidegate/workflows/reverse%2F1/abc/history',
      });
    }
  });

  it('is told to nobody who is not signed in', async () => {
    const answer = await crm.app.inject({ method: 'GET', url: `/api/record-story?collection=contacts&key=${id}` });
    expect(answer.json()).toMatchObject({ code: 'not-signed-in' });
  });

  it.each([
    ['collection=people&key=1', 'collection-unknown'],
    [`collection=contacts&key=${randomUUID()}`, 'record-not-found'],
    ['collection=contacts&key=a&key=b', 'bad-request'],
    ['collection=contacts&key=1&more=2', 'bad-request'],
    [`collection=contacts&key=${id}&link=acme/test/other`, 'link-mismatch'],
  ])('is refused for %s', async (query, code) => {
    expect((await uwe('GET', `/api/record-story?${query}`)).json()).toMatchObject({ code });
  });
});

describe('the books of a run', () => {
  it('are shown for both sides', async () => {
    await addRun(crm.admin, 'forward/1', 'forward');
    const answer = await uwe('GET', '/api/run-books?id=forward/1/r1');
    expect(answer.json()).toEqual({
      sender: { offered: 0, sent: 0, filtered: 0 },
      receiver: { applied: 0, unchanged: 0, conflicted: 0, quarantined: 0 },
      difference: 0,
    });
    expect((await uwe('GET', '/api/run-books?id=none')).json()).toMatchObject({ code: 'record-not-found' });
  });
});

describe('the ledger', () => {
  it('shows where its chain stands, and gives the heads', async () => {
    // Signing in is an act, too.
    const { sequence } = (await uwe('GET', '/api/ledger')).json<{ sequence: number }>();
    expect(sequence).toBe(2);
    await recordAudit(crm.database.pool, { link: TEST_LINK, event: 'link-paused', subject: 'anna' });
    expect((await uwe('GET', '/api/ledger')).json()).toMatchObject({ sequence: 3, head: expect.stringMatching(/^[0-9a-f]{64}$/), heads: [] });
    expect((await aud('GET', '/api/ledger/heads')).json()).toMatchObject({ store: expect.any(String), keys: [], heads: [] });
  });

  it('is proved for an auditor, each fault with what it means, and not for a user', async () => {
    const answer = await aud('GET', '/api/ledger/verification');
    // The entry of this test was written by hand: it belongs to no batch.
    expect(answer.json()).toMatchObject({ batches: 3, faults: [{ fault: 'entry-unchained', means: 'An entry belongs to no sealed batch.' }] });
    expect((await uwe('GET', '/api/ledger/verification')).json()).toMatchObject({ code: 'not-allowed' });
  });
});
