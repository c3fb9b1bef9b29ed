import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantCollection, revokeCollection } from '../../../../adaptor/data/roles/collection-grants.ts';
import { tenantRuleStatements } from '../../../../adaptor/data/roles/tenant-rule.ts';
import { attemptAs, DENIED } from '../../../support/attempt.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../../../support/migrated-database.ts';

type Role = keyof MigratedDatabase<'cloud'>['urls'];

const WORKERS = ['tidegate_producer', 'cloud_user'] as const;

let database: MigratedDatabase<'cloud'>;
let registrar: Client;

beforeAll(async () => {
  database = await createMigratedDatabase('cloud');
  registrar = new Client({ connectionString: database.urls.tidegate_registrar });
  await registrar.connect();
  const rows = `
    insert into cloud.employees (tenant, email, name) values ('north', 'n@example.org', 'N'), ('south', 's@example.org', 'S');
    insert into cloud.people (tenant, id, last_name) values ('north', '11111111-1111-4111-8111-111111111111', 'Ash'), ('south', '22222222-2222-4222-8222-222222222222', 'Birch');
    insert into cloud.events (tenant, uid, title) values ('north', 'a', 'A'), ('south', 'b', 'B');
    insert into cloud.todos (tenant, title) values ('north', 'A'), ('south', 'B')`;
  expect(await attemptAs(database.adminUrl, rows, { commit: true })).not.toHaveProperty('refused');
});

afterAll(async () => {
  await registrar.end();
  await database.drop();
});

const as = (role: Role, tenant: string | undefined, ...statements: string[]) =>
  attemptAs(database.urls[role], statements, tenant === undefined ? {} : { settings: { 'tidegate.tenant': tenant } });

describe('the row rule: a session works for the tenant that it names', () => {
  test.each(['people', 'events', 'todos'])('in %s it sees its own rows, and without a name none', async (table) => {
    for (const role of WORKERS) {
      expect(await as(role, 'north', `select tenant from cloud.${table}`)).toMatchObject({ rows: [{ tenant: 'north' }] });
      expect(await as(role, 'west', `select tenant from cloud.${table}`)).toMatchObject({ rows: [] });
      expect(await as(role, undefined, `select tenant from cloud.${table}`)).toMatchObject({ rows: [] });
      expect(await as(role, '', `select tenant from cloud.${table}`)).toMatchObject({ rows: [] });
    }
  });

  test('it holds the owner of every table too', async () => {
    const rules = `select relname from pg_class where relnamespace = 'cloud'::regnamespace and relkind = 'r' and relname <> '_prisma_migrations' and not (relrowsecurity and relforcerowsecurity)`;
    expect(await attemptAs(database.adminUrl, rules)).toMatchObject({ rows: [] });
  });

  test('employees of other tenants are not seen either', async () => {
    expect(await as('cloud_user', 'south', 'select name from cloud.employees')).toMatchObject({ rows: [{ name: 'S' }] });
    expect(await as('tidegate_producer', 'south', 'select from cloud.employees')).toEqual(DENIED);
    expect(await as('cloud_user', 'south', `update cloud.employees set name = 'X'`)).toEqual(DENIED);
  });

  test('what was done with employees is added, and changed or deleted by nobody; each tenant has its own', async () => {
    const add = (tenant: string) =>
      `insert into cloud.employee_acts (tenant, act, employee, acted_by) values ('${tenant}', 'disabled', 'n@example.org', 'a@example.org')`;
    const page = (...statements: string[]) => as('cloud_page', 'north', ...statements);
    expect(await page(add('north'), 'select act from cloud.employee_acts')).toMatchObject({ rows: [{ act: 'disabled' }] });
    expect(await page(add('south'))).toEqual(DENIED);
    expect(await as('cloud_page', undefined, add('north'))).toEqual(DENIED);
    for (const statement of [`update cloud.employee_acts set acted_by = 'nobody'`, 'delete from cloud.employee_acts', 'truncate cloud.employee_acts'])
      expect(await page(statement)).toEqual(DENIED);
    for (const role of ['cloud_user', 'tidegate_producer', 'tidegate_registrar'] as const)
      expect(await as(role, 'north', 'select from cloud.employee_acts')).toEqual(DENIED);
    expect(await page(add('north').replace('disabled', 'promoted'))).toEqual({ refused: '23514' });
  });

  test('it does not change, delete or add rows of another tenant', async () => {
    for (const role of WORKERS) {
      expect(await as(role, 'north', `update cloud.people set last_name = 'X' where tenant = 'south'`)).toMatchObject({ count: 0 });
      expect(await as(role, 'north', `delete from cloud.todos where tenant = 'south'`)).toMatchObject({ count: 0 });
      expect(await as(role, 'north', `insert into cloud.people (tenant, last_name) values ('south', 'X')`)).toEqual(DENIED);
      expect(await as(role, undefined, `insert into cloud.people (tenant, last_name) values ('north', 'X')`)).toEqual(DENIED);
      expect(await as(role, 'north', `insert into cloud.people (tenant, last_name) values ('north', 'X')`)).toMatchObject({ count: 1 });
    }
  });

  test('the producer cannot move a row to another tenant', async () => {
    expect(await as('tidegate_producer', 'north', `update cloud.events set tenant = 'south'`)).toEqual(DENIED);
  });

  test('a merge with the key of another tenant makes a row of its own and betrays nothing', async () => {
    const merge = `
      merge into cloud.people as t using (values ('north', '22222222-2222-4222-8222-222222222222'::uuid)) as s (tenant, id) on t.tenant = s.tenant and t.id = s.id
      when matched then update set last_name = 'X'
      when not matched then insert (tenant, id, last_name) values (s.tenant, s.id, 'X')
      returning merge_action()`;
    expect(await as('tidegate_producer', 'north', merge)).toMatchObject({ rows: [{ merge_action: 'INSERT' }] });
  });

  test('the registrar, which passes rights on, is shown no row', async () => {
    expect(await as('tidegate_registrar', undefined, 'select from cloud.people')).toMatchObject({ count: 0 });
  });
});

