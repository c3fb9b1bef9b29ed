import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachTable } from '../../adaptor/data/capture/attach.ts';
import type { AccessSource } from '../../adaptor/data/describe-collection.ts';
import { planCollections } from '../../adaptor/data/plan-collections.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { appointments, contacts, tasks } from '../../configuration/built-in.ts';
import { collectionSource } from '../../configuration/collection-source.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { searchTable } from '../../crm/records/search-tables.ts';
import { clash, setAside } from '../crm/control-plane.ts';
import { startSignedInCrm, type SignedInCrm } from '../crm/signed-in-crm.ts';
import { type Requests, TEST_LINK } from '../crm/test-crm.ts';
import { attemptAs, DENIED } from '../support/attempt.ts';
import { testPasswords } from '../support/migrated-database.ts';

/*
 * Rules of access at the sample CRM's page, tried by its API and by SQL in the roles that it takes on: users see what is not
 * secret and write what is their own (`note` holds the owner); auditors see nothing private, and neither addresses nor family names.
 */
const RULES: Readonly<Record<string, AccessSource>> = {
  contacts: {
    owner: 'note',
    rules: [
      { role: 'crm_user', read: { sql: `company is distinct from 'Secret'` }, write: 'own', hidden: ['credit_limit', 'birthday'], readOnly: ['job_title'] },
      { role: 'crm_auditor', read: { sql: 'not private' }, write: 'none', hidden: ['emails', 'family_name', 'note'], readOnly: [] },
    ],
  },
  tasks: { rules: [{ role: 'crm_user', read: 'none', write: 'none', hidden: [], readOnly: [] }] },
};
const [UWE, EVA] = ['uwe@crm.example', 'eva@crm.example'];

let the: SignedInCrm;
let eva: Requests;
const ids: Record<'uwe' | 'eva' | 'secret' | 'private' | 'task', string> = { uwe: '', eva: '', secret: '', private: '', task: '' };

async function attach(rules: Readonly<Record<string, AccessSource>>): Promise<void> {
  const { links } = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, appointments, tasks] }] });
  const pool = createPool(the.crm.adminUrl, { applicationName: 'test', maxConnections: 2 });
  try {
    for (const { tenant, environment, link, collections } of links) {
      const sources = collections.map((collection) => ({ ...collectionSource(collection), access: rules[collection.name] }));
      for (const { plan } of await planCollections(pool, { tenant, environment, link }, 'crm', sources))
        if (plan !== undefined) await attachTable(pool, [plan]);
    }
  } finally {
    await pool.end();
  }
}

