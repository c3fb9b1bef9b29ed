import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type CollectionGrant,
  grantCollection,
  grantStatements,
  revokeCollection,
  revokeStatements,
} from '../../../../adaptor/data/roles/collection-grants.ts';
import { attemptAs, DENIED } from '../../../support/attempt.ts';
import { createMigratedDatabase, type MigratedDatabase } from '../../../support/migrated-database.ts';

/** A table of a customer whose names need every kind of quoting. */
const GRANT: CollectionGrant = {
  schema: `Sales "EU" $$`,
  table: `Order's lines`,
  keyColumns: ['Order', 'line no'],
  readColumns: ['a;b', 'Größe'],
  insertColumns: ['a;b', 'Größe'],
  updateColumns: ['a;b'],
  deletable: true,
};
const TABLE = `"Sales ""EU"" $$"."Order's lines"`;

let database: MigratedDatabase<'crm'>;
let admin: Client;

beforeEach(async () => {
  database = await createMigratedDatabase('crm');
  admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`create schema "Sales ""EU"" $$"`);
  await admin.query(`create table ${TABLE} ("Order" int, "line no" int, "a;b" text, "Größe" text, secret text, primary key ("Order", "line no"))`);
  await admin.query(`insert into ${TABLE} values (1, 1, 'a', 'b', 'c')`);
});

afterEach(async () => {
  await admin.end();
  await database.drop();
});

const reverse = (statement: string) => attemptAs(database.urls.tidegate_reverse, statement);
/** Every right that roles were given in the customer's schema, beside the owner's own. */
async function rights(): Promise<unknown> {
  const { rows } = await admin.query(
    `
    with acl as (
      select nspname as name, nspacl as acl, nspowner as owner from pg_namespace where oid = $1::regnamespace
      union all select relname, relacl, relowner from pg_class where relnamespace = $1::regnamespace
      union all select relname || '.' || attname, attacl, relowner from pg_attribute join pg_class on pg_class.oid = attrelid where relnamespace = $1::regnamespace
    )
    select name, grantee::regrole::text as role, privilege_type from acl, aclexplode(acl) where grantee <> owner order by 1, 2, 3`,
    ['"Sales ""EU"" $$"'],
  );
  return rows;
}

describe('grantCollection', () => {
  beforeEach(() => grantCollection(admin, GRANT, 'tidegate_reverse'));

  test.each([
    ['reads what is named', `select "Order", "line no", "a;b", "Größe" from ${TABLE}`, { count: 1 }],
    ['reads where rows lie', `select ctid from ${TABLE}`, { count: 1 }],
    ['reads nothing else', `select secret from ${TABLE}`, DENIED],
    ['inserts key and columns', `insert into ${TABLE} ("Order", "line no", "a;b", "Größe") values (2, 1, 'a', 'b')`, { count: 1 }],
    ['inserts no other column', `insert into ${TABLE} ("Order", "line no", secret) values (2, 1, 'a')`, DENIED],
    ['updates what is named', `update ${TABLE} set "a;b" = 'x'`, { count: 1 }],
    ['updates no other column', `update ${TABLE} set "Größe" = 'x'`, DENIED],
    ['updates no key', `update ${TABLE} set "Order" = 3`, DENIED],
    ['deletes', `delete from ${TABLE} where "Order" = 1`, { count: 1 }],
    ['locks rows', `select "Order" from ${TABLE} for update`, { count: 1 }],
    ['does not truncate', `truncate ${TABLE}`, DENIED],
  ])('%s', async (_what, statement, outcome) => {
    expect(await reverse(statement)).toMatchObject(outcome);
  });

  test('another grant replaces the one before, column by column', async () => {
    await grantCollection(admin, { ...GRANT, readColumns: [], insertColumns: [], updateColumns: ['Größe'], deletable: false }, 'tidegate_reverse');
    expect(await reverse(`select "Order" from ${TABLE}`)).toMatchObject({ count: 1 });
    expect(await reverse(`select "a;b" from ${TABLE}`)).toEqual(DENIED);
    expect(await reverse(`update ${TABLE} set "Größe" = 'x'`)).toMatchObject({ count: 1 });
    expect(await reverse(`update ${TABLE} set "a;b" = 'x'`)).toEqual(DENIED);
    expect(await reverse(`insert into ${TABLE} ("Order", "line no") values (2, 1)`)).toEqual(DENIED);
    expect(await reverse(`delete from ${TABLE}`)).toEqual(DENIED);
  });

  test('the same grant again changes nothing', async () => {
    const before = await rights();
    await grantCollection(admin, GRANT, 'tidegate_reverse');
    expect(await rights()).toEqual(before);
  });
});

describe('revokeCollection', () => {
  test('leaves nothing behind', async () => {
    await grantCollection(admin, GRANT, 'tidegate_reverse');
    expect(await rights()).toHaveLength(1 + 5 + 4 + 1 + 1);
    await revokeCollection(admin, GRANT, 'tidegate_reverse');
    expect(await rights()).toEqual([]);
    expect(await reverse(`select "Order" from ${TABLE}`)).toEqual(DENIED);
  });

  test('leaves the schema open where another of its tables still needs it', async () => {
    await admin.query(`create table "Sales ""EU"" $$".other (id int primary key)`);
    const other = { ...GRANT, table: 'other', keyColumns: ['id'], readColumns: [], insertColumns: [], updateColumns: [], deletable: false };
    await grantCollection(admin, GRANT, 'tidegate_reverse');
    await grantCollection(admin, other, 'tidegate_reverse');
    await revokeCollection(admin, GRANT, 'tidegate_reverse');
    expect(await reverse(`select id from "Sales ""EU"" $$".other`)).toMatchObject({ count: 0 });
    await revokeCollection(admin, other, 'tidegate_reverse');
    expect((await admin.query(`select has_schema_privilege('tidegate_reverse', 'Sales "EU" $$', 'usage') as usage`)).rows).toEqual([{ usage: false }]);
  });

  test('takes from one role only', async () => {
    await grantCollection(admin, GRANT, 'tidegate_reverse');
    await grantCollection(admin, { ...GRANT, insertColumns: [], updateColumns: [], deletable: false }, 'tidegate_consumer');
    await revokeCollection(admin, GRANT, 'tidegate_reverse');
    expect(await attemptAs(database.urls.tidegate_consumer, `select "a;b" from ${TABLE}`)).toMatchObject({ count: 1 });
  });
});

test('the statements can be printed and run as they are, by one who is no superuser', async () => {
  await admin.query(
    `create role dba_${database.name} login password 'dba'; alter table ${TABLE} owner to dba_${database.name}; alter schema "Sales ""EU"" $$" owner to dba_${database.name}`,
  );
  const dba = database.urlFor(`dba_${database.name}`, 'dba');
  expect(await attemptAs(dba, grantStatements(GRANT, 'tidegate_reverse'), { commit: true })).not.toHaveProperty('refused');
  expect(await reverse(`update ${TABLE} set "a;b" = 'x'`)).toMatchObject({ count: 1 });
  expect(await attemptAs(dba, revokeStatements(GRANT, 'tidegate_reverse'), { commit: true })).not.toHaveProperty('refused');
  expect(await reverse(`update ${TABLE} set "a;b" = 'x'`)).toEqual(DENIED);
  await admin.query(`drop owned by dba_${database.name} cascade; drop role dba_${database.name}`);
});
