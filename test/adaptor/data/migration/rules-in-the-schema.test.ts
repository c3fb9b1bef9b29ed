import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Side } from '../../../../exchange/names.ts';
import { createMigratedDatabase } from '../../../support/migrated-database.ts';

/* What the migrations add by hand: checks, the one open message, versions. */

const clients: Partial<Record<Side, Client>> = {};
const drops: (() => Promise<void>)[] = [];

beforeAll(async () => {
  for (const side of ['crm', 'cloud'] as const) {
    const database = await createMigratedDatabase(side);
    const client = new Client({ connectionString: database.adminUrl });
    await client.connect();
    clients[side] = client;
    drops.push(() => client.end(), database.drop);
  }
});

afterAll(async () => {
  for (const drop of drops) await drop();
});

/** Runs statements in a transaction that is rolled back; resolves to the SQLSTATE and constraint that refused, or to the last rows. */
async function attempt(side: Side, ...statements: string[]): Promise<unknown> {
  const client = clients[side];
  if (client === undefined) throw new Error('no client');
  await client.query('begin');
  try {
    let rows: unknown;
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string };
    return `${code} ${constraint}`;
  } finally {
    await client.query('rollback');
  }
}

describe('checks of the CRM', () => {
  const appointment = (columns: string, values: string) =>
    `insert into crm.appointments (uid, summary, ${columns}) values ('u', 's', ${values}) returning 1 as ok`;
  const task = (columns: string, values: string) => `insert into crm.tasks (subject, ${columns}) values ('s', ${values}) returning 1 as ok`;
  const contact = (columns: string, values: string) => `insert into crm.contacts (${columns}) values (${values}) returning 1 as ok`;

  test.each([
    ['all day with dates', appointment('all_day, start_date, end_date', `true, '2027-01-01', '2027-01-02'`)],
    ['all day without an end', appointment('all_day, start_date', `true, '2027-01-01'`)],
    ['floating', appointment('starts_at, ends_at', `'2027-01-01 10:00', '2027-01-01 11:00'`)],
    ['zoned', appointment('starts_at, time_zone', `'2027-01-01 10:00', 'Europe/Berlin'`)],
    ['a task due on a date', task('due_date', `'2027-01-01'`)],
    ['a task due at a time in a zone', task('due_date, due_time, time_zone', `'2027-01-01', '09:00', 'Asia/Tokyo'`)],
    ['a task without a date', task('priority', '9')],
    ['labelled values', contact('emails', `'[{"label": "work", "value": "a@example.org"}]'`)],
  ])('let pass: %s', async (_what, statement) => {
    expect(await attempt('crm', statement)).toEqual([{ ok: 1 }]);
  });

  test.each([
    ['all day with a time', appointment('all_day, start_date, starts_at', `true, '2027-01-01', '2027-01-01 10:00'`), 'appointments_all_day_check'],
    ['all day without a date', appointment('all_day', 'true'), 'appointments_all_day_check'],
    ['timed without a time', appointment('all_day', 'false'), 'appointments_all_day_check'],
    ['timed with a date', appointment('starts_at, start_date', `'2027-01-01 10:00', '2027-01-01'`), 'appointments_all_day_check'],
    ['all day that ends as it starts', appointment('all_day, start_date, end_date', `true, '2027-01-01', '2027-01-01'`), 'appointments_order_check'],
    ['an end before the start', appointment('starts_at, ends_at', `'2027-01-01 10:00', '2027-01-01 09:00'`), 'appointments_order_check'],
    [
      'an override that recurs',
      appointment('starts_at, recurrence_id, recurrence', `'2027-01-01 10:00', '2027-01-01', 'FREQ=DAILY'`),
      'appointments_override_check',
    ],
    ['an unknown status', appointment('starts_at, status', `'2027-01-01 10:00', 'CONFIRMED'`), 'appointments_status_check'],
    ['attendees that are no list', appointment('starts_at, attendees', `'2027-01-01 10:00', '{}'`), 'appointments_multi_values_check'],
    ['a time without a date', task('due_time', `'09:00'`), 'tasks_due_check'],
    ['a zone without a time', task('due_date, time_zone', `'2027-01-01', 'UTC'`), 'tasks_due_check'],
    ['a priority of 10', task('priority', '10'), 'tasks_priority_check'],
    ['an unknown task status', task('status', `'closed'`), 'tasks_status_check'],
    ['emails that are no list', contact('emails', `'"a@example.org"'`), 'contacts_multi_values_check'],
    ['a residue that is no object', contact('residue', `'[]'`), 'contacts_residue_check'],
    ['an unknown role', `insert into crm.users (email, name, password_hash, role) values ('a', 'b', 'c', 'root')`, 'users_role_check'],
  ])('refuse: %s', async (_what, statement, constraint) => {
    expect(await attempt('crm', statement)).toBe(`23514 ${constraint}`);
  });
});

