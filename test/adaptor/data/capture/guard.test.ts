import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translateDatabaseError } from '../../../../adaptor/data/database-error.ts';
import { type AppStore, attachCollection, createAppStore, readLog } from '../../../support/captured-table.ts';

/* The CRM's database refuses the reverse role's writes unless the transaction names an accepted, unspent message (law 1). */

const LINK = 'acme/test/hub';

let store: AppStore<'crm'>;
let reverse: Pool;

beforeAll(async () => {
  store = await createAppStore('crm');
  reverse = store.poolFor(store.database.urls.tidegate_reverse);
  await attachCollection(
    store,
    `CREATE TABLE app.deals (id int PRIMARY KEY, name text, stage text, secret text, owner text, stamp int DEFAULT 0);
     INSERT INTO app.deals VALUES (1, 'a', 'open', 's', 'ann'), (2, 'b', 'open', 's', 'ann'), (3, 'c', 'open', 's', 'ann')`,
    { table: 'deals', fields: ['id', 'name', 'stage', { field: 'owner', authority: 'crm' }] },
  );
  await attachCollection(
    store,
    `CREATE TABLE app.others (id int PRIMARY KEY, deal int REFERENCES app.deals ON DELETE SET NULL, part int REFERENCES app.deals ON DELETE CASCADE, v text);
     INSERT INTO app.others VALUES (1, 3, NULL, NULL), (2, NULL, 3, NULL), (3, 2, 2, NULL), (4, NULL, NULL, 'v')`,
    { table: 'others', fields: ['id', 'deal', 'part', 'v'] },
  );
});
afterAll(async () => store[Symbol.asyncDispose]());

interface Message {
  readonly collection?: string;
  readonly fields?: readonly string[];
  readonly operations?: readonly string[];
  readonly expires?: string;
  readonly spent?: boolean;
  readonly link?: string;
}

async function accept({
  collection = 'deals',
  fields = ['name', 'stage'],
  operations = ['I', 'U', 'D'],
  expires = '1 minute',
  spent = false,
  link = LINK,
}: Message = {}): Promise<string> {
  const id = randomUUID();
  await store.admin.query(
    `INSERT INTO tidegate.accepted_message (message_id, link, digest, orders, expires_at, spent_at) VALUES ($1, $2, 'd', $3, now() + $4::interval, $5)`,
    [id, link, JSON.stringify([{ collection, fields, operations }]), expires, spent ? new Date().toISOString() : null],
  );
  return id;
}

/** Writes as the reverse role; gives `written`, or the code of the refusal. The write is rolled back. */
async function attempt(write: string, message: string | null, link = LINK): Promise<string> {
  const client = await reverse.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT set_config('tidegate.message', $1, true), set_config('tidegate.link', $2, true)`, [message ?? '', link]);
    await client.query(write);
    return 'written';
  } catch (error) {
    return (translateDatabaseError(error) as { code: string }).code;
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

const UPDATE = `UPDATE app.deals SET name = 'x' WHERE id = 1`;

describe('without a message that holds', () => {
  test.each<[string, string, () => Promise<string | null>]>([
    ['none at all', 'message-missing', async () => null],
    ['one that is no id', 'message-missing', async () => `' OR true --`],
    ['one that was never accepted', 'message-not-accepted', async () => randomUUID()],
    ['a spent one', 'message-not-accepted', () => accept({ spent: true })],
    ['an expired one', 'message-expired', () => accept({ expires: '-1 second' })],
    ['another link’s', 'link-mismatch', () => accept({ link: 'acme/test/other' })],
    ['one for another collection', 'scope-denied', () => accept({ collection: 'others' })],
    ['one for a collection that is not of this table', 'scope-denied', () => accept({ collection: 'nowhere' })],
    ['one for another operation', 'scope-denied', () => accept({ operations: ['I', 'D'] })],
    ['one for another field', 'field-not-authorised', () => accept({ fields: ['stage'] })],
  ])('%s: %s', async (_what, code, message) => {
    expect(await attempt(UPDATE, await message())).toBe(code);
  });

  test('neither inserts nor deletes', async () => {
    expect(await attempt(`INSERT INTO app.deals (id, name) VALUES (9, 'n')`, await accept({ operations: ['U'] }))).toBe('scope-denied');
    expect(await attempt(`DELETE FROM app.deals WHERE id = 1`, await accept({ operations: ['U'] }))).toBe('scope-denied');
    expect(await attempt(`DELETE FROM app.deals WHERE id = 1`, null)).toBe('message-missing');
  });

  test('a new record with a field that was not ordered', async () => {
    const message = await accept({ fields: ['name'] });
    expect(await attempt(`INSERT INTO app.deals (id, name, stage) VALUES (9, 'n', 'open')`, message)).toBe('field-not-authorised');
    expect(await attempt(`INSERT INTO app.deals (id, name) VALUES (9, 'n')`, message)).toBe('written');
  });

  test('one bad row among good ones', async () => {
    const message = await accept({ fields: ['name'] });
    expect(await attempt(`UPDATE app.deals SET name = 'x', stage = CASE id WHEN 2 THEN 'won' ELSE stage END`, message)).toBe('field-not-authorised');
  });

  test('a changed key', async () => {
    await store.admin.query('GRANT UPDATE (id) ON app.deals TO tidegate_reverse');
    expect(await attempt('UPDATE app.deals SET id = 77 WHERE id = 1', await accept())).toBe('scope-denied');
    await store.admin.query('REVOKE UPDATE (id) ON app.deals FROM tidegate_reverse');
  });

  test('nor by way of a trigger of its own on a temporary table', async () => {
    const smuggle = `CREATE TEMP TABLE lever (v int);
      CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE app.deals SET stage = 'won'; RETURN NULL; END $$;
      CREATE TRIGGER pull AFTER INSERT ON lever FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.pull(); INSERT INTO lever VALUES (1)`;
    expect(await attempt(smuggle, await accept({ fields: ['name'] }))).toBe('field-not-authorised');
    expect(await attempt(smuggle, null)).toBe('message-missing');
  });
});

