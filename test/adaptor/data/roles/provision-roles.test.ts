import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrateStore } from '../../../../adaptor/data/migration/migrate-store.ts';
import { migrate } from '../../../../adaptor/data/migration/migrate.ts';
import { assertRolesSafe } from '../../../../adaptor/data/roles/assert-roles-safe.ts';
import { provisionRoles } from '../../../../adaptor/data/roles/provision-roles.ts';
import { PAGE_USER_ROLES, type RolePasswords, STORE_ROLES } from '../../../../adaptor/data/roles/role-names.ts';
import { type PostgresCluster, removePostgresCluster, startPostgresCluster } from '../../../../embedded/postgres-cluster.ts';
import type { Side } from '../../../../exchange/names.ts';
import { attemptAs, DENIED } from '../../../support/attempt.ts';

/* Roles belong to a whole server, and here they are spoilt on purpose: a server of our own. */

let folder: string;
let cluster: PostgresCluster;
let server: Client;
let admin: Client;
let databases = 0;
/** What a test opened: databases by their names, each with its client. */
const opened = new Map<string, Client>();
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-roles-'));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  cluster = await startPostgresCluster({ dataFolder: join(folder, 'data'), password: 'p', throwAway: true });
  server = new Client({ connectionString: cluster.adminUrl() });
  await server.connect();
  for (const side of ['crm', 'cloud'] as const) {
    await server.query(`create database migrated_${side}`);
    await migrateStore(cluster.adminUrl(`migrated_${side}`), side);
  }
});