describe('checks of the cloud', () => {
  test.each([
    ['a CRM status', `insert into cloud.todos (tenant, title, status) values ('t', 'x', 'open')`, 'todos_status_check'],
    ['an event status in lower case', `insert into cloud.events (tenant, uid, title, status) values ('t', 'u', 'x', 'confirmed')`, 'events_status_check'],
    ['a record of no tenant', `insert into cloud.people (tenant) values ('')`, 'people_tenant_check'],
  ])('refuse: %s', async (_what, statement, constraint) => {
    expect(await attempt('cloud', statement)).toBe(`23514 ${constraint}`);
  });
});

describe('the control plane', () => {
  const message = (id: number) => `
    with message as (
      insert into tidegate.reverse_message (id, link, jws, digest, cause, issued_at, expires_at)
      values ('00000000-0000-4000-8000-00000000000${id}', 't/e/l', 'j', 'd', 'user', now(), now()) returning id, link
    )
    insert into tidegate.reverse_message_collection (message_id, link, collection, fields, operations, after_ordinal, max_rows, max_windows, delete_budget)
    select id, link, 'notes', '{a}', '{U}', 0, 1, 1, 0 from message`;

  test('has one open message a link and collection (rule 3)', async () => {
    expect(await attempt('crm', message(1), message(2))).toBe('23505 reverse_message_collection_one_open');
    expect(await attempt('crm', message(1), `update tidegate.reverse_message_collection set state = 'spent'`, message(2))).toEqual([]);
  });

  test('is one store, and its links are named by their parts', async () => {
    expect(await attempt('crm', `insert into tidegate.store ("only", side) values (false, 'crm')`)).toBe('23514 store_only_check');
    expect(await attempt('crm', `insert into tidegate.store (side) values ('crm')`)).toBe('23505 store_only_key');
    expect(await attempt('crm', `insert into tidegate.link (name, tenant, environment, link) values ('a/b/x', 'a', 'b', 'c')`)).toBe('23514 link_name_check');
  });

  test.each([
    [`insert into tidegate.change_log (source, key, op) values (1, '{a}', 'X')`, 'change_log_op_check'],
    [`insert into tidegate.change_log (source, key, op, old) values (1, '{a}', 'U', '"x"')`, 'change_log_old_check'],
    [`insert into tidegate.sync_request (link, direction, cause) values ('l', 'forward', 'whim')`, 'sync_request_cause_check'],
    [
      `insert into tidegate.trusted_key (kid, party, jwk, state, not_before, not_after) values ('k', 'p', '{}', 'maybe', now(), now())`,
      'trusted_key_state_check',
    ],
  ])('has closed lists: %s', async (statement, constraint) => {
    expect(await attempt('crm', statement)).toBe(`23514 ${constraint}`);
  });
});

describe('versions', () => {
  beforeEach(async () => {
    await clients.crm?.query('delete from crm.contacts');
    await clients.crm?.query(`insert into crm.contacts (family_name, residue, updated_at) values ('Ash', '{"n": 1.0}', '2020-01-01')`);
    await clients.cloud?.query('delete from cloud.people');
    await clients.cloud?.query(`insert into cloud.people (tenant, last_name, modified_at) values ('t', 'Ash', '2020-01-01')`);
  });

  const change = (set: string) => [`update crm.contacts set ${set}`, `select version, updated_at > '2020-01-01' as touched from crm.contacts`];

  test.each([
    ['a change', `family_name = 'Birch'`, 2, true],
    ['a value put to null', 'family_name = null', 2, true],
    ['another text form of a number', `residue = '{"n": 1.00}'`, 2, true],
    ['the same values', `family_name = family_name, emails = '[]'`, 1, false],
    ['a version that somebody sets', 'version = 9', 1, false],
    ['a change with a version that somebody sets', `family_name = 'Birch', version = 9, updated_at = '1999-01-01'`, 2, true],
  ])('%s', async (_what, set, version, touched) => {
    expect(await attempt('crm', ...change(set))).toEqual([{ version, touched }]);
  });

  test('the cloud notes when a row really changed', async () => {
    const touched = `select modified_at > '2020-01-01' as touched from cloud.people`;
    expect(await attempt('cloud', `update cloud.people set last_name = 'Ash'`, touched)).toEqual([{ touched: false }]);
    expect(await attempt('cloud', `update cloud.people set last_name = 'Birch', modified_at = '1999-01-01'`, touched)).toEqual([{ touched: true }]);
  });
});