describe('the field rule: employees change fields that the cloud may change', () => {
  test.each([
    [`update cloud.people set first_name = 'X'`, { count: 1 }],
    [`update cloud.people set organisation = 'X'`, DENIED],
    [`update cloud.events set title = 'X'`, { count: 1 }],
    [`update cloud.events set uid = 'X'`, DENIED],
    [`update cloud.events set attendees = '[]'`, DENIED],
    [`update cloud.todos set status = 'COMPLETED'`, { count: 1 }],
    [`update cloud.todos set tenant = 'south'`, DENIED],
    [`update cloud.todos set id = gen_random_uuid()`, DENIED],
    ['truncate cloud.todos', DENIED],
    [`insert into cloud.people (tenant, organisation) values ('north', 'X')`, { count: 1 }],
    [`delete from cloud.people`, { count: 1 }],
  ])('before a registration: %s', async (statement, outcome) => {
    expect(await as('cloud_user', 'north', statement)).toMatchObject(outcome);
  });

  test('a registration replaces it, provisioning again keeps it, and what belongs to the producer stays', async () => {
    const grant = {
      schema: 'cloud',
      table: 'people',
      keyColumns: ['tenant', 'id'],
      readColumns: ['last_name'],
      insertColumns: ['last_name'],
      updateColumns: ['last_name'],
      deletable: true,
    };
    await grantCollection(registrar, grant, 'cloud_user');
    expect(await as('cloud_user', 'north', `update cloud.people set last_name = 'X'`)).toMatchObject({ count: 1 });
    expect(await as('cloud_user', 'north', `update cloud.people set first_name = 'X'`)).toEqual(DENIED);
    expect(await as('tidegate_producer', 'north', `update cloud.people set first_name = 'X'`)).toMatchObject({ count: 1 });
    expect(await as('cloud_user', 'north', `update cloud.events set title = 'X'`)).toMatchObject({ count: 1 });
  });
});