describe('columns', () => {
  test('that the cloud may not change are closed to the role, whatever the message says', async () => {
    const message = await accept({ fields: ['name', 'stage', 'owner'] });
    expect(await attempt(`UPDATE app.deals SET owner = 'eve' WHERE id = 1`, message)).toBe('database-refused');
    expect(await attempt(`UPDATE app.deals SET secret = 'x' WHERE id = 1`, message)).toBe('database-refused');
    expect(await attempt(`SELECT secret FROM app.deals`, message)).toBe('database-refused');
  });

  test('that the CRM’s own triggers derive are the CRM’s affair', async () => {
    await store.admin
      .query(`CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.owner := 'derived'; NEW.stamp := OLD.stamp + 1; RETURN NEW; END $$;
      CREATE TRIGGER stamp BEFORE UPDATE ON app.deals FOR EACH ROW EXECUTE FUNCTION app.stamp()`);
    expect(await attempt(UPDATE, await accept({ fields: ['name'] }))).toBe('written');
    await store.admin.query('DROP TRIGGER stamp ON app.deals');
  });
});

describe('with a message that holds', () => {
  test('what it orders is written, and what references make of it', async () => {
    const message = await accept();
    expect(await attempt(UPDATE, message)).toBe('written');
    expect(await attempt(`INSERT INTO app.deals (id, name, stage) VALUES (9, 'n', 'open')`, message)).toBe('written');
    expect(await attempt('DELETE FROM app.deals WHERE id = 3', message)).toBe('written');
    expect(await attempt(`UPDATE app.others SET v = 'x'`, message)).toBe('scope-denied');
  });

  test('what only looks as if a reference had done it is refused', async () => {
    const message = await accept();
    expect(await attempt('UPDATE app.others SET deal = NULL WHERE id = 3', message)).toBe('scope-denied');
    expect(await attempt('DELETE FROM app.others WHERE id = 3', message)).toBe('scope-denied');
    expect(await attempt('DELETE FROM app.others WHERE id = 4', message)).toBe('scope-denied');
    await store.admin.query(`ALTER TABLE app.deals ENABLE ROW LEVEL SECURITY;
      CREATE POLICY most ON app.deals USING (current_user <> 'tidegate_reverse' OR id <> 2)`);
    expect(await attempt('UPDATE app.others SET deal = NULL WHERE id = 3', message)).toBe('scope-denied');
    expect(await attempt('DELETE FROM app.others WHERE id = 3', message)).toBe('scope-denied');
    await store.admin.query('DROP POLICY most ON app.deals; ALTER TABLE app.deals DISABLE ROW LEVEL SECURITY');
  });

  test('a MERGE is judged by what it did, not by what it might have done', async () => {
    const merge = `MERGE INTO app.deals d USING (VALUES (1, 'm')) v(id, name) ON d.id = v.id
      WHEN MATCHED AND v.name IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name)`;
    expect(await attempt(merge, await accept({ operations: ['U'] }))).toBe('written');
    expect(await attempt(merge, await accept({ operations: ['I'] }))).toBe('scope-denied');
  });

  test('it is logged as the link’s own, but for what references and triggers made of it', async () => {
    await readLog(store.admin);
    const client = await reverse.connect();
    await client.query(`BEGIN; SELECT set_config('tidegate.message', '${await accept()}', true), set_config('tidegate.link', '${LINK}', true)`);
    await client.query(`SELECT set_config('tidegate.injecting', 'app.deals', true)`);
    await client.query(`UPDATE app.deals SET name = 'logged' WHERE id = 2; DELETE FROM app.deals WHERE id = 3`);
    await client.query('COMMIT');
    client.release();
    const log = (await readLog(store.admin)).toSorted((a, b) => a.op.localeCompare(b.op) || (a.key[0] ?? '').localeCompare(b.key[0] ?? ''));
    expect(log).toMatchObject([
      { op: 'D', key: ['2'], origin: null },
      { op: 'D', key: ['3'], origin: LINK },
      { op: 'U', key: ['1'], origin: null, old: { deal: '3' } },
      { op: 'U', key: ['2'], origin: LINK, old: { name: 'b' } },
    ]);
  });
});

