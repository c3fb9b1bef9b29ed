import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertRolesSafe } from '../../adaptor/data/roles/assert-roles-safe.ts';
import { provisionRoles } from '../../adaptor/data/roles/provision-roles.ts';
import { type CloudAccess, employeeRoleName } from '../../cloud/service-manager/employee-access.ts';
import { applyEdits } from '../../cloud/service-manager/apply-edits.ts';
import { assertAccessProvisioned, provisionAccess } from '../../cloud/service-manager/provision-access.ts';
import { prepareCollection } from '../../cloud/service-manager/register-collection.ts';
import { checkCloudConfig } from '../../configuration/load-config.ts';
import { type EmployeeRequests, startTestCloudPage, type TestCloudPage } from '../cloud/page/test-cloud-page.ts';
import { CONTACTS, LINK, OTHER_LINK, SALES } from '../cloud/service-manager/service-manager-fixture.ts';
import { attemptAs, DENIED } from '../support/attempt.ts';
import { codeOf } from '../support/code-of.ts';
import { testPasswords } from '../support/migrated-database.ts';

/*
 * Rules of access of the third party for its own users, tried at its page's API and by SQL in the roles that the page takes on:
 * editors of acme see all contacts that are not secret and write their own, without companies; readers see neither addresses nor
 * notes; products are their owners' alone. Globex has no rules.
 */
const { access } = checkCloudConfig({
  access: [
    {
      tenant: 'acme',
      collection: 'contacts',
      owner: 'owner',
      rules: [
        { role: 'editor', read: { sql: `last_name <> 'Secret' -- comment` }, write: 'own', hidden: ['company'], readOnly: ['note'] },
        { role: 'reader', hidden: ['emails', 'note'] },
      ],
    },
    { tenant: 'acme', collection: 'products', owner: 'series', rules: [{ role: 'editor', read: 'own', write: 'own' }] },
    { tenant: 'acme', collection: 'tasks', rules: [{ role: 'editor', write: 'none' }] },
    { tenant: 'acme', collection: 'sales', rules: [{ role: 'editor', write: 'all', hidden: ['amount'] }] },
  ],
});

interface Row {
  readonly key: Record<string, string>;
  readonly version: string;
  readonly values: Record<string, string | null>;
}

let page: TestCloudPage;
let kim: EmployeeRequests;
let lee: EmployeeRequests;
let rea: EmployeeRequests;
let glo: EmployeeRequests;
let own: Row;
let others: Row;
const [KIM, LEE] = ['kim@acme.example', 'lee@acme.example'];

beforeAll(async () => {
  page = await startTestCloudPage();
  await page.addEmployee('acme', LEE);
  [kim, lee, rea, glo] = (await Promise.all([KIM, LEE, 'rea@acme.example', 'glo@globex.example'].map((email) => page.signIn(email)))) as [
    EmployeeRequests,
    EmployeeRequests,
    EmployeeRequests,
    EmployeeRequests,
  ];
  await page.store.register(OTHER_LINK, CONTACTS);
  await provisionAccess(page.store.database.adminUrl, access);
  own = await add(kim, 'contacts', { givenName: 'Kim’s', familyName: 'One' });
  others = await add(lee, 'contacts', { givenName: 'Lee’s', familyName: 'Two' });
  await page.store.admin.query(
    `update cloud.people set organisation = 'Company canary', notes = 'Note canary', emails = '[{"label": "", "value": "mail@canary"}]' where tenant = 'acme'`,
  );
  await page.store.admin.query(`insert into cloud.people (tenant, last_name, owner) values ('acme', 'Secret', $1), ('globex', 'Global', $1)`, [KIM]);
  await page.store.admin.query(`insert into cloud.todos (tenant, title) values ('acme', 'Given')`);
});
afterAll(async () => {
  await provisionAccess(page.store.database.adminUrl, []);
  await page[Symbol.asyncDispose]();
});

async function add(as: EmployeeRequests, collection: string, values: Record<string, string>): Promise<Row> {
  const answer = await as('POST', `/api/records/${collection}`, { values });
  expect([answer.statusCode, answer.body]).toEqual([201, expect.any(String)]);
  return answer.json<Row>();
}
const list = async (as: EmployeeRequests, collection = 'contacts', query = ''): Promise<{ rows: Row[]; total: number }> =>
  (await as('GET', `/api/records/${collection}${query}`)).json();
const read = async (as: EmployeeRequests, { key }: Row, collection = 'contacts') =>
  (await as('GET', `/api/records/${collection}/one?key=${encodeURIComponent(JSON.stringify(key))}`)).json<Row>();
