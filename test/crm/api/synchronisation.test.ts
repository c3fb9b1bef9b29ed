import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { addRun, clash, logChange, openLink, setAside } from '../control-plane.ts';
import { type Requests, startTestCrm, type TestCrm, TEST_LINK } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
let ada: Requests;
beforeAll(async () => {
  crm = await startTestCrm();
  [uwe, ada] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example')]);
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(() => {
  crm.control.calls.length = 0;
  crm.control.failure = undefined;
});

describe('asking for synchronisation', () => {
  it('of selected records names them, their collection and the user', async () => {
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()];
    const answer = await uwe('POST', '/api/synchronise', { collection: 'contacts', keys: [a, [b]] });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ requests: [expect.any(String)], records: 2 });
    const records = [
      { collection: 'contacts', key: [a] },
      { collection: 'contacts', key: [b] },
    ];
    expect(crm.control.calls).toEqual([{ act: 'forward', order: { link: TEST_LINK, collections: ['contacts'], records, by: 'uwe@crm.example' } }]);
  });

  it('of a collection, or of everything', async () => {
    await uwe('POST', '/api/synchronise', { collection: 'tasks', all: true });
    await uwe('POST', '/api/synchronise', { all: true });
    expect(crm.control.calls).toEqual([
      { act: 'forward', order: { link: TEST_LINK, collections: ['tasks'], by: 'uwe@crm.example' } },
      { act: 'forward', order: { link: TEST_LINK, collections: [], by: 'uwe@crm.example' } },
    ]);
  });

  it('orders changes of the cloud in, with the reason that was given', async () => {
    const answer = await uwe('POST', '/api/pull', { collections: ['contacts'], reason: 'call at two' });
    expect(answer.statusCode).toBe(202);
    expect((await uwe('POST', '/api/pull')).statusCode).toBe(202);
    expect(crm.control.calls).toEqual([
      { act: 'reverse', order: { link: TEST_LINK, collections: ['contacts'], by: 'uwe@crm.example', reason: 'call at two' } },
      { act: 'reverse', order: { link: TEST_LINK, collections: [], by: 'uwe@crm.example' } },
    ]);
  });

  it.each([
    ['/api/synchronise', {}, 'bad-request'],
    ['/api/synchronise', { collection: 'contacts', keys: [] }, 'bad-request'],
    ['/api/synchronise', { collection: 'contacts', keys: ['a'], all: true }, 'bad-request'],
    ['/api/synchronise', { keys: ['a'] }, 'bad-request'],
    ['/api/synchronise', { collection: 'opportunities', all: true }, 'collection-unknown'],
    ['/api/synchronise', { all: true, link: 'acme/test/other' }, 'link-mismatch'],
    ['/api/pull', { collections: ['opportunities'] }, 'collection-unknown'],
    ['/api/pull', { fields: ['note'] }, 'bad-request'],
  ])('%s refuses %j', async (path, body, code) => {
    expect((await uwe('POST', path, body)).json()).toMatchObject({ code });
    expect(crm.control.calls).toEqual([]);
  });

  it('says that the job scheduler is away', async () => {
    crm.control.failure = new TidegateError('temporal-unavailable');
    expect((await uwe('POST', '/api/pull')).json()).toMatchObject({ code: 'temporal-unavailable', status: 503 });
    expect((await uwe('GET', '/api/status')).json()).toMatchObject({ schedulerReachable: false });
  });

  it('is not for auditors; pausing and resuming only for integration-admins', async () => {
    const aud = await crm.signIn('aud@crm.example');
    for (const [requests, path, body] of [
      [aud, '/api/pull', {}],
      [aud, '/api/synchronise', { all: true }],
      [uwe, '/api/pause', { reason: 'maintenance' }],
      [uwe, '/api/resume', {}],
    ] as const) {
      expect((await requests('POST', path, body)).json()).toMatchObject({ code: 'not-allowed', status: 403 });
    }
    expect(crm.control.calls).toEqual([]);
    expect((await ada('POST', '/api/pause', { reason: ' ' })).json()).toMatchObject({ code: 'bad-request' });
    expect((await ada('POST', '/api/pause', { reason: 'maintenance' })).statusCode).toBe(204);
    expect((await ada('POST', '/api/resume')).statusCode).toBe(204);
    expect(crm.control.calls).toEqual([
      { act: 'pause', link: TEST_LINK, reason: 'maintenance', by: 'ada@crm.example' },
      { act: 'resume', link: TEST_LINK, by: 'ada@crm.example' },
    ]);
  });

  it('is followed by its request, and the run that serves it', async () => {
    const { requests } = (await uwe('POST', '/api/pull')).json<{ requests: string[] }>();
    const [id = ''] = requests;
    const path = `/api/requests/${id}`;
    expect((await uwe('GET', path)).json()).toMatchObject({ direction: 'reverse', state: 'open', requestedBy: 'uwe@crm.example', run: null });
    await crm.admin.query(`update tidegate.sync_request set state = 'claimed', claimed_by = 'request-reverse' where id = $1`, [id]);
    await addRun(crm.admin, 'message-of-others', 'reverse', { requests: [crypto.randomUUID()] });
    expect((await uwe('GET', path)).json()).toMatchObject({ state: 'claimed', run: null });
    await addRun(crm.admin, 'message-1', 'reverse', { requests: [crypto.randomUUID(), id] });
    await addRun(crm.admin, 'message-2', 'reverse');
    await crm.admin.query(`update tidegate.sync_request set state = 'done' where id = $1`, [id]);
    expect((await uwe('GET', path)).json()).toMatchObject({
      state: 'done',
      run: { state: 'completed', books: { applied: 2 }, url: 'http://temporal.example/namespaces/tidegate/workflows/message-1/r1/history' },
    });
    expect((await uwe('GET', `/api/requests/${crypto.randomUUID()}`)).json()).toMatchObject({ code: 'record-not-found' });
  });

  it('to the cloud is followed to the run that claimed it', async () => {
    const { requests } = (await uwe('POST', '/api/synchronise', { all: true })).json<{ requests: string[] }>();
    await addRun(crm.admin, 'forward/acme/test/hub/7', 'forward');
    await crm.admin.query(`update tidegate.sync_request set state = 'done', claimed_by = 'forward/acme/test/hub/7/r1' where id = $1`, [requests[0]]);
    expect((await uwe('GET', `/api/requests/${requests[0]}`)).json()).toMatchObject({
      state: 'done',
      run: { id: 'forward/acme/test/hub/7/r1', direction: 'forward' },
    });
  });
});