test('records that went with their parent in the same table are told to the link', async () => {
  await attachCollection(
    store,
    `CREATE TABLE app.tree (id int PRIMARY KEY, up int REFERENCES app.tree ON DELETE CASCADE, v text); INSERT INTO app.tree VALUES (1, NULL, 'r'), (2, 1, 'c'), (3, 2, 'g'), (4, NULL, 'o')`,
    {
      table: 'tree',
      fields: ['id', 'up', 'v'],
    },
  );
  const client = await reverse.connect();
  const message = await accept({ collection: 'tree', fields: ['v'], operations: ['U', 'D'] });
  await client.query(
    `BEGIN; SELECT set_config('tidegate.message', '${message}', true), set_config('tidegate.link', '${LINK}', true), set_config('tidegate.injecting', 'app.tree', true)`,
  );
  await client.query(`DELETE FROM app.tree WHERE id = 1; UPDATE app.tree SET v = 'x' WHERE id = 4; COMMIT`);
  client.release();
  const log = (await readLog(store.admin)).filter(({ op }) => op !== 'I').toSorted((a, b) => (a.key[0] ?? '').localeCompare(b.key[0] ?? ''));
  expect(log.map(({ op, key, origin }) => [op, key[0], origin])).toEqual([
    ['D', '1', LINK],
    ['D', '2', null],
    ['D', '3', null],
    ['U', '4', LINK],
  ]);
});

test('nobody else can claim an origin, or is asked for a message', async () => {
  const client = await store.admin.connect();
  await client.query(`BEGIN; SELECT set_config('tidegate.link', '${LINK}', true); UPDATE app.deals SET name = 'mine' WHERE id = 1; COMMIT`);
  client.release();
  expect((await readLog(store.admin)).map(({ op, origin }) => [op, origin])).toEqual([['U', null]]);
});

test('the reverse role can neither accept messages, nor take the guard away', async () => {
  expect(
    await attempt(
      `INSERT INTO tidegate.accepted_message (message_id, link, digest, orders, expires_at) VALUES (gen_random_uuid(), '${LINK}', 'd', '[]', now() + interval '1 hour')`,
      null,
    ),
  ).toBe('database-refused');
  expect(await attempt('ALTER TABLE app.deals DISABLE TRIGGER ALL', null)).toBe('database-refused');
  expect(await attempt('TRUNCATE app.deals', await accept())).toBe('database-refused');
  expect(await attempt(`SET session_replication_role = 'replica'`, null)).toBe('database-refused');
  expect(await attempt(`SET SESSION AUTHORIZATION crm_page`, null)).toBe('database-refused');
});