const asRole = (role: 'editor' | 'reader', email: string | undefined, ...statements: string[]) =>
  attemptAs(page.store.database.urls.cloud_user, [`set local role "${employeeRoleName('acme', role)}"`, ...statements], {
    settings: { 'tidegate.tenant': 'acme', ...(email === undefined ? {} : { 'tidegate.user': email }) },
  });
const DENIED_RECORD = { status: 403, code: 'record-denied', noUpdate: 'No update was performed.' };
const DENIED_FIELD = { status: 403, code: 'field-denied', noUpdate: 'No update was performed.' };
const people = async () => (await page.store.admin.query(`select * from cloud.people order by id`)).rows;

describe('another employee’s record', () => {
  it('is read where the rules say so, and not changed, deleted or taken over', async () => {
    const before = await people();
    const { version } = await read(kim, others);
    expect((await kim('PATCH', '/api/records/contacts', { key: others.key, version, set: { givenName: 'X' } })).json()).toMatchObject(DENIED_RECORD);
    expect((await kim('POST', '/api/records/contacts/remove', { key: others.key, version })).json()).toMatchObject(DENIED_RECORD);
    expect((await kim('PATCH', '/api/records/contacts', { key: others.key, version: own.version, set: { givenName: 'X' } })).json()).toMatchObject({
      code: 'version-conflict',
    });
    expect(await people()).toEqual(before);
    const mine = await read(kim, own);
    expect((await kim('PATCH', '/api/records/contacts', { key: own.key, version: mine.version, set: { givenName: 'Changed' } })).json()).toMatchObject({
      values: { givenName: 'Changed' },
    });
  });

  it('is not listed, found or read where the rules hide it', async () => {
    expect((await list(kim)).rows.map(({ values }) => values['familyName']).toSorted()).toEqual(['One', 'Two']);
    expect((await list(kim, 'contacts', '?search=secret')).total).toBe(0);
    const { rows } = await page.store.admin.query<{ id: string }>(`select id from cloud.people where last_name = 'Secret'`);
    const secret = { key: { id: rows[0]?.id ?? '' }, version: own.version, values: {} };
    expect(await read(kim, secret)).toMatchObject({ code: 'record-not-found' });
    expect((await kim('PATCH', '/api/records/contacts', { key: secret.key, version: secret.version, set: { givenName: 'X' } })).json()).toMatchObject({
      code: 'record-not-found',
    });
    expect(await read(rea, secret)).toMatchObject({ values: { familyName: 'Secret' } });
    // Nor made unseen.
    expect((await kim('POST', '/api/records/contacts', { values: { familyName: 'Secret' } })).json()).toMatchObject(DENIED_RECORD);
    const mine = await read(kim, own);
    expect((await kim('PATCH', '/api/records/contacts', { key: own.key, version: mine.version, set: { familyName: 'Secret' } })).json()).toMatchObject(
      DENIED_RECORD,
    );
  });

  it('of plain records is its owner’s alone', async () => {
    const made = await add(kim, 'products', { product: 'P1', series: KIM });
    expect((await list(lee, 'products')).total).toBe(0);
    expect(await read(lee, made, 'products')).toMatchObject({ code: 'record-not-found' });
    expect((await lee('POST', '/api/records/products/remove', { key: made.key, version: made.version })).json()).toMatchObject({ code: 'record-not-found' });
    expect((await kim('POST', '/api/records/products', { values: { product: 'P2', series: LEE } })).json()).toMatchObject(DENIED_RECORD);
    expect((await kim('PATCH', '/api/records/products', { key: made.key, version: made.version, set: { series: LEE } })).json()).toMatchObject(DENIED_RECORD);
    expect((await list(kim, 'products')).total).toBe(1);
  });

  it('is not reached by SQL in the employee’s role, whoever and of whichever tenant the session says it is', async () => {
    const id = others.key['id'] ?? '';
    expect(await asRole('editor', KIM, `update cloud.people set first_name = 'X' where id = '${id}'`)).toMatchObject({ count: 0 });
    expect(await asRole('editor', KIM, `delete from cloud.people where id = '${id}'`)).toMatchObject({ count: 0 });
    expect(await asRole('editor', undefined, `update cloud.people set first_name = 'X'`)).toMatchObject({ count: 0 });
    expect(await asRole('editor', KIM, `update cloud.people set owner = '${KIM}' where id = '${id}'`)).toEqual(DENIED);
    expect(await asRole('editor', KIM, `insert into cloud.people (tenant, last_name, owner) values ('acme', 'X', '${LEE}')`)).toEqual(DENIED);
    expect(await asRole('editor', KIM, 'select organisation from cloud.people')).toEqual(DENIED);
    expect(await asRole('editor', KIM, `select from cloud.people where organisation like 'C%'`)).toEqual(DENIED);
    expect(await asRole('editor', KIM, `update cloud.people set notes = 'X'`)).toEqual(DENIED);
    expect(await asRole('reader', KIM, `update cloud.people set first_name = 'X'`)).toEqual(DENIED);
    expect(await asRole('editor', KIM, 'create policy mine on cloud.people using (true)')).toEqual(DENIED);
    // A role is of one tenant.
    expect(await asRole('editor', KIM, `set local tidegate.tenant = 'globex'`, 'select from cloud.people')).toMatchObject({ count: 0 });
    // Who takes on no role sees nothing of a tenant that has rules.
    const plain = (tenant: string) =>
      attemptAs(page.store.database.urls.cloud_user, 'select from cloud.people', { settings: { 'tidegate.tenant': tenant, 'tidegate.user': KIM } });
    expect([await plain('acme'), await plain('globex')]).toMatchObject([{ count: 0 }, { count: 1 }]);
    for (const role of ['tidegate_producer', 'tidegate_registrar', 'cloud_page', 'postgres'])
      expect(await attemptAs(page.store.database.urls.cloud_user, `set role ${role}`)).toEqual(DENIED);
  });

  it('of a tenant without rules is as it was', async () => {
    expect((await list(glo)).rows).toMatchObject([{ values: { familyName: 'Global', company: null } }]);
    await add(glo, 'contacts', { familyName: 'Next', note: 'free' });
  });
});

