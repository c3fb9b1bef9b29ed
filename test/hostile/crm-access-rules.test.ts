import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { searchTable } from '../../crm/records/search-tables.ts';
import { clash, setAside } from '../crm/control-plane.ts';
import { EVA, type RuledCrm, type Rules, UWE, attachWithRules, startRuledCrm } from '../crm/ruled-crm.ts';
import { type Requests, TEST_LINK } from '../crm/test-crm.ts';
import { attemptAs, DENIED } from '../support/attempt.ts';
import { testPasswords } from '../support/migrated-database.ts';
import { testRuledAdministrator } from './ruled-administrator.ts';

/* Rules of access at the sample CRM's page (test/crm/ruled-crm.ts), tried by its API and by SQL in the roles that it takes on. */

let the: RuledCrm;
let eva: Requests;
let ids: RuledCrm['ids'];
const attach = (rules: Rules): Promise<void> => attachWithRules(the.crm, rules);

beforeAll(async () => {
  the = await startRuledCrm();
  ({ eva, ids } = the);
});
afterAll(() => the.crm[Symbol.asyncDispose]());

interface Listed {
  readonly rows: readonly ({ readonly id: string } & Record<string, unknown>)[];
  readonly total: number;
}
const list = async (as: Requests, query = '', kind = 'contacts'): Promise<Listed> => (await as('GET', `/api/${kind}${query}`)).json();
const DENIED_RECORD = { status: 403, code: 'record-denied', noUpdate: 'No update was performed.' };
const DENIED_FIELD = { status: 403, code: 'field-denied', noUpdate: 'No update was performed.' };
const NOT_FOUND = { status: 404, code: 'record-not-found' };
const stored = async (id: string) => (await the.crm.admin.query('select * from crm.contacts where id = $1', [id])).rows;

