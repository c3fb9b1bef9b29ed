import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRun, addWindow, clash, openLink, receive, setAside } from '../control-plane.ts';
import { type Requests, startTestCrm, TEST_LINK, type TestCrm } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
let id: string;
beforeAll(async () => {
  crm = await startTestCrm();
  uwe = await crm.signIn('uwe@crm.example');
  await openLink(crm.admin);
  const { rows } = await crm.admin.query<{ id: string }>(`insert into crm.contacts (family_name) values ('Lovelace') returning id`);
  id = rows[0]?.id ?? '';
});
afterAll(() => crm[Symbol.asyncDispose]());

/** A change that the capture would have logged, with what stood there before. */
async function logUpdate(old: object): Promise<void> {
  await crm.admin.query(
    `insert into tidegate.change_log (source, key, op, old, actor, logged_at)
     select id, array[$1::text], 'U', $2, 'uwe@crm.example', clock_timestamp() from tidegate.source where table_name = 'contacts'`,
    [id, JSON.stringify(old)],
  );
}
const ask = async (path: string, key = id) => uwe('GET', `/api/${path}?collection=contacts&key=${key}`);

describe('the story of a record', () => {
  it('is empty where nothing was sent and nothing came', async () => {
    expect((await ask('record-standing')).json()).toEqual({
      links: [{ link: TEST_LINK, collection: 'contacts', state: expect.objectContaining({ state: 'in-step' }), sent: null, received: null }],
    });
  });

  it('names the run that stored its last change, and the one that brought the cloud’s', async () => {
    await logUpdate({ job_title: 'Analyst' });
    await addRun(crm.admin, 'forward/acme/test/hub/7', 'forward');
    await addWindow(crm.admin, 'contacts', 'receipted', 'forward/acme/test/hub/7/r1');
    await addRun(crm.admin, 'message-1', 'reverse');
    await receive(crm.admin, 'contacts', id, ['note'], 'message-1/r1');
    const { links } = (await ask('record-standing')).json<{ links: object[] }>();
    expect(links).toMatchObject([
      {
        sent: { changedAt: expect.any(String), storedAt: expect.any(String), run: { id: 'forward/acme/test/hub/7/r1', direction: 'forward' } },
        received: { actor: 'employee@cloud.example', fields: ['note'], messageId: expect.any(String), run: { url: expect.stringContaining('message-1') } },
      },
    ]);
  });

  it('of a change that no window holds yet still tells the one before', async () => {
    await logUpdate({ note: null });
    const { links } = (await ask('record-standing')).json<{ links: { state: { state: string }; sent: { run: { id: string } } }[] }>();
    expect(links[0]).toMatchObject({ state: { state: 'waiting' }, sent: { run: { id: 'forward/acme/test/hub/7/r1' } } });
  });

  it('is told of known collections and proper keys, to who is signed in', async () => {
    expect((await uwe('GET', `/api/record-standing?collection=nothing&key=${id}`)).json()).toMatchObject({ code: 'collection-unknown' });
    expect((await ask('record-standing', '1')).json()).toMatchObject({ code: 'bad-request' });
    expect((await crm.app.inject({ url: `/api/record-standing?collection=contacts&key=${id}` })).json()).toMatchObject({ code: 'not-signed-in' });
  });

  it('of a record that is gone has no state', async () => {
    expect((await ask('record-standing', crypto.randomUUID())).json()).toMatchObject({ links: [{ state: null, sent: null, received: null }] });
  });
});

describe('the timeline of a record', () => {
  it('holds changes with what stood there before, what came, clashed, was set aside and asked for, newest first', async () => {
    await clash(crm.admin, 'contacts', id, 'note');
    await setAside(crm.admin, 'contacts', id);
    await uwe('POST', '/api/synchronise', { collection: 'contacts', keys: [id] });
    const { entries } = (await ask('record-timeline')).json<{ entries: { what: string; at: string }[] }>();
    expect(new Set(entries.map(({ what }) => what))).toEqual(new Set(['requested', 'set-aside', 'conflict', 'received', 'changed']));
    expect(entries.map(({ at }) => at)).toEqual(
      entries
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    expect(entries.filter(({ what }) => what === 'changed')).toMatchObject([
      { by: 'uwe@crm.example', link: null, fields: [{ field: 'note', before: null }] },
      { by: 'uwe@crm.example', link: null, fields: [{ field: 'jobTitle', before: 'Analyst' }] },
    ]);
    expect(entries.find(({ what }) => what === 'received')).toMatchObject({ by: 'employee@cloud.example', link: TEST_LINK, fields: [{ field: 'note' }] });
  });

  it('holds the latest hundred of what happened to a record that changes all the time', async () => {
    const busy = crypto.randomUUID();
    await crm.admin.query(
      `insert into tidegate.change_log (source, key, op, old, logged_at)
       select id, array[$1], 'U', jsonb_build_object('note', n::text), now() - n * interval '1 minute' from tidegate.source, generate_series(1, 120) as n where table_name = 'contacts' order by n desc`,
      [busy],
    );
    for (let i = 0; i < 3; i++) await setAside(crm.admin, 'contacts', busy);
    const { entries } = (await ask('record-timeline', busy)).json<{ entries: { what: string; fields: { before: string | null }[] }[] }>();
    expect(entries).toHaveLength(100);
    expect(entries.slice(0, 4).map(({ what, fields }) => [what, fields[0]?.before])).toEqual([
      ['set-aside', null],
      ['set-aside', null],
      ['set-aside', null],
      ['changed', '1'],
    ]);
  });

  it('is that record’s alone', async () => {
    expect((await ask('record-timeline', crypto.randomUUID())).json()).toEqual({ entries: [] });
    expect((await uwe('GET', `/api/record-timeline?collection=nothing&key=${id}`)).json()).toMatchObject({ code: 'collection-unknown' });
  });
});