describe('the registrar', () => {
  test('makes tables for collections, under the row rule, and grants them', async () => {
    await registrar.query('create table records.orders (tenant text not null, id int not null, amount numeric, primary key (tenant, id))');
    for (const statement of tenantRuleStatements('records', 'orders', 'tenant')) await registrar.query(statement);
    const grant = {
      schema: 'records',
      table: 'orders',
      keyColumns: ['tenant', 'id'],
      readColumns: ['amount'],
      insertColumns: ['amount'],
      updateColumns: ['amount'],
      deletable: true,
    };
    await grantCollection(registrar, grant, 'tidegate_producer');
    await grantCollection(registrar, { ...grant, updateColumns: [] }, 'cloud_user');
    const insert = (tenant: string) => `insert into records.orders (tenant, id, amount) values ('${tenant}', 1, 2)`;
    expect(await as('tidegate_producer', 'north', insert('north'))).toMatchObject({ count: 1 });
    expect(await as('tidegate_producer', 'north', insert('south'))).toEqual(DENIED);
    expect(await as('cloud_user', 'north', 'update records.orders set amount = 1')).toEqual(DENIED);
    // FORCE: the owner of the table sees no tenant's rows without a name.
    await attemptAs(database.urls.tidegate_producer, insert('north'), { settings: { 'tidegate.tenant': 'north' }, commit: true });
    expect(await as('tidegate_registrar', undefined, 'select from records.orders')).toMatchObject({ count: 0 });
    expect(await as('tidegate_registrar', 'north', 'select from records.orders')).toMatchObject({ count: 1 });
    // Again, as every registration does.
    for (const statement of tenantRuleStatements('records', 'orders', 'tenant')) await registrar.query(statement);
    await revokeCollection(registrar, grant, 'cloud_user');
    expect(await as('cloud_user', 'north', 'select amount from records.orders')).toEqual(DENIED);
  });

  test('captures the applications: trigger and function are its own', async () => {
    expect(
      await attemptAs(
        database.urls.tidegate_registrar,
        [
          `create function tidegate.capture_test() returns trigger language plpgsql security definer set search_path = pg_catalog as $$
         begin
           insert into tidegate.change_log (source, key, op) values (1, '{a}', 'U');
           return null;
         end $$`,
          'create trigger capture_test after update on cloud.people for each statement execute function tidegate.capture_test()',
          `select 1 as ok`,
        ],
        { commit: true },
      ),
    ).toMatchObject({ rows: [{ ok: 1 }] });
    await attemptAs(database.urls.cloud_user, `update cloud.people set last_name = 'Cedar'`, { settings: { 'tidegate.tenant': 'north' }, commit: true });
    expect(await as('tidegate_producer', undefined, `select op from tidegate.change_log`)).toMatchObject({ rows: [{ op: 'U' }] });
  });
});

describe('the control plane', () => {
  test.each([
    ['cloud_user', 'select from tidegate.change_log'],
    ['cloud_user', 'select from tidegate.window'],
    ['tidegate_producer', `insert into tidegate.trusted_key (kid, party, jwk, not_before, not_after) values ('k', 'p', '{}', now(), now())`],
    [
      'tidegate_producer',
      `insert into tidegate.accepted_message (message_id, link, digest, orders, expires_at) values (gen_random_uuid(), 'l', 'd', '[]', now())`,
    ],
    ['tidegate_producer', 'create table records.mine (id int)'],
    ['tidegate_producer', `update tidegate.change_log set op = 'U'`],
    ['tidegate_registrar', 'select from tidegate.trusted_key'],
    ['tidegate_registrar', 'select from tidegate.used_id'],
    ['tidegate_registrar', 'update tidegate.channel set ordinal = 9'],
    ['tidegate_registrar', 'drop table cloud.people'],
  ] as const)('%s may not: %s', async (role, statement) => {
    expect(await as(role, 'north', statement)).toEqual(DENIED);
  });

  test.each([
    ['tidegate_producer', `insert into tidegate.used_id (issuer, id, purpose, expires_at) values ('i', gen_random_uuid(), 'proof', now())`],
    ['tidegate_producer', `insert into tidegate.link (name, tenant, environment, link) values ('a/b/c', 'a', 'b', 'c')`],
    ['tidegate_producer', `insert into tidegate.change_log (source, key, op) values (1, '{a}', 'U')`],
    ['tidegate_registrar', `insert into tidegate.source (schema_name, table_name, key_columns, columns) values ('s', 't', '{a}', '{b}')`],
    ['tidegate_registrar', `insert into tidegate.registration (link, collection, hash, definition, jws) values ('l', 'c', 'h', '{}', 'j')`],
  ] as const)('%s may: %s', async (role, statement) => {
    expect(await as(role, 'north', statement)).toMatchObject({ count: 1 });
  });
});