describe('the status', () => {
  interface Status {
    readonly links: readonly { readonly name: string; readonly state: string }[];
    readonly collections: readonly { readonly collection: string; readonly [name: string]: unknown }[];
  }
  const read = async (): Promise<Status> => (await uwe('GET', '/api/status')).json();
  const contactsOf = (status: Status): unknown => status.collections.find((each) => each.collection === 'contacts');

  it('of a store where nothing ever happened says so', async () => {
    await using fresh = await startTestCrm();
    const requests = await fresh.signIn('aud@crm.example');
    expect((await requests('GET', '/api/status')).json()).toMatchObject({
      schedulerReachable: true,
      links: [{ name: TEST_LINK, state: 'new' }],
      collections: ['contacts', 'appointments', 'tasks'].map((collection) => ({
        collection,
        link: TEST_LINK,
        table: `crm.${collection}`,
        captured: false,
        loaded: false,
        provenAt: null,
        waiting: 0,
        lagMs: 0,
        records: 0,
        lastMessage: null,
      })),
    });
  });

  it('tells of every collection how far it is', async () => {
    await using fresh = await startTestCrm();
    const requests = await fresh.signIn('aud@crm.example');
    await openLink(fresh.admin);
    await fresh.admin.query(`insert into crm.contacts (family_name, private) values ('a', false), ('b', false), ('c', true)`);
    for (const id of ['x', 'x', 'y']) await logChange(fresh.admin, 'contacts', id, 'U');
    await logChange(fresh.admin, 'contacts', 'z', 'U', TEST_LINK);
    await setAside(fresh.admin, 'contacts', 'x');
    await clash(fresh.admin, 'contacts', 'x', 'note');
    const messageId = await addRun(fresh.admin, 'm', 'reverse');
    const after = (await requests('GET', '/api/status')).json<Status>();
    expect(contactsOf(after)).toMatchObject({ captured: true, loaded: true, state: 'open', waiting: 2, records: 2, setAside: 1, conflicts: 1 });
    expect(contactsOf(after)).toMatchObject({
      provenAt: expect.any(String),
      lagMs: expect.any(Number),
      lastMessage: { id: messageId, state: 'spent', workflowId: 'm' },
    });
    expect(after.collections[1]).toMatchObject({ collection: 'appointments', waiting: 0, lastMessage: null });
    expect(JSON.stringify(after)).not.toContain('secret.');
  });

  it('says why the newest run to the cloud did not send everything, until one goes on', async () => {
    await using fresh = await startTestCrm();
    const requests = await fresh.signIn('aud@crm.example');
    await openLink(fresh.admin);
    const refusal = async () => (await requests('GET', '/api/status')).json<{ links: { refusal: unknown }[] }>().links[0]?.refusal;
    expect(await refusal()).toBeNull();
    await addRun(fresh.admin, 'forward/acme/test/hub/1', 'forward', { state: 'failed' });
    await addRun(fresh.admin, 'm', 'reverse');
    expect(await refusal()).toEqual({ code: 'connection-failed', at: expect.any(String) });
    await addRun(fresh.admin, 'forward/acme/test/hub/2', 'forward', { state: 'running' });
    expect(await refusal()).toBeNull();
  });

  it('says that a link is paused, by whom and why', async () => {
    await openLink(crm.admin);
    await crm.admin.query(`update tidegate.link set state = 'paused', state_reason = 'maintenance', state_by = 'ada@crm.example'`);
    expect((await read()).links).toMatchObject([{ name: TEST_LINK, state: 'paused', stateReason: 'maintenance', stateBy: 'ada@crm.example' }]);
    await crm.admin.query(`update tidegate.link set state = 'open'`);
  });
});

