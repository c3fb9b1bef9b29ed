import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attachTable } from '../../../../adaptor/data/capture/attach.ts';
import { detachTable } from '../../../../adaptor/data/capture/detach.ts';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import type { AccessSource } from '../../../../adaptor/data/describe-collection.ts';
import { attemptAs, DENIED } from '../../../support/attempt.ts';
import { type AppStore, createAppStore, planFor } from '../../../support/captured-table.ts';

/* Rules of configuration for the users of a CRM's application, tried by connecting as each of its roles. Roles are the cluster's: their names are this file's own. */
const ROLES = {
  clerk: `clerk_${randomUUID().slice(0, 8)}`,
  auditor: `auditor_${randomUUID().slice(0, 8)}`,
  other: `other_${randomUUID().slice(0, 8)}`,
} as const;
type Role = keyof typeof ROLES;

const TABLE = { table: 'deals', fields: ['id', 'name', 'stage'] } as const;
const access: AccessSource = {
  owner: 'owner',
  rules: [
    { role: ROLES.clerk, read: { sql: `stage <> 'secret' -- comment` }, write: 'own', hidden: ['margin'], readOnly: ['stage'] },
    { role: ROLES.auditor, read: 'all', write: 'none', hidden: [], readOnly: [] },
  ],
};

let store: AppStore<'crm'>;
let admin: Pool;

