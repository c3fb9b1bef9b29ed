import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { addRun, setAside } from '../control-plane.ts';
import { type Requests, startTestCrm, type TestCrm, TEST_LINK } from '../test-crm.ts';

/* A CRM with two clouds: contacts go to both, tasks to one. What is meant for one link touches no other. */
const MOBILE = 'acme/test/mobile';

let crm: TestCrm;
let uwe: Requests;
let ada: Requests;
beforeAll(async () => {
  const { links } = checkConfig({
    links: [
      { tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, tasks] },
      { tenant: 'acme', environment: 'test', link: 'mobile', collections: [contacts] },
    ],
  });
  crm = await startTestCrm({ links });
  [uwe, ada] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example')]);
});
afterAll(() => crm[Symbol.asyncDispose]());
beforeEach(() => void (crm.control.calls.length = 0));

/** What was asked of the job scheduler: what, of which link, which collections. */
const asked = (): readonly unknown[] =>
  crm.control.calls.map((call) => {
    if ('order' in call) return [call.act, call.order.link, ...('collections' in call.order ? [call.order.collections] : [])];
    if ('wanted' in call) return [call.act, call.wanted.link, call.wanted.collections];
    return [call.act, 'link' in call ? call.link : ''];
  });

describe('what a user asks for', () => {
  it('goes to every link that has the collection, with a request for each', async () => {
    const key = crypto.randomUUID();
    const answer = await uwe('POST', '/api/synchronise', { collection: 'contacts', keys: [key] });
    expect(answer.json()).toEqual({ requests: [expect.any(String), expect.any(String)], records: 1 });
    await uwe('POST', '/api/synchronise', { collection: 'tasks', all: true });
    await uwe('POST', '/api/pull', { collections: ['contacts', 'tasks'] });
    expect(asked()).toEqual([
      ['forward', TEST_LINK, ['contacts']],
      ['forward', MOBILE, ['contacts']],
      ['forward', TEST_LINK, ['tasks']],
      ['reverse', TEST_LINK, ['contacts', 'tasks']],
      ['reverse', MOBILE, ['contacts']],
    ]);
  });

  it('goes to the link that is named, and to no other', async () => {
    await uwe('POST', '/api/synchronise', { all: true, link: MOBILE });
    await uwe('POST', '/api/pull', { link: MOBILE });
    await uwe('POST', '/api/reconciliations', { link: MOBILE });
    expect(asked()).toEqual([
      ['forward', MOBILE, []],
      ['reverse', MOBILE, []],
      ['reconcile', MOBILE, ['contacts']],
    ]);
    crm.control.calls.length = 0;
    for (const [path, body] of [
      ['synchronise', { collection: 'tasks', all: true, link: MOBILE }],
      ['pull', { collections: ['tasks'], link: MOBILE }],
      ['reconciliations', { collection: 'tasks', link: MOBILE }],
    ] as const)
      expect((await uwe('POST', `/api/${path}`, body)).json()).toMatchObject({ code: 'collection-unknown' });
    expect(asked()).toEqual([]);
  });
});