describe('what was', () => {
  it('runs are listed newest first, with books, errors and their place in the Temporal UI', async () => {
    await addRun(crm.admin, 'forward/acme/test/hub/1', 'forward', { state: 'failed' });
    const { rows } = (await uwe('GET', '/api/runs?size=1')).json<{ rows: unknown[] }>();
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      direction: 'forward',
      trigger: 'user',
      state: 'failed',
      errorCode: 'connection-failed',
      books: { offered: 3, applied: 2, unchanged: 1, conflicted: 0, quarantined: 0, filtered: 0 },
      url: 'http://temporal.example/namespaces/tidegate/workflows/forward%2Facme%2Ftest%2Fhub%2F1/r1/history',
    });
  });

  it('records that were set aside are listed with their reason, not with their content', async () => {
    await setAside(crm.admin, 'tasks', 'k1');
    const answer = await uwe('GET', '/api/set-aside?size=1');
    expect(answer.json()).toMatchObject({ rows: [{ collection: 'tasks', key: ['k1'], code: 'value-too-long', field: 'note' }], total: expect.any(Number) });
    expect(answer.body).not.toContain('confidential');
    // Of one record alone.
    await setAside(crm.admin, 'tasks', 'k9');
    expect((await uwe('GET', '/api/set-aside?key=k1')).json()).toMatchObject({ rows: [{ key: ['k1'] }], total: 1 });
  });

  it('conflicts are listed with both values', async () => {
    await clash(crm.admin, 'tasks', 'k2', 'subject');
    expect((await uwe('GET', '/api/conflicts?size=1')).json()).toMatchObject({
      rows: [{ collection: 'tasks', key: ['k2'], field: 'subject', crmValue: 'here', cloudValue: 'there', outcome: 'crm' }],
    });
    await clash(crm.admin, 'tasks', 'k8', 'subject');
    expect((await uwe('GET', '/api/conflicts?key=k2')).json()).toMatchObject({ rows: [{ key: ['k2'] }], total: 1 });
  });

  it('on a link that is not this CRM’s is not told', async () => {
    const other = 'acme/test/other';
    await addRun(crm.admin, 'forward/acme/test/other/1', 'forward');
    await setAside(crm.admin, 'tasks', 'k-other');
    await clash(crm.admin, 'tasks', 'k-other', 'subject');
    const { rows } = await crm.admin.query<{ id: string }>(
      `insert into tidegate.sync_request (link, direction, cause, collections) values ($1, 'forward', 'user', '{}') returning id`,
      [other],
    );
    await crm.admin.query(`update tidegate.run set link = '${other}' where workflow_id = 'forward/acme/test/other/1'`);
    for (const table of ['quarantine', 'conflict']) await crm.admin.query(`update tidegate.${table} set link = '${other}' where key = '{k-other}'`);
    const run = 'forward/acme/test/other/1/r1';
    expect((await uwe('GET', `/api/runs?id=${encodeURIComponent(run)}`)).json()).toEqual({ rows: [] });
    for (const path of [`run-books?id=${encodeURIComponent(run)}`, `requests/${rows[0]?.id}`])
      expect((await uwe('GET', `/api/${path}`)).json()).toMatchObject({ code: 'record-not-found' });
    for (const path of ['set-aside', 'conflicts', 'runs?size=100']) expect((await uwe('GET', `/api/${path}`)).body).not.toMatch(/k-other|test\/other/);
  });
});
