import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grantCollection, revokeCollection } from '../../../../adaptor/data/roles/collection-grants.ts';
import { attemptAs, DENIED } from '../../../support/attempt.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../../../support/migrated-database.ts';

const PUBLIC_ID = '11111111-1111-4111-8111-111111111111';
const PRIVATE_ID = '22222222-2222-4222-8222-222222222222';

let database: MigratedDatabase<'crm'>;
let admin: Client;

beforeAll(async () => {
  database = await createMigratedDatabase('crm');
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`insert into crm.contacts (id, family_name, private) values ('${PUBLIC_ID}', 'Ash', false), ('${PRIVATE_ID}', 'Birch', true)`);
  await admin.query(`insert into crm.appointments (uid, summary, starts_at, private) values ('a', 'open', now(), false), ('b', 'closed', now(), true)`);
  await admin.query(`insert into crm.tasks (subject, private) values ('open', false), ('closed', true)`);
  // As attaching the collections of a link does; the guard is tested with capture.
  const fields = { contacts: ['given_name', 'family_name'], appointments: ['uid', 'summary', 'starts_at'], tasks: ['subject'] };
  for (const [table, columns] of Object.entries(fields)) {
    const grant = { schema: 'crm', table, keyColumns: ['id'], readColumns: [...columns, 'private'] };
    await grantCollection(
      admin,
      { ...grant, insertColumns: columns, updateColumns: columns.filter((c) => c !== 'given_name'), deletable: true },
      'tidegate_reverse',
    );
    await grantCollection(admin, { ...grant, insertColumns: [], updateColumns: [], deletable: false }, 'tidegate_consumer');
  }
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

const as = (role: keyof MigratedDatabase<'crm'>['urls'], ...statements: string[]) => attemptAs(database.urls[role], statements);

describe('the row rule: private records stay in the CRM', () => {
  test.each(['contacts', 'appointments', 'tasks'])('the reverse injector sees no private row of %s, others do', async (table) => {
    const read = `select private from crm.${table} order by private`;
    expect(await as('tidegate_reverse', read)).toMatchObject({ rows: [{ private: false }] });
    for (const role of ['tidegate_consumer', 'crm_page'] as const)
      expect(await as(role, read)).toMatchObject({ rows: [{ private: false }, { private: true }] });
  });

  test('the reverse injector neither changes nor deletes nor locks a private row', async () => {
    expect(await as('tidegate_reverse', `update crm.contacts set family_name = 'X' where id = '${PRIVATE_ID}'`)).toMatchObject({ count: 0 });
    expect(await as('tidegate_reverse', `delete from crm.contacts where id = '${PRIVATE_ID}'`)).toMatchObject({ count: 0 });
    expect(await as('tidegate_reverse', `select id from crm.contacts where id = '${PRIVATE_ID}' for update`)).toMatchObject({ count: 0 });
    expect(await as('tidegate_reverse', `update crm.contacts set family_name = 'X' where id = '${PUBLIC_ID}'`)).toMatchObject({ count: 1 });
    expect(await as('tidegate_reverse', `delete from crm.contacts where id = '${PUBLIC_ID}'`)).toMatchObject({ count: 1 });
  });

  test('a merge onto a private row does not go through', async () => {
    const merge = (id: string) => `
      merge into crm.contacts as t using (values ('${id}'::uuid, 'X')) as s (id, family_name) on t.id = s.id
      when matched then update set family_name = s.family_name
      when not matched then insert (id, family_name) values (s.id, s.family_name)`;
    expect(await as('tidegate_reverse', merge(PUBLIC_ID))).toMatchObject({ count: 1 });
    expect(await as('tidegate_reverse', merge(PRIVATE_ID))).toEqual({ refused: '23505' });
  });

  test('the reverse injector cannot make a row private even where the column were granted', async () => {
    await admin.query('grant insert (private), update (private) on crm.contacts to tidegate_reverse');
    expect(await as('tidegate_reverse', `update crm.contacts set private = true where id = '${PUBLIC_ID}'`)).toEqual(DENIED);
    expect(await as('tidegate_reverse', `insert into crm.contacts (family_name, private) values ('X', true)`)).toEqual(DENIED);
    await admin.query('revoke insert (private), update (private) on crm.contacts from tidegate_reverse');
  });

  test('the page changes private rows in the role of a user, and nothing in its own', async () => {
    expect(await as('crm_page', `update crm.contacts set family_name = 'X'`)).toEqual(DENIED);
    expect(await as('crm_page', 'set local role crm_auditor', `update crm.contacts set family_name = 'X'`)).toEqual(DENIED);
    expect(await as('crm_page', 'set local role crm_user', `update crm.contacts set family_name = 'X' where id = '${PRIVATE_ID}'`)).toMatchObject({ count: 1 });
    expect(await as('crm_page', 'set local role crm_admin', `update crm.contacts set private = true where id = '${PUBLIC_ID}'`)).toMatchObject({ count: 1 });
  });
});

describe('the field rule: the reverse injector writes columns that the cloud may change', () => {
  test.each([
    ['a field of either', `update crm.contacts set family_name = 'X' where id = '${PUBLIC_ID}'`, { count: 1 }],
    ['a field of the CRM', `update crm.contacts set given_name = 'X' where id = '${PUBLIC_ID}'`, DENIED],
    ['a column that is not mapped', `update crm.contacts set credit_limit = 1 where id = '${PUBLIC_ID}'`, DENIED],
    ['the row rule itself', `update crm.contacts set private = false where id = '${PUBLIC_ID}'`, DENIED],
    ['the key', `update crm.contacts set id = gen_random_uuid() where id = '${PUBLIC_ID}'`, DENIED],
    ['a new record', `insert into crm.contacts (id, given_name, family_name) values (gen_random_uuid(), 'A', 'B')`, { count: 1 }],
    ['a new record with a column that is not mapped', `insert into crm.contacts (family_name, credit_limit) values ('B', 1)`, DENIED],
    ['reading a column that is not mapped', 'select credit_limit from crm.contacts', DENIED],
    ['truncating', 'truncate crm.contacts', DENIED],
  ])('%s', async (_what, statement, outcome) => {
    expect(await as('tidegate_reverse', statement)).toMatchObject(outcome);
  });

  test('its writes raise the version, which it cannot set', async () => {
    await attemptAs(database.urls.tidegate_reverse, `update crm.contacts set family_name = 'Alder' where id = '${PUBLIC_ID}'`, { commit: true });
    expect(await as('crm_page', `select version, family_name from crm.contacts where id = '${PUBLIC_ID}'`)).toMatchObject({
      rows: [{ version: 2, family_name: 'Alder' }],
    });
    expect(await as('tidegate_reverse', `update crm.contacts set version = 7 where id = '${PUBLIC_ID}'`)).toEqual(DENIED);
  });

  test('the consumer reads and writes no record', async () => {
    expect(await as('tidegate_consumer', `update crm.contacts set family_name = 'X'`)).toEqual(DENIED);
    expect(await as('tidegate_consumer', `insert into crm.contacts (family_name) values ('X')`)).toEqual(DENIED);
    expect(await as('tidegate_consumer', 'delete from crm.contacts')).toEqual(DENIED);
  });

  test('nothing is open before a collection is attached', async () => {
    await using fresh = await createMigratedDatabase('crm');
    for (const role of ['tidegate_consumer', 'tidegate_reverse', 'tidegate_verifier'] as const) {
      expect(await attemptAs(fresh.urls[role], 'select from crm.contacts')).toEqual(DENIED);
      expect(await attemptAs(fresh.urls[role], `insert into crm.contacts (family_name) values ('X')`)).toEqual(DENIED);
    }
  });

  test('attaching one table anew leaves rules of others as they are', async () => {
    await admin.query('create table public.notes (id int primary key, text text)');
    const grant = {
      schema: 'public',
      table: 'notes',
      keyColumns: ['id'],
      readColumns: ['text'],
      insertColumns: ['text'],
      updateColumns: ['text'],
      deletable: false,
    };
    await grantCollection(admin, grant, 'tidegate_reverse');
    expect(await as('tidegate_reverse', `insert into public.notes values (1, 'a')`)).toMatchObject({ count: 1 });
    expect(await as('tidegate_reverse', 'select private from crm.contacts')).toMatchObject({ rows: [{ private: false }] });
    await revokeCollection(admin, { schema: 'public', table: 'notes' }, 'tidegate_reverse');
    expect(await as('tidegate_reverse', 'select private from crm.contacts')).toMatchObject({ rows: [{ private: false }] });
    expect(
      (await admin.query(`select count(*)::int as forced from pg_class where relnamespace = 'crm'::regnamespace and relrowsecurity and relforcerowsecurity`))
        .rows,
    ).toEqual([{ forced: 3 }]);
  });
});

describe('who may accept a message (rule 17)', () => {
  const accept = `insert into tidegate.accepted_message (message_id, link, digest, orders, expires_at) values (gen_random_uuid(), 'l', 'd', '[]', now())`;

  test('the verifier alone, and the row says that it did', async () => {
    expect(await as('tidegate_verifier', `${accept} returning accepted_by`)).toMatchObject({ rows: [{ accepted_by: 'tidegate_verifier' }] });
    for (const role of ['tidegate_consumer', 'tidegate_reverse', 'crm_page'] as const) expect(await as(role, accept)).toEqual(DENIED);
  });

  test('nobody changes or deletes an acceptance; the consumer spends it', async () => {
    for (const role of ['tidegate_consumer', 'tidegate_reverse', 'tidegate_verifier', 'crm_page'] as const) {
      expect(await as(role, `update tidegate.accepted_message set orders = '[]'`)).toEqual(DENIED);
      expect(await as(role, `update tidegate.accepted_message set expires_at = now()`)).toEqual(DENIED);
      expect(await as(role, 'delete from tidegate.accepted_message')).toEqual(DENIED);
      const spend = await as(role, 'update tidegate.accepted_message set spent_at = now()');
      if (role === 'tidegate_consumer') expect(spend).toMatchObject({ count: 0 });
      else expect(spend).toEqual(DENIED);
    }
  });

  test('the verifier touches no record and no window', async () => {
    for (const table of ['crm.contacts', 'tidegate.change_log', 'tidegate.window', 'tidegate.ledger_entry', 'crm.users']) {
      expect(await as('tidegate_verifier', `select from ${table}`)).toEqual(DENIED);
    }
  });
});

describe('the control plane', () => {
  test.each([
    [
      'tidegate_consumer',
      `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id) values ('l', 'c', '{}', 'U', '{}', gen_random_uuid(), gen_random_uuid())`,
    ],
    ['tidegate_reverse', `update tidegate.ledger_entry set actor = 'x'`],
    ['tidegate_reverse', 'delete from tidegate.change_log'],
    ['tidegate_reverse', `update tidegate.change_log set op = 'U'`],
    ['tidegate_reverse', 'update tidegate.link set epoch = 9'],
    ['tidegate_reverse', `insert into tidegate.trusted_key (kid, party, jwk, not_before, not_after) values ('k', 'p', '{}', now(), now())`],
    ['tidegate_verifier', `update tidegate.trusted_key set state = 'active'`],
    ['tidegate_consumer', `insert into tidegate.trusted_certificate (thumbprint, party, subject, not_after) values ('t', 'p', 's', now())`],
    ['crm_page', 'update tidegate.link set epoch = 9'],
    ['crm_page', `update tidegate.link set reload = '{}'`],
    [
      'crm_page',
      `insert into tidegate.ledger_entry (link, collection, key, op, fields, message_id, batch_id) values ('l', 'c', '{}', 'U', '{}', gen_random_uuid(), gen_random_uuid())`,
    ],
    ['crm_page', 'delete from tidegate.quarantine'],
    ['tidegate_consumer', 'select from crm.sessions'],
    ['tidegate_reverse', 'select from crm.users'],
    ['tidegate_consumer', 'create table tidegate.mine (id int)'],
    ['crm_page', 'create table crm.mine (id int)'],
  ] as const)('%s may not: %s', async (role, statement) => {
    expect(await as(role, statement)).toEqual(DENIED);
  });

  test.each([
    ['tidegate_consumer', `insert into tidegate.sync_request (link, direction, cause) values ('l', 'forward', 'period')`],
    ['tidegate_consumer', `insert into tidegate.change_log (source, key, op, origin) values (1, '{a}', 'R', 'l')`],
    ['tidegate_consumer', `insert into tidegate.audit_event (event) values ('request-refused')`],
    ['tidegate_reverse', `insert into tidegate.change_log (source, key, op, origin) values (1, '{a}', 'R', 'l')`],
    [
      'tidegate_reverse',
      `insert into tidegate.conflict (link, collection, key, kind, outcome, batch_id) values ('l', 'c', '{a}', 'field', 'crm', gen_random_uuid())`,
    ],
    ['tidegate_verifier', `insert into tidegate.used_id (issuer, id, purpose, expires_at) values ('i', gen_random_uuid(), 'message', now())`],
    ['crm_page', `insert into tidegate.sync_request (link, direction, cause, requested_by) values ('l', 'reverse', 'user', 'u')`],
  ] as const)('%s may: %s', async (role, statement) => {
    expect(await as(role, statement)).toMatchObject({ count: 1 });
  });

  test('every role locks what it has to lock', async () => {
    expect(await as('tidegate_reverse', 'select from tidegate.link for share', 'select from tidegate.channel for update')).toMatchObject({ count: 0 });
    expect(await as('tidegate_consumer', 'select from tidegate.link for update', 'select from tidegate.channel for update')).toMatchObject({ count: 0 });
  });

  test('every role stages in temporary tables, and none reads the migrations of the application', async () => {
    for (const role of ['tidegate_consumer', 'tidegate_reverse'] as const)
      expect(await as(role, 'create temporary table staged (id int)')).toMatchObject({ rows: [] });
    for (const role of ['tidegate_consumer', 'tidegate_reverse', 'crm_page'] as const)
      expect(await as(role, 'select from crm._prisma_migrations')).toEqual(DENIED);
  });
});
