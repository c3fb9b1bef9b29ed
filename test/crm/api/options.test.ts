import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Requests, startTestCrm, TEST_LINK, type TestCrm } from '../test-crm.ts';

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
});

interface Options {
  readonly links: readonly {
    readonly link: string;
    readonly forwardEveryMs: number;
    readonly reverseEveryMs: number;
    readonly collections: readonly { readonly collection: string; readonly forward: boolean; readonly reverse: boolean; readonly selected: boolean }[];
  }[];
}
const readOptions = async (who: Requests): Promise<Options> => (await who('GET', '/api/options')).json();
const collectionOf = async (who: Requests, name: string) => (await readOptions(who)).links[0]?.collections.find(({ collection }) => collection === name);

describe('what is synchronised', () => {
  it('is everything, at the configured periods, until somebody says otherwise', async () => {
    const { links } = await readOptions(uwe);
    expect(links).toEqual([
      {
        link: TEST_LINK,
        forwardEveryMs: 300_000,
        reverseEveryMs: 300_000,
        collections: ['contacts', 'appointments', 'tasks'].map((collection) => ({ collection, forward: true, reverse: true, selected: true })),
      },
    ]);
  });

  it('is for the company an integration-admin’s to switch, by direction, with who did it in the audit log', async () => {
    const off = { collection: 'tasks', direction: 'reverse', enabled: false };
    expect((await uwe('PUT', '/api/options/company', off)).json()).toMatchObject({ code: 'not-allowed' });
    expect((await ada('PUT', '/api/options/company', off)).statusCode).toBe(204);
    expect(await collectionOf(uwe, 'tasks')).toEqual({ collection: 'tasks', forward: true, reverse: false, selected: true });
    const { rows } = await crm.admin.query(`select event, subject, facts from tidegate.audit_event where event = 'collection-switched'`);
    expect(rows).toEqual([{ event: 'collection-switched', subject: 'tasks', facts: { direction: 'reverse', enabled: false, by: 'ada@crm.example' } }]);
    // A pull of everything leaves it out; one of it alone is refused, and nothing is ordered.
    expect((await uwe('POST', '/api/pull', {})).statusCode).toBe(202);
    expect(crm.control.calls).toMatchObject([{ act: 'reverse', order: { collections: ['contacts', 'appointments'] } }]);
    const refused = await uwe('POST', '/api/pull', { collections: ['tasks'] });
    expect(refused.json()).toMatchObject({ code: 'collection-switched-off', status: 409, facts: { by: 'company' }, noUpdate: 'No update was performed.' });
    expect(crm.control.calls).toHaveLength(1);
    await ada('PUT', '/api/options/company', { ...off, enabled: true });
    await uwe('POST', '/api/pull', { collections: ['tasks'] });
    expect(crm.control.calls.at(-1)).toMatchObject({ act: 'reverse', order: { collections: ['tasks'] } });
  });

  it('switched on again, has a run look at it', async () => {
    const order = { collection: 'contacts', direction: 'forward' };
    await ada('PUT', '/api/options/company', { ...order, enabled: false });
    expect(crm.control.calls).toEqual([]);
    await ada('PUT', '/api/options/company', { ...order, enabled: true });
    expect(crm.control.calls).toMatchObject([{ act: 'forward', order: { link: TEST_LINK, collections: ['contacts'], by: 'ada@crm.example' } }]);
  });

  it('by a user’s own buttons is the user’s to choose, and nobody else’s', async () => {
    expect((await uwe('PUT', '/api/options/mine', { collection: 'appointments', selected: false })).statusCode).toBe(204);
    expect((await uwe('PUT', '/api/options/mine', { collection: 'appointments', selected: false })).statusCode).toBe(204);
    expect(await collectionOf(uwe, 'appointments')).toMatchObject({ selected: false, forward: true });
    expect(await collectionOf(ada, 'appointments')).toMatchObject({ selected: true });
    await uwe('POST', '/api/synchronise', { all: true });
    await ada('POST', '/api/synchronise', { all: true });
    expect(crm.control.calls).toMatchObject([{ order: { collections: ['contacts', 'tasks'] } }, { order: { collections: [] } }]);
    const one = { collection: 'appointments', keys: [crypto.randomUUID()] };
    expect((await uwe('POST', '/api/synchronise', one)).json()).toMatchObject({ code: 'collection-switched-off', facts: { by: 'user' } });
    for (const collection of ['contacts', 'tasks']) await uwe('PUT', '/api/options/mine', { collection, selected: false });
    expect((await uwe('POST', '/api/pull', {})).json()).toMatchObject({ code: 'collection-switched-off', facts: { by: 'user' } });
    for (const collection of ['contacts', 'tasks', 'appointments']) await uwe('PUT', '/api/options/mine', { collection, selected: true });
    expect((await uwe('POST', '/api/pull', {})).statusCode).toBe(202);
  });

  it('happens as often as an integration-admin says', async () => {
    const period = { direction: 'reverse', everyMs: 60_000 };
    expect((await uwe('PUT', '/api/options/period', period)).json()).toMatchObject({ code: 'not-allowed' });
    expect((await ada('PUT', '/api/options/period', period)).statusCode).toBe(204);
    expect(crm.control.calls).toEqual([{ act: 'period', link: TEST_LINK, direction: 'reverse', everyMs: 60_000, by: 'ada@crm.example' }]);
    crm.control.failure = new TidegateError('temporal-unavailable');
    expect((await ada('PUT', '/api/options/period', period)).json()).toMatchObject({ code: 'temporal-unavailable' });
    crm.control.failure = undefined;
  });

  it.each([
    ['PUT', '/api/options/company', { collection: 'nothing', direction: 'forward', enabled: true }, 'collection-unknown'],
    ['PUT', '/api/options/company', { collection: 'tasks', direction: 'sideways', enabled: true }, 'bad-request'],
    ['PUT', '/api/options/company', { collection: 'tasks', direction: 'forward', enabled: true, link: 'no/such/link' }, 'link-mismatch'],
    ['PUT', '/api/options/mine', { collection: 'nothing', selected: true }, 'collection-unknown'],
    ['PUT', '/api/options/period', { direction: 'reverse', everyMs: 10 }, 'bad-request'],
    ['PUT', '/api/options/period', { direction: 'reverse', everyMs: 1e12 }, 'bad-request'],
  ] as const)('%s %s %j is refused', async (method, path, body, code) => {
    expect((await ada(method, path, body)).json()).toMatchObject({ code });
    expect(crm.control.calls).toEqual([]);
  });
});