describe('another’s record', () => {
  it('is not listed, found, read, selected or told of, where the rules hide it', async () => {
    expect((await list(the.uwe)).rows.map(({ id }) => id).toSorted()).toEqual([ids.uwe, ids.eva, ids.private].toSorted());
    expect(await list(the.uwe, '?search=canary')).toMatchObject({ rows: [{ id: ids.uwe }], total: 1 });
    expect((await list(the.aud)).rows.map(({ id }) => id)).not.toContain(ids.private);
    expect((await the.uwe('GET', `/api/contacts/${ids.secret}`)).json()).toMatchObject(NOT_FOUND);
    for (const path of ['record-standing', 'record-timeline', 'record-story']) {
      expect((await the.uwe('GET', `/api/${path}?collection=contacts&key=${ids.secret}`)).json()).toMatchObject(NOT_FOUND);
      expect((await the.uwe('GET', `/api/${path}?collection=contacts&key=${ids.uwe}`)).statusCode).toBe(200);
    }
    const states = (await the.uwe('GET', `/api/record-states?collection=contacts&key=${ids.secret}&key=${ids.uwe}`)).json<{ states: { key: string }[] }>();
    expect(states.states.map(({ key }) => key)).toEqual([ids.uwe]);
    const named = (await the.uwe('GET', `/api/records-by-id/contacts?id=${ids.secret}&id=${ids.uwe}`)).json<{ rows: { id: string }[] }>();
    expect(named.rows.map(({ id }) => id)).toEqual([ids.uwe]);
    await the.uwe('POST', '/api/synchronise', { collection: 'contacts', matching: {} });
    expect(JSON.stringify(the.crm.control.calls.at(-1))).not.toContain(ids.secret);
    // An integration administrator is named by no rule.
    expect((await list(the.ada)).total).toBe(4);
  });

  it('is not changed or deleted: refused as not the user’s, with the version that is right', async () => {
    const before = await stored(ids.eva);
    expect((await the.uwe('PATCH', `/api/contacts/${ids.eva}`, { version: 1, changes: { givenName: 'X' } })).json()).toMatchObject(DENIED_RECORD);
    expect((await the.uwe('DELETE', `/api/contacts/${ids.eva}?version=1`)).json()).toMatchObject(DENIED_RECORD);
    expect((await the.uwe('PATCH', `/api/contacts/${ids.secret}`, { version: 1, changes: { givenName: 'X' } })).json()).toMatchObject(NOT_FOUND);
    expect((await the.uwe('PATCH', `/api/contacts/${ids.eva}`, { version: 7, changes: { givenName: 'X' } })).json()).toMatchObject({
      code: 'version-conflict',
    });
    expect(await stored(ids.eva)).toEqual(before);
    expect((await eva('PATCH', `/api/contacts/${ids.eva}`, { version: 1, changes: { givenName: 'Eva' } })).json()).toMatchObject({
      givenName: 'Eva',
      version: 2,
    });
  });

  it('is not made another’s, nor made for another, nor made unseen', async () => {
    const { version } = (await the.uwe('GET', `/api/contacts/${ids.private}`)).json<{ version: number }>();
    expect((await the.uwe('PATCH', `/api/contacts/${ids.private}`, { version, changes: { note: EVA } })).json()).toMatchObject(DENIED_RECORD);
    expect((await the.uwe('POST', '/api/contacts', { familyName: 'New', note: EVA })).json()).toMatchObject(DENIED_RECORD);
    expect((await the.uwe('POST', '/api/contacts', { familyName: 'New', note: UWE, company: 'Secret' })).json()).toMatchObject(DENIED_RECORD);
    const made = await the.uwe('POST', '/api/contacts', { familyName: 'New', note: UWE });
    expect(made.json()).toMatchObject({ familyName: 'New', version: 1 });
    expect((await the.uwe('DELETE', `/api/contacts/${made.json<{ id: string }>().id}?version=1`)).statusCode).toBe(204);
    expect((await list(the.ada)).total).toBe(4);
  });

  it('is not reached by SQL in the user’s role, whoever the session says it is', async () => {
    const as = (user: string | undefined, ...statements: string[]) =>
      attemptAs(the.crm.pageUrl, ['set local role crm_user', ...statements], user === undefined ? {} : { settings: { 'tidegate.user': user } });
    expect(await as(UWE, `update crm.contacts set given_name = 'X' where id = '${ids.eva}'`)).toMatchObject({ count: 0 });
    expect(await as(UWE, `delete from crm.contacts where id = '${ids.eva}'`)).toMatchObject({ count: 0 });
    expect(await as(UWE, `select from crm.contacts where id = '${ids.secret}'`)).toMatchObject({ count: 0 });
    expect(await as(UWE, 'select credit_limit from crm.contacts')).toEqual(DENIED);
    expect(await as(UWE, `update crm.contacts set job_title = 'X' where id = '${ids.uwe}'`)).toEqual(DENIED);
    expect(await as(UWE, 'select from crm.tasks')).toMatchObject({ count: 0 });
    expect(await as(undefined, `update crm.contacts set given_name = 'X'`)).toMatchObject({ count: 0 });
    // Of its own the page writes no record, and takes on no role but those.
    expect(await attemptAs(the.crm.pageUrl, `update crm.contacts set given_name = 'X'`)).toEqual(DENIED);
    for (const role of ['tidegate_reverse', 'tidegate_consumer', 'postgres']) expect(await attemptAs(the.crm.pageUrl, `set role ${role}`)).toEqual(DENIED);
    // The role ends with the transaction.
    expect(await as(UWE, 'commit', 'select current_user as who')).toMatchObject({ rows: [{ who: 'crm_page' }] });
  });
});