afterAll(async () => {
  await server.end();
  await cluster.stop();
  removePostgresCluster(join(folder, 'data'));
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => openStore());

/** Opens a database, empty or migrated. */
async function openStore(side?: Side): Promise<void> {
  databases += 1;
  await server.query(`create database store_${databases}${side === undefined ? '' : ` template migrated_${side} strategy file_copy`}`);
  url = cluster.adminUrl(`store_${databases}`);
  admin = new Client({ connectionString: url });
  opened.set(`store_${databases}`, admin);
  await admin.connect();
}

/** Takes the databases away, then the roles that own nothing any more, so that each test begins without them. */
afterEach(async () => {
  for (const [name, client] of opened) {
    await client.end();
    await server.query(`drop database ${name} with (force)`);
  }
  opened.clear();
  await server.query(`drop role if exists ${[...STORE_ROLES.crm, ...STORE_ROLES.cloud, ...PAGE_USER_ROLES, 'other', 'dba'].join(', ')}`);
});

function passwords<S extends Side>(side: S, word = 'word'): RolePasswords<S> {
  return Object.fromEntries(STORE_ROLES[side].map((role) => [role, `${word} of '${role}'`])) as RolePasswords<S>;
}

function urlFor(role: string, password: string): string {
  const address = new URL(url);
  address.username = role;
  address.password = encodeURIComponent(password);
  return address.href;
}

describe('provisionRoles', () => {
  test.each(['crm', 'cloud'] as const)('%s: makes login roles, again and again, and changes passwords', async (side) => {
    await openStore(side);
    await provisionRoles(url, side, passwords(side));
    const rights = async () =>
      (await admin.query(`select oid::regclass::text as table, relacl::text as rights from pg_class where relacl is not null and oid > 16384 order by 1`)).rows;
    const before = await rights();
    await provisionRoles(url, side, passwords(side, 'second'));
    expect(await rights()).toEqual(before);
    for (const role of STORE_ROLES[side]) {
      expect(await attemptAs(urlFor(role, `second of '${role}'`), 'select session_user as role')).toMatchObject({ rows: [{ role }] });
      await expect(attemptAs(urlFor(role, `word of '${role}'`), 'select 1')).resolves.toEqual({ refused: '28P01' });
    }
  });

  test('sends no password to the server', async () => {
    await migrate(url, 'control');
    await provisionRoles(url, 'crm', passwords('crm'));
    const { rows } = await admin.query(`select distinct left(rolpassword, 19) as kind from pg_authid where rolname like 'tidegate%'`);
    expect(rows).toEqual([{ kind: 'SCRAM-SHA-256$4096:' }]);
  });

  test('serves a CRM that is not the sample: control plane alone', async () => {
    await migrate(url, 'control');
    await provisionRoles(url, 'crm', passwords('crm'));
    expect(await attemptAs(urlFor('tidegate_consumer', `word of 'tidegate_consumer'`), 'select side from tidegate.store')).toMatchObject({
      rows: [{ side: 'crm' }],
    });
    await expect(provisionRoles(url, 'cloud', passwords('cloud'))).rejects.toMatchObject({ code: 'configuration-invalid' });
  });

  test('takes back rights in the control plane that somebody gave, and leaves those on attached tables', async () => {
    await openStore('crm');
    await provisionRoles(url, 'crm', passwords('crm'));
    await admin.query(
      'grant insert on tidegate.accepted_message to tidegate_reverse; grant select (id) on crm.contacts to tidegate_reverse; grant usage on schema crm to tidegate_reverse',
    );
    await provisionRoles(url, 'crm', passwords('crm'));
    const reverse = urlFor('tidegate_reverse', `word of 'tidegate_reverse'`);
    expect(
      await attemptAs(
        reverse,
        `insert into tidegate.accepted_message (message_id, link, digest, orders, expires_at) values (gen_random_uuid(), 'l', 'd', '[]', now())`,
      ),
    ).toEqual(DENIED);
    expect(await attemptAs(reverse, 'select id from crm.contacts')).toMatchObject({ count: 0 });
  });

  test('keeps the field rule that a registration wrote at the cloud', async () => {
    await openStore('cloud');
    await provisionRoles(url, 'cloud', passwords('cloud'));
    await attemptAs(
      urlFor('tidegate_registrar', `word of 'tidegate_registrar'`),
      ['revoke update on cloud.people from cloud_user', 'grant update (title) on cloud.people to cloud_user'],
      { commit: true },
    );
    await provisionRoles(url, 'cloud', passwords('cloud'));
    const { rows } = await admin.query(
      `select attname from pg_attribute where attrelid = 'cloud.people'::regclass and has_column_privilege('cloud_user', 'cloud.people', attname, 'update')`,
    );
    expect(rows).toEqual([{ attname: 'title' }]);
  });

  test.each(['crm', 'cloud'] as const)('%s: needs no superuser', async (side) => {
    await admin.query(`create role dba login createrole password 'dba'; alter database store_${databases} owner to dba`);
    const dba = urlFor('dba', 'dba');
    await migrateStore(dba, side);
    await provisionRoles(dba, side, passwords(side));
    await provisionRoles(dba, side, passwords(side, 'second'));
    const role = side === 'crm' ? 'crm_page' : 'cloud_user';
    const table = side === 'crm' ? 'crm.contacts' : 'cloud.people';
    expect(await attemptAs(urlFor(role, `second of '${role}'`), `select from ${table}`)).toMatchObject({ count: 0 });
    // The owner is under FORCE, and still migrates and sees everything.
    expect(
      await attemptAs(dba, side === 'crm' ? `insert into crm.contacts (private) values (true)` : `insert into cloud.people (tenant) values ('any')`),
    ).toMatchObject({ count: 1 });
  });

  test('refuses to use a role that somebody made too strong, and changes nothing', async () => {
    await openStore('crm');
    await admin.query('create role tidegate_reverse login superuser');
    await expect(provisionRoles(url, 'crm', passwords('crm'))).rejects.toMatchObject({
      code: 'role-unsafe',
      facts: { findings: ['tidegate_reverse: superuser'] },
    });
    expect((await admin.query(`select rolname from pg_roles where rolname = 'tidegate_consumer'`)).rows).toEqual([]);
  });

  test('starts at once do not collide', async () => {
    await openStore('crm');
    await expect(Promise.all([1, 2, 3].map(() => provisionRoles(url, 'crm', passwords('crm'))))).resolves.toHaveLength(3);
  });

  test('says that the database refuses, or cannot be reached', async () => {
    await expect(provisionRoles(url, 'crm', passwords('crm'))).rejects.toMatchObject({ code: 'database-refused', facts: { sqlstate: '42P01' } });
    await expect(provisionRoles('postgres://nobody@127.0.0.1:1/none', 'crm', passwords('crm'))).rejects.toMatchObject({ code: 'database-unavailable' });
  });
});

describe('assertRolesSafe', () => {
  beforeEach(async () => {
    await openStore('crm');
    await provisionRoles(url, 'crm', passwords('crm'));
  });

  test('accepts the roles as they are provisioned, on both sides, whoever asks', async () => {
    const consumer = new Client({ connectionString: urlFor('tidegate_consumer', `word of 'tidegate_consumer'`) });
    await consumer.connect();
    await assertRolesSafe(consumer, STORE_ROLES.crm).finally(() => consumer.end());
    await admin.query(`drop owned by crm_page; drop role crm_page`);
    await expect(assertRolesSafe(admin, STORE_ROLES.crm)).rejects.toMatchObject({ facts: { findings: ['crm_page: does not exist'] } });
  });

  test('accepts what the registrar owns in its own schema, and nothing elsewhere', async () => {
    await admin.query(
      'create role tidegate_registrar login; create schema records authorization tidegate_registrar; create table records.orders (id int); alter table records.orders owner to tidegate_registrar',
    );
    await assertRolesSafe(admin, ['tidegate_registrar']);
    await admin.query('create table public.orders (id int); alter table public.orders owner to tidegate_registrar');
    await expect(assertRolesSafe(admin, ['tidegate_registrar'])).rejects.toMatchObject({ facts: { findings: ['tidegate_registrar: owns public.orders'] } });
  });

  test.each([
    ['superuser', 'alter role tidegate_reverse superuser', 'superuser'],
    ['row security off', 'alter role tidegate_reverse bypassrls', 'bypassrls'],
    ['making roles', 'alter role tidegate_reverse createrole', 'createrole'],
    ['replication', 'alter role tidegate_reverse replication', 'replication'],
    ['a table', 'alter table crm.contacts owner to tidegate_reverse', 'owns crm.contacts'],
    ['a schema', 'alter schema crm owner to tidegate_reverse', 'owns schema crm'],
    ['a table of its own making', 'create table public.own (id int); alter table public.own owner to tidegate_reverse', 'owns public.own'],
    ['reading everything', 'grant pg_read_all_data to tidegate_reverse', 'member of pg_read_all_data'],
    ['a strong role, without inheriting', 'create role other bypassrls; grant other to tidegate_reverse with inherit false', 'bypassrls'],
    [
      'an owner, through another role',
      'create role dba; alter table crm.tasks owner to dba; create role other; grant dba to other; grant other to tidegate_reverse',
      'owns crm.tasks',
    ],
  ])('refuses a role with %s', async (_what, statement, finding) => {
    await admin.query(statement);
    await expect(assertRolesSafe(admin, ['tidegate_consumer', 'tidegate_reverse'])).rejects.toMatchObject({
      code: 'role-unsafe',
      facts: { findings: [`tidegate_reverse: ${finding}`] },
    });
  });

  test('refuses the owner of the database', async () => {
    await admin.query(`alter database store_${databases} owner to tidegate_reverse`);
    await expect(assertRolesSafe(admin, ['tidegate_reverse'])).rejects.toMatchObject({
      code: 'role-unsafe',
      facts: { findings: ['tidegate_reverse: owns the database'] },
    });
  });
});