describe('everything that a list shows', () => {
  beforeAll(async () => {
    await crm.admin.query(
      `insert into crm.contacts (family_name, company) select 'Bulk' || n, case when n % 2 = 0 then 'Even' else 'Odd' end from generate_series(1, 1500) n`,
    );
    await crm.admin.query(
      `insert into crm.tasks (subject, status) select 'Task ' || n, case when n <= 3 then 'done' else 'open' end from generate_series(1, 5) n`,
    );
  });

  it('is synchronised by its search and its filters; no ids travel', async () => {
    const answer = await uwe('POST', '/api/synchronise', { collection: 'tasks', matching: { search: 'task', filters: { status: 'done' } } });
    expect(answer.json()).toEqual({ requests: [expect.any(String)], records: 3 });
    const [call] = crm.control.calls;
    const { rows } = await crm.admin.query<{ id: string }>(`select id from crm.tasks where status = 'done'`);
    const keys = call?.act === 'forward' ? (call.order.records ?? []).map(({ key }) => key[0]) : [];
    expect(keys.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
  });

  it('goes in several requests where it is much', async () => {
    const answer = await uwe('POST', '/api/synchronise', { collection: 'contacts', matching: { search: 'bulk' } });
    expect(answer.json()).toMatchObject({ records: 1500 });
    expect(crm.control.calls.map((call) => (call.act === 'forward' ? call.order.records?.length : 0))).toEqual([1000, 500]);
  });

  it.each([
    ['an unknown filter', { collection: 'tasks', matching: { filters: { owner: 'x' } } }, 'bad-request'],
    ['a filter’s wrong value', { collection: 'tasks', matching: { filters: { status: 'lost' } } }, 'bad-request'],
    ['keys beside it', { collection: 'tasks', keys: ['a'], matching: {} }, 'bad-request'],
    ['no collection', { matching: {} }, 'bad-request'],
  ])('is refused with %s', async (_what, body, code) => {
    expect((await uwe('POST', '/api/synchronise', body)).json()).toMatchObject({ code });
    expect(crm.control.calls).toEqual([]);
  });

  it('is refused where it is more than a request may be', async () => {
    await crm.admin.query(`insert into crm.contacts (family_name) select 'Crowd' || n from generate_series(1, 10001) n`);
    expect((await uwe('POST', '/api/synchronise', { collection: 'contacts', matching: { search: 'crowd' } })).json()).toMatchObject({ code: 'too-large' });
    expect(crm.control.calls).toEqual([]);
  });
});