describe('hidden fields', () => {
  it('are not sent, in lists, records, history and stories', async () => {
    const answers = await Promise.all([
      the.uwe('GET', '/api/contacts'),
      the.uwe('GET', `/api/contacts/${ids.uwe}`),
      the.uwe('GET', `/api/record-timeline?collection=contacts&key=${ids.uwe}`),
      the.uwe('GET', `/api/record-story?collection=contacts&key=${ids.uwe}`),
    ]);
    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(200);
      expect(body).not.toMatch(/creditLimit|credit_limit|birthday|47\d\d\.00|197\d-0\d-0/);
    }
    expect((await the.uwe('GET', '/api/record-rights/contacts')).json()).toEqual({
      hidden: ['birthday', 'creditLimit'],
      readOnly: ['jobTitle'],
      insertable: true,
      deletable: true,
    });
    expect((await the.aud('GET', '/api/record-rights/tasks')).json()).toMatchObject({ hidden: [], insertable: false, deletable: false });
    // The same, to whom nothing is hidden.
    const open = await the.ada('GET', `/api/record-story?collection=contacts&key=${ids.uwe}`);
    expect(open.body).toContain('1971-01-01');
    expect((await the.aud('GET', `/api/contacts/${ids.uwe}`)).json()).not.toHaveProperty('emails');
  });

  it('are not searched, sorted or filtered by', async () => {
    expect((await list(the.aud, '?search=canary.example')).total).toBe(0);
    expect((await list(the.aud, '?search=uweson')).total).toBe(0);
    expect((await list(the.ada, '?search=canary.example')).total).toBe(1);
    expect((await list(the.aud, '?search=una')).total).toBe(1);
    expect((await the.aud('GET', '/api/contacts?hasEmail=true')).json()).toMatchObject(DENIED_FIELD);
    const sorted = (query: string) => list(the.uwe, query).then(({ rows }) => rows.map(({ id }) => id));
    expect(await sorted('?sort=birthday&direction=desc')).toEqual((await sorted('?sort=birthday&direction=asc')).toReversed());
    expect(await sorted('?sort=birthday')).toEqual([ids.uwe, ids.eva, ids.private].toSorted());
  });

  it('and read-only ones are not written, in old records and new ones', async () => {
    const { version } = (await the.uwe('GET', `/api/contacts/${ids.uwe}`)).json<{ version: number }>();
    for (const [field, value] of [
      ['creditLimit', '1.00'],
      ['birthday', null],
      ['jobTitle', 'Boss'],
    ] as const) {
      expect((await the.uwe('PATCH', `/api/contacts/${ids.uwe}`, { version, changes: { [field]: value } })).json()).toMatchObject({
        ...DENIED_FIELD,
        facts: { field },
      });
      expect((await the.uwe('POST', '/api/contacts', { familyName: 'X', note: UWE, [field]: value })).json()).toMatchObject(DENIED_FIELD);
    }
    expect((await the.aud('PATCH', `/api/contacts/${ids.uwe}`, { version, changes: { givenName: 'X' } })).json()).toMatchObject({ code: 'not-allowed' });
    expect((await stored(ids.uwe))[0]).toMatchObject({ credit_limit: '4715.00', job_title: null });
  });

  it('of a conflict and of what waits are not told, nor decided about', async () => {
    const { admin } = the.crm;
    for (const [key, field] of [
      [ids.uwe, 'birthday'],
      [ids.uwe, 'company'],
      [ids.secret, 'company'],
    ] as const)
      await clash(admin, 'contacts', key, field);
    const { rows } = (await the.uwe('GET', '/api/conflicts')).json<{ rows: { key: string[]; field: string; crmValue: unknown }[] }>();
    expect(rows.map(({ key, field, crmValue }) => [key[0], field, crmValue])).toEqual([
      [ids.uwe, 'company', 'here'],
      [ids.uwe, 'birthday', null],
    ]);
    await admin.query('delete from tidegate.conflict');
  });

  it('nor are records set aside, or compared, that the user may not see: not even by their keys', async () => {
    const { admin } = the.crm;
    // One of them came from elsewhere with a key that no contact can have.
    for (const key of [ids.uwe, ids.secret, 'no uuid']) await setAside(admin, 'contacts', key);
    const aside = async (as: Requests) => (await as('GET', '/api/set-aside')).json<{ rows: { key: string[] }[]; total: number }>();
    const seen = await aside(the.uwe);
    expect([seen.rows.map(({ key }) => key[0]), seen.total]).toEqual([[ids.uwe], 1]);
    const all = await aside(the.ada);
    expect([all.rows.map(({ key }) => key[0]), all.total]).toEqual([['no uuid', ids.secret, ids.uwe], 3]);
    await admin.query('delete from tidegate.quarantine');

    const { rows } = await admin.query<{ id: string }>(
      `insert into tidegate.reconciliation (request_id, link, collection, trigger, state, differences, kinds, waiting, finished_at)
       values (gen_random_uuid(), $1, 'contacts', 'period', 'completed', 3, '{"altered": 3}', '{}', now()) returning id`,
      [TEST_LINK],
    );
    const id = rows[0]?.id ?? '';
    // At the cloud a record can have another key: the CRM's says whose it is.
    await admin.query(
      `insert into tidegate.reconciliation_difference (reconciliation_id, key, local_key, kind, fields)
       values ($1, array[$2], array[$2], 'altered', '{note}'), ($1, array[$3], array[$3], 'altered', '{note}'), ($1, array['cloud-7'], array[$2], 'altered', '{note}'),
              ($1, array['cloud-8'], null, 'extra', '{}')`,
      [id, ids.uwe, ids.secret],
    );
    const differences = async (as: Requests) => (await as('GET', `/api/reconciliations/${id}/differences`)).json<{ rows: { key: string[] }[] }>();
    expect((await differences(the.uwe)).rows.map(({ key }) => key[0])).toEqual([ids.uwe, 'cloud-7']);
    expect((await differences(the.ada)).rows).toHaveLength(4);
    await admin.query('delete from tidegate.reconciliation');
  });
});

