import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contacts } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import { addWindow, clash, logChange, openLink, setAside } from '../control-plane.ts';
import { type Requests, startTestCrm, type TestCrm, TEST_LINK } from '../test-crm.ts';

let crm: TestCrm;
let uwe: Requests;
beforeAll(async () => {
  crm = await startTestCrm();
  uwe = await crm.signIn('uwe@crm.example');
});
afterAll(() => crm[Symbol.asyncDispose]());

async function addContact(isPrivate = false): Promise<string> {
  const { rows } = await crm.admin.query<{ id: string }>('insert into crm.contacts (family_name, private) values ($1, $2) returning id', [
    'Contact',
    isPrivate,
  ]);
  return rows[0]?.id ?? '';
}

interface State {
  readonly state: string;
  readonly reason: unknown;
  readonly conflictFields: readonly string[];
  readonly requested: boolean;
}
async function stateOf(id: string): Promise<State | undefined> {
  const answer = await uwe('GET', `/api/record-states?collection=contacts&key=${id}`);
  return answer.json<{ states: State[] }>().states[0];
}

describe('the state of a record', () => {
  it('is that it was never sent, before the initial load and while its creation waits', async () => {
    const early = await addContact();
    expect(await stateOf(early)).toMatchObject({ state: 'never-sent', reason: null, conflictFields: [], requested: false });
    await openLink(crm.admin);
    expect(await stateOf(early)).toMatchObject({ state: 'in-step' });
    const late = await addContact();
    await logChange(crm.admin, 'contacts', late, 'I');
    await logChange(crm.admin, 'contacts', late, 'U');
    expect(await stateOf(late)).toMatchObject({ state: 'never-sent' });
    await openLink(crm.admin);
    expect(await stateOf(late)).toMatchObject({ state: 'in-step' });
  });

  it('is waiting from a change to its receipt; what the cloud itself changed does not wait, unless it is sent again', async () => {
    const id = await addContact();
    await openLink(crm.admin);
    await logChange(crm.admin, 'contacts', id, 'U', TEST_LINK);
    expect(await stateOf(id)).toMatchObject({ state: 'in-step' });
    await logChange(crm.admin, 'contacts', id, 'R', 'acme/test/other');
    expect(await stateOf(id)).toMatchObject({ state: 'in-step' });
    await logChange(crm.admin, 'contacts', id, 'U', 'acme/test/other');
    expect(await stateOf(id)).toMatchObject({ state: 'waiting' });
    await openLink(crm.admin);
    await logChange(crm.admin, 'contacts', id, 'R', TEST_LINK);
    expect(await stateOf(id)).toMatchObject({ state: 'waiting' });
    await openLink(crm.admin);
    expect(await stateOf(id)).toMatchObject({ state: 'in-step' });
  });

  it('is queued while a user’s request for it is open', async () => {
    const [id, other] = [await addContact(), await addContact()];
    await openLink(crm.admin);
    await uwe('POST', '/api/synchronise', { collection: 'contacts', keys: [id] });
    expect(await stateOf(id)).toMatchObject({ state: 'queued', requested: true });
    expect(await stateOf(other)).toMatchObject({ state: 'in-step', requested: false });
    await crm.admin.query(`update tidegate.sync_request set state = 'done'`);
    expect(await stateOf(id)).toMatchObject({ state: 'in-step', requested: false });
  });

  it('is set aside with its reason, and not with its content', async () => {
    const id = await addContact();
    await openLink(crm.admin);
    await setAside(crm.admin, 'contacts', id);
    expect(await stateOf(id)).toMatchObject({
      state: 'set-aside',
      reason: { code: 'value-too-long', field: 'note', detail: 'Longer than character varying(255) holds.', direction: 'forward' },
    });
    await crm.admin.query(`update tidegate.quarantine set state = 'resolved'`);
    expect(await stateOf(id)).toMatchObject({ state: 'in-step', reason: null });
  });

  it('is in conflict until somebody at the CRM changes the record again', async () => {
    const id = await addContact();
    await openLink(crm.admin);
    await logChange(crm.admin, 'contacts', id, 'U');
    await clash(crm.admin, 'contacts', id, 'note');
    await clash(crm.admin, 'contacts', id, 'jobTitle');
    expect(await stateOf(id)).toMatchObject({ state: 'conflict', conflictFields: ['jobTitle', 'note'] });
    await logChange(crm.admin, 'contacts', id, 'R', TEST_LINK);
    expect(await stateOf(id)).toMatchObject({ state: 'conflict' });
    await logChange(crm.admin, 'contacts', id, 'U');
    expect(await stateOf(id)).toMatchObject({ state: 'waiting' });
  });

  it('is private where the collection’s filter keeps it here, whatever else holds', async () => {
    const id = await addContact(true);
    await openLink(crm.admin);
    await setAside(crm.admin, 'contacts', id);
    expect(await stateOf(id)).toMatchObject({ state: 'private', retraction: 'done' });
    await logChange(crm.admin, 'contacts', id, 'U');
    expect(await stateOf(id)).toMatchObject({ state: 'private', retraction: 'under-way' });
    expect(await stateOf(await addContact())).toMatchObject({ retraction: null });
  });

  it('is sent from its window to the receipt', async () => {
    const id = await addContact();
    await openLink(crm.admin);
    await logChange(crm.admin, 'contacts', id, 'U');
    expect(await stateOf(id)).toMatchObject({ state: 'waiting' });
    await addWindow(crm.admin, 'contacts', 'sent');
    expect(await stateOf(id)).toMatchObject({ state: 'sent' });
    await logChange(crm.admin, 'contacts', id, 'U');
    expect(await stateOf(id)).toMatchObject({ state: 'waiting' });
    await crm.admin.query(`update tidegate."window" set state = 'receipted'`);
    await openLink(crm.admin);
    expect(await stateOf(id)).toMatchObject({ state: 'in-step' });
  });

  it('is filtered where another condition than a private mark keeps it here', async () => {
    const { links } = checkConfig({
      links: [
        {
          tenant: 'acme',
          environment: 'test',
          link: 'hub',
          collections: [{ ...contacts, filter: { sql: "not private and company = 'Kept'", columns: ['private', 'company'] } }],
        },
      ],
    });
    await using other = await startTestCrm({ links });
    const user = await other.signIn('uwe@crm.example');
    await openLink(other.admin);
    const add = `insert into crm.contacts (family_name, company, private) values ('One', 'Other', false), ('Two', 'Kept', true) returning id`;
    const [one, two] = (await other.admin.query<{ id: string }>(add)).rows.map(({ id }) => id);
    const { states } = (await user('GET', `/api/record-states?collection=contacts&key=${one}&key=${two}`)).json<{ states: (State & { key: string })[] }>();
    expect(Object.fromEntries(states.map(({ key, state }) => [key, state]))).toEqual({ [one ?? '']: 'filtered', [two ?? '']: 'private' });
  });

  it('is told for a page of records at once, and for no others', async () => {
    const ids = [await addContact(), await addContact(), await addContact(true)];
    await openLink(crm.admin);
    const query = [...ids, crypto.randomUUID()].map((id) => `key=${id}`).join('&');
    const { states } = (await uwe('GET', `/api/record-states?collection=contacts&${query}`)).json<{ states: (State & { key: string })[] }>();
    expect(new Map(states.map(({ key, state }) => [key, state]))).toEqual(
      new Map([...ids.slice(0, 2).map((id) => [id, 'in-step'] as const), [ids[2], 'private']]),
    );
  });

  it('is asked for of known collections and proper keys only', async () => {
    expect((await uwe('GET', '/api/record-states?collection=nothing')).json()).toMatchObject({ code: 'collection-unknown', status: 404 });
    expect((await uwe('GET', '/api/record-states?collection=contacts&key=1')).json()).toMatchObject({ code: 'bad-request' });
    expect((await uwe('GET', '/api/record-states?collection=contacts')).json()).toEqual({ states: [] });
  });
});