describe('what an administrator governs', () => {
  it('is one link, or both where none is named', async () => {
    await ada('POST', '/api/pause', { link: MOBILE, reason: 'maintenance' });
    await ada('POST', '/api/resume', { link: MOBILE });
    await ada('PUT', '/api/options/period', { link: MOBILE, direction: 'forward', everyMs: 60_000 });
    await ada('POST', '/api/pause', { reason: 'maintenance' });
    await ada('POST', '/api/resume', {});
    expect(asked()).toEqual([
      ['pause', MOBILE],
      ['resume', MOBILE],
      ['period', MOBILE],
      ['pause', TEST_LINK],
      ['pause', MOBILE],
      ['resume', TEST_LINK],
      ['resume', MOBILE],
    ]);
    expect((await ada('POST', '/api/pause', { link: 'acme/test/other', reason: 'maintenance' })).json()).toMatchObject({ code: 'link-mismatch' });
  });

  it('flows on the other link where a collection is switched off on one', async () => {
    expect((await ada('PUT', '/api/options/company', { link: MOBILE, collection: 'contacts', direction: 'forward', enabled: false })).statusCode).toBe(204);
    const { links } = (await uwe('GET', '/api/options')).json<{ links: { link: string; collections: { collection: string; forward: boolean }[] }[] }>();
    expect(links.map(({ link, collections }) => [link, collections.map(({ collection, forward }) => [collection, forward])])).toEqual([
      [
        TEST_LINK,
        [
          ['contacts', true],
          ['tasks', true],
        ],
      ],
      [MOBILE, [['contacts', false]]],
    ]);
    // Everything is checked before anything is asked for.
    const refused = await uwe('POST', '/api/synchronise', { collection: 'contacts', all: true });
    expect(refused.json()).toMatchObject({ code: 'collection-switched-off', facts: { collection: 'contacts', by: 'company' } });
    expect(asked()).toEqual([]);
    expect((await uwe('POST', '/api/synchronise', { collection: 'contacts', all: true, link: TEST_LINK })).statusCode).toBe(202);
    await ada('PUT', '/api/options/company', { link: MOBILE, collection: 'contacts', direction: 'forward', enabled: true });
    expect(asked()).toEqual([
      ['forward', TEST_LINK, ['contacts']],
      ['forward', MOBILE, ['contacts']],
    ]);
  });

  it('names the link where a plan or an undo can only be of one', async () => {
    const reason = 'the import was wrong';
    for (const [path, body] of [
      ['plans', { direction: 'forward' }],
      ['undo/preview', { run: 'r' }],
      ['undo', { run: 'r', reason }],
    ] as const) {
      expect([path, (await ada('POST', `/api/${path}`, body)).json()]).toMatchObject([path, { status: 400, code: 'bad-request' }]);
      expect((await ada('POST', `/api/${path}`, { ...body, link: MOBILE })).statusCode).toBe(202);
    }
    expect(asked()).toEqual([
      ['plan', MOBILE, []],
      ['plan', MOBILE, []],
      ['undo', MOBILE],
    ]);
  });

  it('destroys values on every link that has the collection, or on the one that is named', async () => {
    const order = { collection: 'contacts', key: [crypto.randomUUID()], reason: 'asked for by the person' };
    await ada('POST', '/api/erasures', order);
    await ada('POST', '/api/erasures', { ...order, link: MOBILE });
    expect(asked()).toEqual([
      ['erase', TEST_LINK],
      ['erase', MOBILE],
      ['erase', MOBILE],
    ]);
  });
});

describe('what is told', () => {
  it('is of both links, each with its own', async () => {
    const status = (await uwe('GET', '/api/status')).json<{ links: { name: string }[]; collections: { link: string; collection: string }[] }>();
    expect(status.links.map(({ name }) => name)).toEqual([TEST_LINK, MOBILE]);
    expect(status.collections.map(({ link, collection }) => [link, collection])).toEqual([
      [TEST_LINK, 'contacts'],
      [TEST_LINK, 'tasks'],
      [MOBILE, 'contacts'],
    ]);
    const { rows } = await crm.admin.query<{ id: string }>(`insert into crm.contacts (family_name) values ('Both') returning id`);
    const [id = ''] = rows.map((row) => row.id);
    await setAside(crm.admin, 'contacts', id);
    const states = (await uwe('GET', `/api/record-states?collection=contacts&key=${id}`)).json<{ states: { link: string; state: string }[] }>().states;
    expect(states.map(({ link, state }) => [link, state])).toEqual([
      [TEST_LINK, 'set-aside'],
      [MOBILE, 'never-sent'],
    ]);
  });

  it('are the latest runs of both, newest first', async () => {
    for (const [id, link] of [
      ['forward/1', TEST_LINK],
      ['forward/2', MOBILE],
      ['forward/3', TEST_LINK],
    ] as const) {
      await addRun(crm.admin, id, 'forward');
      await crm.admin.query('update tidegate.run set link = $2 where workflow_id = $1', [id, link]);
    }
    const ids = async (query: string) => (await uwe('GET', `/api/runs?${query}`)).json<{ rows: { id: string }[] }>().rows.map(({ id }) => id);
    expect(await ids('')).toEqual(['forward/3/r1', 'forward/2/r1', 'forward/1/r1']);
    expect(await ids('size=2')).toEqual(['forward/3/r1', 'forward/2/r1']);
  });
});