describe('a table of which a rule opens nothing', () => {
  it('is empty to its users, and others see it', async () => {
    expect(await list(the.uwe, '', 'tasks')).toMatchObject({ rows: [], total: 0 });
    expect((await the.uwe('POST', '/api/tasks', { subject: 'mine' })).json()).toMatchObject(DENIED_RECORD);
    expect((await the.uwe('GET', `/api/tasks/${ids.task}`)).json()).toMatchObject(NOT_FOUND);
    expect(await list(the.aud, '', 'tasks')).toMatchObject({ total: 1 });
  });
});

testRuledAdministrator(() => the);

describe('roles', () => {
  it('that no rule narrows keep the index of words', async () => {
    for (const [role, expected] of [
      ['crm_admin', true],
      ['crm_user', false],
    ] as const) {
      const plan = await attemptAs(the.crm.pageUrl, [
        `set local role ${role}`,
        'set local enable_seqscan = off',
        `explain select id from crm.contacts where ${searchTable('crm.contacts').search} like '%lovelace%'`,
      ]);
      expect(JSON.stringify(plan).includes('contacts_search')).toBe(expected);
    }
  });

  it('keep their rules when roles are provisioned again, and get back what they had when rules are taken out', async () => {
    await provisionRoles(the.crm.adminUrl, 'crm', testPasswords('crm'));
    expect((await the.uwe('GET', `/api/contacts/${ids.uwe}`)).json()).not.toHaveProperty('creditLimit');
    await attach({});
    expect((await the.uwe('GET', `/api/contacts/${ids.secret}`)).json()).toMatchObject({ creditLimit: '4713.00' });
    expect((await the.uwe('POST', '/api/tasks', { subject: 'mine' })).statusCode).toBe(201);
    expect((await the.aud('GET', `/api/contacts/${ids.private}`)).json()).toMatchObject({ familyName: 'Shyson' });
    expect(await attemptAs(the.crm.pageUrl, ['set local role crm_auditor', `update crm.contacts set note = ''`])).toEqual(DENIED);
  });
});