describe('fields', () => {
  it('that are hidden are not sent, named, searched or sorted by', async () => {
    for (const [as, hidden, shown] of [
      [kim, ['company'], ['note', 'emails']],
      [rea, ['emails', 'note'], ['company']],
    ] as const) {
      const answers = [
        await as('GET', '/api/records/contacts'),
        await as('GET', `/api/records/contacts/one?key=${encodeURIComponent(JSON.stringify(own.key))}`),
      ];
      const collections = (await as('GET', '/api/collections')).json<{ rows: { name: string; fields: { name: string }[] }[] }>();
      const fields = collections.rows.find(({ name }) => name === 'contacts')?.fields.map(({ name }) => name);
      for (const field of hidden) {
        for (const { body } of answers) expect(body).not.toContain(`"${field}"`);
        expect(fields).not.toContain(field);
        expect((await as('GET', `/api/records/contacts?sort=${field}`)).json()).toMatchObject({ code: 'bad-request' });
      }
      expect(fields).toEqual(expect.arrayContaining([...shown]));
    }
    expect((await list(kim, 'contacts', '?search=company%20canary')).total).toBe(0);
    expect((await list(rea, 'contacts', '?search=company%20canary')).total).toBe(2);
    expect((await list(rea, 'contacts', '?search=mail@canary')).total).toBe(0);
  });

  it('that are hidden or read-only are not written, in old records and new ones', async () => {
    const { version } = await read(kim, own);
    for (const field of ['company', 'note', 'owner']) {
      expect((await kim('PATCH', '/api/records/contacts', { key: own.key, version, set: { [field]: 'X' } })).json()).toMatchObject({
        ...DENIED_FIELD,
        facts: { field },
      });
      expect((await kim('POST', '/api/records/contacts', { values: { familyName: 'X', [field]: 'X' } })).json()).toMatchObject(DENIED_FIELD);
      // Past the page's own checks, PostgreSQL refuses.
      const edit = { collection: 'contacts', key: own.key, set: { [field]: 'X' } };
      expect(await codeOf(applyEdits(page.store.employees, { tenant: 'acme', actor: KIM, edits: [edit] }))).toBe('field-denied');
    }
    const { rows } = (await kim('GET', '/api/collections')).json<{
      rows: { name: string; insertable: boolean; deletable: boolean; fields: { name: string; access: string }[] }[];
    }>();
    expect(rows.find(({ name }) => name === 'contacts')?.fields).toContainEqual(expect.objectContaining({ name: 'note', access: 'rule' }));
    expect(rows.find(({ name }) => name === 'tasks')).toMatchObject({ insertable: false, deletable: false });
    expect((await kim('POST', '/api/records/tasks', { values: { subject: 'X' } })).json()).toMatchObject(DENIED_RECORD);
    expect((await list(kim, 'tasks')).total).toBe(1);
    expect((await rea('POST', '/api/records/contacts', { values: { familyName: 'X' } })).json()).toMatchObject({ code: 'not-allowed' });
    expect(
      await codeOf(
        applyEdits(page.store.employees, { tenant: 'acme', actor: KIM, role: 'reader', edits: [{ collection: 'contacts', key: own.key, delete: true }] }),
      ),
    ).toBe('record-denied');
  });
});

