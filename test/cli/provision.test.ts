import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresCluster, removePostgresCluster, startPostgresCluster } from '../../embedded/postgres-cluster.ts';
import { runProgram } from './run-program.ts';

/* Roles belong to a whole server: a server of our own, on which the owner of a database is no superuser. */

let folder: string;
let cluster: PostgresCluster;
let admin: Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-provisioned-'));
  cluster = await startPostgresCluster({ dataFolder: join(folder, 'data'), password: 'p', throwAway: true });
  admin = new Client({ connectionString: cluster.adminUrl() });
  await admin.connect();
  await admin.query(`create role dba login createrole password 'p'`);
  await admin.query(`create role guest login password 'p'`);
  for (const [name, owner] of [
    ['hub', 'dba'],
    ['strange', 'postgres'],
    ['company', 'dba'],
  ])
    await admin.query(`create database ${name} owner ${owner}`);
});
afterAll(async () => {
  await admin.end();
  await cluster.stop();
  removePostgresCluster(join(folder, 'data'));
  rmSync(folder, { recursive: true, force: true });
});

const urlOf = (role: string, database: string): string => {
  const url = new URL(cluster.adminUrl(database));
  url.username = role;
  return url.href;
};
const home = (name = 'home') => join(folder, name);
const provision = (side: string, url: string, args: readonly string[] = [], place = home()) =>
  runProgram({ TIDEGATE_HOME: place, [`TIDEGATE_${side.toUpperCase()}_ADMIN_URL`]: url }, 'provision', side, ...args, '--json');
const errorOf = (stdout: string) => (JSON.parse(stdout) as { error: { code: string; detail: string } }).error;
const on = async <T>(connectionString: string, body: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString });
  await client.connect();
  return body(client).finally(() => client.end());
};

interface Done {
  readonly migrations: readonly string[];
  readonly rolesMade: readonly string[];
  readonly rolesKept: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly firstPassword?: { readonly email: string };
}

describe('a store of the third party', () => {
  it('is refused where rights are missing, with what would give them, and nothing is changed', async () => {
    const { code, stdout } = await provision('cloud', urlOf('guest', 'strange'));
    expect(code).toBe(1);
    expect(errorOf(stdout)).toMatchObject({ code: 'rights-missing', detail: expect.stringMatching(/alter role "guest" createrole;[^]*owner to "guest";/) });
    const known = await on(cluster.adminUrl('strange'), (client) => client.query(`select from pg_namespace where nspname = 'tidegate'`));
    expect(known.rowCount).toBe(0);
    expect((await admin.query(`select from pg_roles where rolname like 'tidegate%'`)).rowCount).toBe(0);
  });

  it('is made by the owner of an empty database, and every role signs in with the URL in its file', async () => {
    const { code, stdout } = await provision('cloud', urlOf('dba', 'hub'));
    expect(code).toBe(0);
    const done = JSON.parse(stdout) as Done;
    expect(done.migrations.length).toBeGreaterThan(10);
    expect(done.rolesMade).toEqual(['tidegate_producer', 'tidegate_registrar', 'tidegate_cloud_keeper', 'cloud_user', 'cloud_page']);
    expect(Object.keys(done.settings)).toContain('TIDEGATE_PRODUCER_DATABASE_URL_FILE');
    for (const file of Object.values(done.settings)) {
      expect(statSync(file).mode & 0o077).toBe(0);
      const { rows } = await on(readFileSync(file, 'utf8').trim(), (client) => client.query<{ n: number }>('select 1 as n'));
      expect(rows).toEqual([{ n: 1 }]);
    }
    expect(stdout).not.toContain(new URL(readFileSync(done.settings['TIDEGATE_PRODUCER_DATABASE_URL_FILE'] ?? '', 'utf8')).password);
  });

  it('keeps records, roles and passwords when it is provisioned again', async () => {
    await on(urlOf('dba', 'hub'), (client) => client.query('create table public.kept (id int); insert into public.kept values (1)'));
    const secrets = () => readFileSync(join(home(), 'cloud', 'secrets', 'TIDEGATE_PRODUCER_DATABASE_URL'), 'utf8');
    const before = secrets();
    const { code, stdout } = await provision('cloud', urlOf('dba', 'hub'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ migrations: [], rolesMade: [], rolesKept: expect.arrayContaining(['tidegate_producer']) as string[] });
    expect(secrets()).toBe(before);
    expect((await on(urlOf('dba', 'hub'), (client) => client.query('select from public.kept'))).rowCount).toBe(1);
  });

  it('gives roles of another folder no other passwords unless it is told so', async () => {
    const elsewhere = home('elsewhere');
    const producer = readFileSync(join(home(), 'cloud', 'secrets', 'TIDEGATE_PRODUCER_DATABASE_URL'), 'utf8').trim();
    const refused = await provision('cloud', urlOf('dba', 'hub'), [], elsewhere);
    expect([refused.code, errorOf(refused.stdout).code]).toEqual([1, 'roles-known']);
    await on(producer, (client) => client.query('select 1'));
    expect((await provision('cloud', urlOf('dba', 'hub'), ['--new-passwords'], elsewhere)).code).toBe(0);
    await expect(on(producer, (client) => client.query('select 1'))).rejects.toMatchObject({ code: '28P01' });
    // The passwords of the first folder open nothing any more, and that is found before anything is changed.
    expect(errorOf((await provision('cloud', urlOf('dba', 'hub'))).stdout).code).toBe('roles-known');
  });

  it('gets its own applications and the first password at its page with --sample, once', async () => {
    const elsewhere = home('elsewhere');
    const again = async () => JSON.parse((await provision('cloud', urlOf('dba', 'hub'), ['--sample', '--tenant', 'acme'], elsewhere)).stdout) as Done;
    const first = await again();
    expect(first.firstPassword?.email).toBe('employee@acme.example');
    expect(first.migrations.length).toBeGreaterThan(0);
    expect(await again()).not.toHaveProperty('firstPassword');
  });

  it('gets the rules of access of a configuration, which stay where none is named', async () => {
    const elsewhere = home('elsewhere');
    const config = join(folder, 'cloud.config.mjs');
    writeFileSync(config, `export default { access: [{ tenant: 'acme', collection: 'contacts', rules: [{ role: 'reader', hidden: ['note'] }] }] };`);
    const roles = async () => (await admin.query(`select rolname from pg_roles where rolname like 'cloud_reader$%'`)).rowCount;
    const environment = { TIDEGATE_HOME: elsewhere, TIDEGATE_CLOUD_ADMIN_URL: urlOf('dba', 'hub') };
    const { code } = await runProgram({ ...environment, TIDEGATE_CLOUD_CONFIG: config }, 'provision', 'cloud', '--json');
    expect([code, await roles()]).toEqual([0, 1]);
    expect([(await runProgram(environment, 'provision', 'cloud', '--json')).code, await roles()]).toEqual([0, 1]);
  });

  it('is never the CRM’s: a database is one side’s', async () => {
    const { code, stdout } = await provision('crm', urlOf('dba', 'hub'));
    expect([code, errorOf(stdout).code]).toEqual([2, 'configuration-invalid']);
    expect((await admin.query(`select from pg_roles where rolname = 'tidegate_consumer'`)).rowCount).toBe(0);
  });
});

