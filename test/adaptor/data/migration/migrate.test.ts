import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrateStore } from '../../../../adaptor/data/migration/migrate-store.ts';
import { migrate, type MigrationProgress } from '../../../../adaptor/data/migration/migrate.ts';
import { migrationsFolder } from '../../../../adaptor/data/migration/migration-files.ts';
import { writeStoreName } from '../../../../adaptor/data/migration/write-store-name.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/postgres.ts';

let database: TestDatabase;
let client: Client;
let folder: string;
let initial: string;

beforeEach(async () => {
  database = await createTestDatabase('crm');
  client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), 'tidegate-migrations-'));
  await cp(migrationsFolder('crm'), folder, { recursive: true });
  initial = (await migrate(database.adminUrl, 'crm', undefined, folder))[0] ?? '';
});

afterEach(async () => {
  await client.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

/** Everything that stands in the database's catalogue of relations, columns and constraints, and the history. */
async function picture(): Promise<unknown> {
  const { rows } = await client.query(`
    select 'column' as kind, attrelid::regclass::text as of, attname as name, format_type(atttypid, atttypmod) as what
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace not in (select oid from pg_namespace where nspname like 'pg\\_%' or nspname = 'information_schema') and attnum > 0
    union all
    select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where conrelid <> 0
    union all
    select 'migration', 'crm', migration_name, checksum || coalesce(finished_at::text, 'unfinished') from crm._prisma_migrations
    order by 1, 2, 3`);
  return rows;
}

describe('migrate', () => {
  test('applies each migration once, and says which', async () => {
    const seen: MigrationProgress[] = [];
    await addMigration('20270101000000_first', 'alter table accounts add column tier text;');
    await addMigration('20270102000000_second', "create function f() returns text language plpgsql as $$ begin return 'a;b'; end; $$;");
    const applied = await migrate(database.adminUrl, 'crm', (progress) => seen.push(progress), folder);
    expect(applied).toEqual(['20270101000000_first', '20270102000000_second']);
    expect(seen).toEqual([
      { project: 'crm', migration: '20270101000000_first', number: 1, of: 2 },
      { project: 'crm', migration: '20270102000000_second', number: 2, of: 2 },
    ]);
    // Unqualified names are names of the project's schema, as under Prisma.
    const { rows } = await client.query(
      `select crm.f(), (select count(*)::int from information_schema.columns where table_schema = 'crm' and column_name = 'tier')`,
    );
    expect(rows).toEqual([{ f: 'a;b', count: 1 }]);
    const before = await picture();
    expect(await migrate(database.adminUrl, 'crm', (progress) => seen.push(progress), folder)).toEqual([]);
    expect(seen).toHaveLength(2);
    expect(await picture()).toEqual(before);
  });

  test('leaves the store as it was when one of several fails', async () => {
    const before = await picture();
    await addMigration('20270101000000_good', 'create table crm.extra (id int primary key);');
    await addMigration('20270102000000_bad', 'create table crm.more (id int); alter table crm.more add column id int;');
    await expect(migrate(database.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      facts: { project: 'crm', migration: '20270102000000_bad', sqlstate: '42701' },
    });
    expect(await picture()).toEqual(before);
  });

  test('leaves an empty database empty when the first migration fails', async () => {
    await using empty = await createTestDatabase('crm');
    const file = join(folder, initial, 'migration.sql');
    await writeFile(file, `${await readFile(file, 'utf8')}\nselect 1 / 0;`);
    await expect(migrate(empty.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({ code: 'migration-failed', facts: { sqlstate: '22012' } });
    const other = new Client({ connectionString: empty.adminUrl });
    await other.connect();
    const { rows } = await other.query(`select nspname from pg_namespace where nspname in ('crm', 'tidegate')`).finally(() => other.end());
    expect(rows).toEqual([]);
  });

  test('refuses a migration that was edited after it had been applied', async () => {
    const before = await picture();
    const file = join(folder, initial, 'migration.sql');
    await writeFile(file, `${await readFile(file, 'utf8')}\n-- an afterthought\n`);
    await addMigration('20270101000000_next', 'create table crm.extra (id int primary key);');
    await expect(migrate(database.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({ code: 'migration-failed', facts: { migration: initial } });
    expect(await picture()).toEqual(before);
  });

  test('does not take other line ends for an edit', async () => {
    const file = join(folder, initial, 'migration.sql');
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
    expect(await migrate(database.adminUrl, 'crm', undefined, folder)).toEqual([]);
  });

  test('refuses a store that a later version migrated', async () => {
    await client.query(
      `insert into crm._prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) values ('x', 'y', '20990101000000_later', now(), 1)`,
    );
    await expect(migrate(database.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      facts: { migration: '20990101000000_later' },
    });
  });

  test('refuses a store in which another tool failed half way, until that is cleared', async () => {
    await addMigration('20270101000000_half', 'select 1;');
    await client.query(`insert into crm._prisma_migrations (id, checksum, migration_name) values ('x', 'y', '20270101000000_half')`);
    await expect(migrate(database.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      facts: { migration: '20270101000000_half' },
    });
    // As `prisma migrate resolve --rolled-back` leaves it.
    await client.query(`update crm._prisma_migrations set rolled_back_at = now() where id = 'x'`);
    expect(await migrate(database.adminUrl, 'crm', undefined, folder)).toEqual(['20270101000000_half']);
  });

  test('refuses a new migration that is older than the last applied', async () => {
    await addMigration('20200101000000_late', 'select 1;');
    await expect(migrate(database.adminUrl, 'crm', undefined, folder)).rejects.toMatchObject({
      code: 'migration-failed',
      facts: { migration: '20200101000000_late' },
    });
  });

  test('says no word of SQL or content', async () => {
    await addMigration('20270101000000_bad', `select 'grandmother''s recipe'::int;`);
    const error = await migrate(database.adminUrl, 'crm', undefined, folder).catch((e: Error) => e);
    expect(String(error)).not.toMatch(/grandmother|select/);
  });

  test('says that the database cannot be reached', async () => {
    const url = new URL(database.adminUrl);
    url.port = '1';
    await expect(migrate(url.href, 'crm')).rejects.toMatchObject({ code: 'database-unavailable' });
  });
});

describe('starts at once', () => {
  test('of one empty store do not collide: each migration is applied by one of them', async () => {
    await using empty = await createTestDatabase('cloud');
    const names = (['control', 'cloud'] as const).flatMap((project) =>
      readdirSync(migrationsFolder(project)).filter((name: string) => !name.endsWith('.toml')),
    );
    const results = await Promise.all([1, 2, 3, 4].map(() => migrateStore(empty.adminUrl, 'cloud')));
    expect(results.flat().toSorted()).toEqual(names.toSorted());
  });

  test('wait for a Prisma tool that is at work', async () => {
    await addMigration('20270101000000_next', 'select 1;');
    await client.query('select pg_advisory_lock(72707369)');
    const waiters = `select count(*)::int as n from pg_locks
      where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`;
    let done = false;
    const waiting = migrate(database.adminUrl, 'crm', undefined, folder).then((names) => ((done = true), names));
    await expect.poll(async () => (await client.query(waiters)).rows[0]).toMatchObject({ n: 1 });
    expect(done).toBe(false);
    await client.query('select pg_advisory_unlock(72707369)');
    expect(await waiting).toEqual(['20270101000000_next']);
  });
});

describe('writeStoreName', () => {
  test('names a store once; it stays what it is', async () => {
    await migrate(database.adminUrl, 'control');
    await writeStoreName(client, 'crm');
    const { rows } = await client.query('select id, side from tidegate.store');
    await writeStoreName(client, 'crm');
    expect((await client.query('select id, side from tidegate.store')).rows).toEqual(rows);
  });

  test('never makes one database the store of both sides', async () => {
    await migrateStore(database.adminUrl, 'crm');
    await expect(migrateStore(database.adminUrl, 'cloud')).rejects.toMatchObject({ code: 'configuration-invalid' });
    expect((await client.query(`select to_regnamespace('cloud') as cloud`)).rows).toEqual([{ cloud: null }]);
  });
});