beforeAll(async () => {
  store = await createAppStore('crm');
  admin = store.admin;
  for (const role of Object.values(ROLES)) await admin.query(`create role ${role} login password 'word'`);
});
afterAll(async () => {
  await admin.query(`drop schema app cascade`);
  for (const role of Object.values(ROLES)) await admin.query(`drop owned by ${role}; drop role ${role}`);
  await store[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await detachTable(admin, 'crm', { schema: 'app', table: 'deals' }).catch(() => undefined);
  await admin.query(`drop table if exists app.deals;
    create table app.deals (id int primary key, name text, stage text not null default 'open', owner text, margin numeric);
    insert into app.deals values (1, 'a', 'open', 'ann', 1), (2, 'b', 'open', 'bob', 2), (3, 'c', 'secret', 'ann', 3);
    grant usage on schema app to ${ROLES.other}; grant select, update on app.deals to ${ROLES.other}`);
});

const attach = async (rules: AccessSource | undefined = access) => attachTable(admin, [await planFor(admin, 'crm', { ...TABLE, access: rules })]);

function as(role: Role, user: string | undefined, ...statements: string[]) {
  const url = new URL(store.database.adminUrl);
  url.username = ROLES[role];
  url.password = 'word';
  return attemptAs(url.href, statements, user === undefined ? {} : { settings: { 'tidegate.user': user } });
}

describe('row rules', () => {
  beforeEach(() => attach());

  test('which records a role reads', async () => {
    expect(await as('clerk', 'ann', 'select id from app.deals order by id')).toMatchObject({ count: 2 });
    expect(await as('auditor', undefined, 'select id from app.deals')).toMatchObject({ count: 3 });
  });

  test('which it writes: its own, and only as long as they are its own', async () => {
    expect(await as('clerk', 'ann', `update app.deals set name = 'x' where id = 1`)).toMatchObject({ count: 1 });
    expect(await as('clerk', 'ann', `update app.deals set name = 'x' where id = 2`)).toMatchObject({ count: 0 });
    expect(await as('clerk', 'ann', `delete from app.deals where id = 2`)).toMatchObject({ count: 0 });
    expect(await as('clerk', 'ann', `update app.deals set owner = 'bob' where id = 1`)).toEqual(DENIED);
    expect(await as('clerk', 'ann', `insert into app.deals (id, name, owner) values (9, 'n', 'bob')`)).toEqual(DENIED);
    expect(await as('clerk', 'ann', `insert into app.deals (id, name, owner) values (9, 'n', 'ann')`)).toMatchObject({ count: 1 });
  });

  test('nobody’s records are those of a session that names no user', async () => {
    await admin.query(`update app.deals set owner = '' where id = 1; update app.deals set owner = null where id = 2`);
    for (const user of [undefined, '']) expect(await as('clerk', user, `update app.deals set name = 'x'`)).toMatchObject({ count: 0 });
  });

  test('a setting of the transaction is gone with it', async () => {
    expect(await as('clerk', 'ann', `commit; update app.deals set name = 'x'`)).toMatchObject({ count: 0 });
  });

  test('another role keeps what it had', async () => {
    expect(await as('other', undefined, 'select margin from app.deals')).toMatchObject({ count: 3 });
    expect(await as('other', undefined, `update app.deals set stage = 'x'`)).toMatchObject({ count: 3 });
  });

  test('no policy of the customer’s widens a rule', async () => {
    await admin.query('create policy everything on app.deals using (true)');
    expect(await as('clerk', 'ann', 'select id from app.deals')).toMatchObject({ count: 2 });
  });
});

describe('field rules', () => {
  beforeEach(() => attach());

  test.each<[Role, string, string]>([
    ['clerk', 'reads a hidden column', 'select margin from app.deals'],
    ['clerk', 'finds out about it', 'select id from app.deals where margin > 1'],
    ['clerk', 'reads everything', 'select * from app.deals'],
    ['clerk', 'writes a hidden column', 'update app.deals set margin = 0 where id = 1'],
    ['clerk', 'writes a read-only column', `update app.deals set stage = 'won' where id = 1`],
    ['clerk', 'gives a new record one', `insert into app.deals (id, owner, stage) values (9, 'ann', 'won')`],
    ['clerk', 'changes a key', 'update app.deals set id = 9 where id = 1'],
    ['clerk', 'truncates', 'truncate app.deals'],
    ['clerk', 'switches the rules off', 'alter table app.deals disable row level security'],
    ['clerk', 'makes a rule of its own', 'create policy mine on app.deals using (true)'],
    ['clerk', 'reads the control plane', 'select from tidegate.change_log'],
    ['auditor', 'writes', `update app.deals set name = 'x'`],
    ['auditor', 'adds', 'insert into app.deals (id) values (9)'],
    ['auditor', 'deletes', 'delete from app.deals'],
  ])('the %s is refused where it %s', async (role, _what, statement) => {
    expect(await as(role, 'ann', statement)).toEqual(DENIED);
  });

  test('a column that comes later is hidden until the table is attached again', async () => {
    await admin.query('alter table app.deals add column later text');
    expect(await as('auditor', undefined, 'select later from app.deals')).toEqual(DENIED);
    await attach();
    expect(await as('auditor', undefined, 'select later from app.deals')).toMatchObject({ count: 3 });
  });
});

test('attaching again changes nothing, and other rules take the place of the first', async () => {
  await attach();
  expect((await attach()).current).toBe(true);
  await attach({ rules: [{ role: ROLES.clerk, read: 'all', write: 'none', hidden: [], readOnly: [] }] });
  expect(await as('clerk', 'ann', 'select margin from app.deals')).toMatchObject({ count: 3 });
  expect(await as('clerk', 'ann', `update app.deals set name = 'x'`)).toEqual(DENIED);
  expect(await as('auditor', undefined, 'select from app.deals')).toEqual(DENIED);
});

test.each(['rules taken out of the configuration', 'detaching'])('%s leaves nothing of them behind', async (how) => {
  const state = () =>
    controlRows(
      admin,
      `select relrowsecurity, relforcerowsecurity, (select count(*) from pg_policy where polrelid = c.oid) as policies from pg_class c where oid = 'app.deals'::regclass`,
    );
  await attach();
  if (how === 'detaching') await detachTable(admin, 'crm', { schema: 'app', table: 'deals' });
  else await attachTable(admin, [await planFor(admin, 'crm', TABLE)]);
  expect(await state()).toEqual([{ relrowsecurity: false, relforcerowsecurity: false, policies: 0 }]);
  expect(await as('clerk', 'ann', 'select id from app.deals')).toEqual(DENIED);
});

test('a customer’s own row level security stays as it was', async () => {
  await admin.query(`alter table app.deals enable row level security; create policy mine on app.deals to ${ROLES.other} using (id = 1)`);
  await attach();
  expect(await as('other', undefined, 'select id from app.deals')).toMatchObject({ count: 1 });
  expect(await as('clerk', 'ann', 'select id from app.deals')).toMatchObject({ count: 2 });
  await detachTable(admin, 'crm', { schema: 'app', table: 'deals' });
  expect(await as('other', undefined, 'select id from app.deals')).toMatchObject({ count: 1 });
});

test.each<[string, Partial<AccessSource['rules'][number]>, RegExp]>([
  ['a role that is not there', { role: 'nobody_here' }, /there is no role nobody_here/],
  ['a column that is not there', { hidden: ['nothing'] }, /"nothing" is not in/],
  ['a hidden key', { hidden: ['id'] }, /a column of the key cannot be hidden/],
])('%s is refused with its name', async (_what, change, message) => {
  const rule = { role: ROLES.clerk, read: 'all', write: 'none', hidden: [], readOnly: [], ...change } as const;
  await expect(attach({ rules: [rule] })).rejects.toMatchObject({ code: 'configuration-invalid', message: expect.stringMatching(message) as string });
});