describe('a store of the company', () => {
  it('is made beside the tables that are there, which stay as they are', async () => {
    await on(urlOf('dba', 'company'), (client) => client.query('create table public.invoices (number text primary key)'));
    const { code, stdout } = await provision('crm', urlOf('dba', 'company'));
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Done).rolesMade).toContain('tidegate_consumer');
    const { rows } = await on(urlOf('dba', 'company'), (client) =>
      client.query<{ schema: string }>(
        `select distinct schemaname as schema from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
      ),
    );
    expect(rows.map(({ schema }) => schema)).toEqual(['public', 'tidegate']);
  });
});

describe('what is told to people', () => {
  it('is what was done, the file of each setting, and what comes next; no password', async () => {
    const environment = { TIDEGATE_HOME: home(), TIDEGATE_CRM_ADMIN_URL: urlOf('dba', 'company') };
    const { code, stdout } = await runProgram(environment, 'provision', 'crm');
    expect(code).toBe(0);
    expect(stdout).toContain("company is the CRM's store.\n  migrations: none was due\n  roles that were there: ");
    const file = join(home(), 'crm', 'secrets', 'TIDEGATE_CRM_CONSUMER_URL');
    expect(stdout).toContain(`  TIDEGATE_CRM_CONSUMER_URL_FILE=${file}\n`);
    expect(stdout).toContain('Next: tidegate attach;');
    expect(stdout).not.toContain(new URL(readFileSync(file, 'utf8')).password);
  });
});

describe('wrong use', () => {
  it.each([
    [['provision', 'both'], 'Say crm or cloud'],
    [['provision', 'crm', '--tenant', 'acme'], '--tenant belongs to'],
    [['provision', 'cloud'], 'TIDEGATE_CLOUD_ADMIN_URL'],
  ])('%j says so', async (args, said) => {
    const { code, stdout } = await runProgram({ TIDEGATE_HOME: home() }, ...args, '--json');
    expect(code).toBe(2);
    expect(errorOf(stdout).detail).toContain(said);
  });

  it('is a server that does not answer: exit code 3', async () => {
    const { code, stdout } = await provision('cloud', 'postgresql://nobody@127.0.0.1:1/none');
    expect([code, errorOf(stdout).code]).toEqual([3, 'database-unavailable']);
  });
});