beforeAll(async () => {
  the = await startSignedInCrm();
  await the.crm.addUser(EVA, 'user');
  eva = await the.crm.signIn(EVA);
  const { rows } = await the.crm.admin.query<{ id: string }>(
    `insert into crm.contacts (family_name, given_name, company, note, emails, credit_limit, birthday, private) values
       ('Uweson', 'Una', 'Open', $1, '[{"label": "", "value": "una@canary.example"}]', 4711, '1971-01-01', false),
       ('Evason', 'Eve', 'Open', $2, '[]', 4712, '1972-02-02', false), ('Canary', 'Cy', 'Secret', $1, '[]', 4713, '1973-03-03', false),
       ('Shyson', 'Sy', 'Open', $1, '[]', 4714, '1974-04-04', true) returning id`,
    [UWE, EVA],
  );
  [ids.uwe, ids.eva, ids.secret, ids.private] = rows.map(({ id }) => id) as [string, string, string, string];
  ids.task = (await the.crm.admin.query<{ id: string }>(`insert into crm.tasks (subject) values ('canary task') returning id`)).rows[0]?.id ?? '';
  await attach(RULES);
  await the.crm.admin.query(`update crm.contacts set credit_limit = 4715, given_name = 'Una Canary' where id = $1`, [ids.uwe]);
  await the.crm.admin.query(`update crm.contacts set given_name = 'Una' where id = $1`, [ids.uwe]);
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

describe('an integration administrator whom a rule names', () => {
  const numbers: Record<'open' | 'hidden' | 'readOnly' | 'secret' | 'aside' | 'secretAside', number> = {
    open: 0,
    hidden: 0,
    readOnly: 0,
    secret: 0,
    aside: 0,
    secretAside: 0,
  };
  beforeAll(async () => {
    const own = { role: 'crm_admin', read: { sql: `company is distinct from 'Secret'` }, write: 'all', hidden: ['birthday'], readOnly: ['job_title'] } as const;
    await attach({ ...RULES, contacts: { ...RULES['contacts'], rules: [...(RULES['contacts']?.rules ?? []), own] } });
    const { admin } = the.crm;
    const numberOf = async (table: string): Promise<number> =>
      Number((await admin.query<{ id: string }>(`select max(id)::text as id from tidegate.${table}`)).rows[0]?.id);
    for (const [name, key, field] of [
      ['open', ids.uwe, 'company'],
      ['hidden', ids.uwe, 'birthday'],
      ['readOnly', ids.uwe, 'jobTitle'],
      ['secret', ids.secret, 'company'],
    ] as const) {
      await clash(admin, 'contacts', key, field);
      numbers[name] = await numberOf('conflict');
    }
    await admin.query(`update tidegate.conflict set outcome = 'review'`);
    for (const [name, key] of [
      ['aside', ids.uwe],
      ['secretAside', ids.secret],
    ] as const) {
      await setAside(admin, 'contacts', key);
      numbers[name] = await numberOf('quarantine');
    }
    await admin.query(`update tidegate.quarantine set record = '{"note": "seen", "birthday": "1999-09-09"}'`);
  });
  afterAll(async () => {
    await the.crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine');
    await attach(RULES);
  });
  const reason = 'it was meant';
  const decide = (path: string, body: object = { reason }) => the.ada('POST', `/api/${path}`, body);

  it('is shown what waits of records and fields that the rule opens, and nothing else', async () => {
    expect((await the.ada('GET', `/api/conflicts/${numbers.open}`)).json()).toMatchObject({ crmValue: 'here', cloudValue: 'there' });
    expect((await the.ada('GET', `/api/conflicts/${numbers.hidden}`)).json()).toMatchObject({ crmValue: null, cloudValue: null });
    expect((await the.ada('GET', `/api/conflicts/${numbers.secret}`)).json()).toMatchObject(NOT_FOUND);
    const aside = await the.ada('GET', `/api/set-aside/${numbers.aside}`);
    expect(aside.json<{ record: object }>().record).toEqual({ note: 'seen' });
    expect(aside.body).not.toContain('1999');
    expect((await the.ada('GET', `/api/set-aside/${numbers.secretAside}`)).json()).toMatchObject(NOT_FOUND);
    const { rows, total } = (await the.ada('GET', '/api/conflicts')).json<{ rows: { id: string }[]; total: number }>();
    expect([rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b), total]).toEqual([[numbers.open, numbers.hidden, numbers.readOnly], 3]);
  });

  it('decides about nothing that is hidden, and writes no field that is read only', async () => {
    the.crm.control.calls.length = 0;
    for (const act of ['keep', 'restore']) expect((await decide(`conflicts/${numbers.secret}/${act}`)).json()).toMatchObject(NOT_FOUND);
    for (const act of ['retry', 'discard']) expect((await decide(`set-aside/${numbers.secretAside}/${act}`)).json()).toMatchObject(NOT_FOUND);
    for (const field of ['hidden', 'readOnly'] as const) expect((await decide(`conflicts/${numbers[field]}/restore`)).json()).toMatchObject(DENIED_FIELD);
    for (const field of ['birthday', 'jobTitle'])
      expect((await decide(`set-aside/${numbers.aside}/edit`, { reason, values: { note: 'x', [field]: 'y' } })).json()).toMatchObject({
        ...DENIED_FIELD,
        facts: { field },
      });
    expect((await decide(`set-aside/${numbers.secretAside}/edit`, { reason, values: { note: 'x' } })).json()).toMatchObject(NOT_FOUND);
    expect(the.crm.control.calls).toEqual([]);
    expect((await decide(`conflicts/${numbers.open}/restore`)).statusCode).toBe(202);
    expect((await decide(`set-aside/${numbers.aside}/edit`, { reason, values: { note: 'x' } })).statusCode).toBe(202);
    expect(the.crm.control.calls.map((call) => call.act)).toEqual(['release', 'release']);
  });

  it('decides all alike for the cloud, but for what the rule keeps', async () => {
    the.crm.control.calls.length = 0;
    const answer = (await decide('conflicts/decide', { side: 'cloud', reason })).json<{ decided: number; refused: { id: string; code: string }[] }>();
    expect(answer).toMatchObject({ decided: 1 });
    expect(answer.refused).toEqual([
      { id: String(numbers.hidden), code: 'field-denied' },
      { id: String(numbers.readOnly), code: 'field-denied' },
      { id: String(numbers.secret), code: 'record-not-found' },
    ]);
    // What stands may stay as it is, of whatever field: nothing is written.
    const kept = (await decide('conflicts/decide', { side: 'crm', reason })).json<{ decided: number; refused: object[] }>();
    expect(kept).toMatchObject({ decided: 3, refused: [{ code: 'record-not-found' }] });
  });

  it('sees of a plan what the rule opens', async () => {
    const plan = randomUUID();
    await the.crm.admin.query(
      `insert into tidegate.plan (id, link, direction, collections, sample, requested_by, state, result, expires_at)
       values ($1, $2, 'reverse', '{}', 5, 'ada', 'done', '[]', now() + interval '1 hour')`,
      [plan, TEST_LINK],
    );
    await the.crm.admin.query(
      `insert into tidegate.plan_difference (plan_id, n, collection, key, op, outcome, field, before, after) values
         ($1, 0, 'contacts', array[$2], 'U', 'update', 'note', 'old', 'new'), ($1, 1, 'contacts', array[$2], 'U', 'update', 'birthday', '1971-01-01', '1999-09-09'),
         ($1, 2, 'contacts', array[$3], 'U', 'update', 'note', 'canary', 'canary')`,
      [plan, ids.uwe, ids.secret],
    );
    const answer = await the.ada('GET', `/api/plans/${plan}`);
    const shown = answer.json<{ differences: { field: string; before: string | null; after: string | null }[] }>().differences;
    expect(shown.map(({ field, before, after }) => [field, before, after])).toEqual([
      ['note', 'old', 'new'],
      ['birthday', null, null],
    ]);
    expect(answer.body).not.toMatch(/canary|1999/);
  });

  it('has no calendar of appointments whose times are hidden', async () => {
    const range = 'from=2026-07-01&to=2026-07-31';
    expect((await the.ada('GET', `/api/calendar?${range}`)).statusCode).toBe(200);
    await attach({ appointments: { rules: [{ role: 'crm_admin', read: 'all', write: 'all', hidden: ['ends_at'], readOnly: [] }] } });
    expect((await the.ada('GET', `/api/calendar?${range}`)).json()).toMatchObject({ ...DENIED_FIELD, facts: { field: 'endsAt' } });
  });
});

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