describe('rules', () => {
  it('hold for collections that are registered later, from the first moment', async () => {
    await prepareCollection({ pool: page.store.pool, registrarPool: page.store.registrarPool }, LINK, SALES);
    // A producer that was told of no rules opens nothing.
    expect(await asRole('editor', KIM, 'select from records."acme$sales"')).toEqual(DENIED);
    await prepareCollection({ pool: page.store.pool, registrarPool: page.store.registrarPool, access }, LINK, SALES);
    await add(kim, 'sales', { id: '1' });
    expect((await list(kim, 'sales')).rows[0]?.values).toEqual({ id: '1', product: null });
    expect(await asRole('editor', KIM, 'select amount from records."acme$sales"')).toEqual(DENIED);
  });

  it('stay when roles are provisioned again, and when registrations are repeated', async () => {
    await provisionRoles(page.store.database.adminUrl, 'cloud', testPasswords('cloud'));
    await prepareCollection({ pool: page.store.pool, registrarPool: page.store.registrarPool, access }, LINK, CONTACTS);
    expect((await list(kim)).total).toBe(2);
    expect(await asRole('editor', KIM, 'select organisation from cloud.people')).toEqual(DENIED);
  });

  it.each<[string, CloudAccess[number]]>([
    ['an unknown field', { tenant: 'acme', collection: 'contacts', rules: [{ role: 'editor', read: 'all', write: 'all', hidden: ['salery'], readOnly: [] }] }],
    [
      'a field of the key that is hidden',
      { tenant: 'acme', collection: 'products', rules: [{ role: 'editor', read: 'all', write: 'all', hidden: ['product'], readOnly: [] }] },
    ],
    [
      'an owner that is nowhere',
      { tenant: 'acme', collection: 'tasks', owner: 'boss', rules: [{ role: 'editor', read: 'own', write: 'all', hidden: [], readOnly: [] }] },
    ],
  ])('with %s are refused, and those before stay', async (_what, wrong) => {
    expect(await codeOf(provisionAccess(page.store.database.adminUrl, [wrong]))).toBe('configuration-invalid');
    expect((await list(kim)).total).toBe(2);
  });

  it('with a condition that is no SQL are refused, and those before stay', async () => {
    const wrong = {
      tenant: 'acme',
      collection: 'tasks',
      rules: [{ role: 'editor', read: { sql: 'true) or (' }, write: 'all', hidden: [], readOnly: [] }],
    } as const;
    expect(await codeOf(provisionAccess(page.store.database.adminUrl, [wrong]))).toBe('database-refused');
    expect((await list(kim)).total).toBe(2);
  });

  it('are checked at a start: roles that are missing, and roles that could go round them', async () => {
    const admin = new Client({ connectionString: page.store.database.adminUrl });
    await admin.connect();
    const role = employeeRoleName('acme', 'editor');
    try {
      await assertAccessProvisioned(admin, access);
      const more = [{ ...access[0], tenant: 'initech' }] as CloudAccess;
      await expect(assertAccessProvisioned(admin, more)).rejects.toMatchObject({
        code: 'configuration-invalid',
        facts: { roles: ['cloud_editor$initech', 'cloud_reader$initech'] },
      });
      await assertRolesSafe(admin, ['cloud_page', 'cloud_user']);
      for (const [make, finding] of [
        [`alter role "${role}" bypassrls`, 'cloud_user: bypassrls'],
        [`grant tidegate_producer to "${role}"`, 'cloud_user: member of tidegate_producer'],
        [`alter table cloud.todos owner to "${role}"`, 'cloud_user: owns cloud.todos'],
      ] as const) {
        await admin.query('begin');
        await admin.query(make);
        await expect(assertRolesSafe(admin, ['cloud_user'])).rejects.toMatchObject({ code: 'role-unsafe', facts: { findings: [finding] } });
        await admin.query('rollback');
      }
    } finally {
      await admin.end();
    }
  });

  it('that are configured no more leave nothing behind', async () => {
    await provisionAccess(page.store.database.adminUrl, []);
    expect((await list(kim)).total).toBe(3);
    expect(await read(kim, own)).toMatchObject({ values: { company: 'Company canary' } });
    const { rows } = await page.store.admin.query(
      `select polname from pg_policy where starts_with(polname, 'tidegate_employee') union all select rolname from pg_roles where rolname ~ '^cloud_(editor|reader)[$]acme'`,
    );
    expect(rows).toEqual([]);
  });
});
