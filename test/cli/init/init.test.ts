import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationText } from '../../../cli/init/configuration-text.ts';
import { type Proposal, configurationOf, proposeConfiguration } from '../../../cli/init/propose.ts';
import { planCollections } from '../../../adaptor/data/plan-collections.ts';
import { collectionSource } from '../../../configuration/collection-source.ts';
import { inParentOrder } from '../../../configuration/config.ts';
import { checkConfig, loadConfig } from '../../../configuration/load-config.ts';
import { withDatabase } from '../../support/postgres.ts';
import { runProgram } from '../run-program.ts';
import { KEYS, NAMES, NO_TABLES, REFERENCES, TYPES } from './odd-databases.ts';

const link = { tenant: 'acme', environment: 'test', link: 'hub' };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-init-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What init proposes for a database, with the proof that what it writes loads, says the same, and can be planned. */
async function proposed(sql: string): Promise<Proposal & { readonly text: string }> {
  return withDatabase('crm', async (client) => {
    await client.query(sql);
    const proposal = await proposeConfiguration(client, link);
    const text = configurationText(proposal, 'odd */ name');
    const file = join(folder, `${Math.random()}.config.ts`);
    writeFileSync(file, text);
    const config = await loadConfig(file);
    expect(config).toEqual(checkConfig(configurationOf(proposal)));
    const planned = await planCollections(client, link, 'crm', inParentOrder(config.links[0]?.collections ?? []).map(collectionSource));
    expect(planned.map(({ fault }) => fault?.message).filter((fault) => fault !== undefined)).toEqual([]);
    expect(planned).toHaveLength(proposal.collections.length);
    return { ...proposal, text };
  });
}

const names = ({ collections }: Proposal) => collections.map(({ name }) => name);
const find = ({ collections }: Proposal, name: string) => collections.find((collection) => collection.name === name)!;
const reasons = ({ leftOut }: Proposal) => Object.fromEntries(leftOut.map(({ table, reason }) => [table, reason]));

describe('tidegate init reads', () => {
  it('keys: primary, unique, composite, made by a sequence, computed, or none', async () => {
    const found = await proposed(KEYS);
    expect(names(found)).toEqual(['by_unique', 'generated', 'identities', 'order_lines', 'serials', 'uuids']);
    expect(reasons(found)).toEqual({
      'shop._prisma_migrations': expect.stringContaining('migration tool'),
      'shop.nine': expect.stringContaining('no primary key'),
      'shop.nothing': expect.stringContaining('no primary key'),
      'shop.nullable_unique': expect.stringContaining('no primary key'),
    });
    expect(found.collections.filter(({ linked }) => linked).map(({ name }) => name)).toEqual(['identities', 'serials']);
    expect(find(found, 'order_lines')).toMatchObject({ key: ['orderNo', 'line'], references: [{ fields: ['item'], collection: 'serials' }] });
    expect(find(found, 'by_unique')).toMatchObject({ key: ['code'], notes: [expect.stringContaining('no primary key')] });
    expect(find(found, 'generated').fields).toContainEqual({ field: 'gross', column: 'gross', authority: 'crm', note: 'the database computes it' });
    expect(find(found, 'generated').leftOut).toEqual([{ column: 'label', reason: expect.stringContaining('computed at every reading') }]);
    expect(find(found, 'identities')).toMatchObject({
      leftOut: [{ column: 'password_hash', reason: expect.stringContaining('secret') }],
      notes: expect.arrayContaining([expect.stringContaining('"password_hash" is required and stays')]),
    });
    expect(found.text).toContain('// "label" stays in the CRM: it is computed');
    expect(found.text).toContain('//   shop.nothing: it has no primary key');
  });

  it('types: json, arrays, enums, domains, composites, ranges, and what PostgreSQL brings else', async () => {
    const found = await proposed(TYPES);
    expect(names(found)).toEqual(['all_types', 'keyed_by_domain']);
    expect(find(found, 'all_types').fields).toHaveLength(20);
    expect(find(found, 'all_types').fields).toContainEqual({ field: 'big', column: 'big', authority: 'crm', note: expect.stringContaining('large object') });
  });

  it('what is no ordinary table, with the reason, and each once', async () => {
    const found = await proposed(NO_TABLES);
    expect(names(found)).toEqual(['plain']);
    expect(reasons(found)).toEqual({
      'public.base': expect.stringContaining('inheritance'),
      'public.cache': expect.stringContaining('unlogged'),
      'public.child': expect.stringContaining('inheritance'),
      'public.measured': expect.stringContaining('partitioned'),
      'public.overview': expect.stringContaining('not an ordinary table'),
      'public.totals': expect.stringContaining('not an ordinary table'),
    });
    expect(find(found, 'plain').notes).toEqual([expect.stringContaining('row level security')]);
  });

  it('names with blanks, quotes, line breaks, dots and code in them', async () => {
    const found = await proposed(NAMES);
    expect(names(found)).toEqual(['kunden_co', 'other_kunden_co', 'evil']);
    expect(reasons(found)).toEqual({ 'public.with.dot': expect.stringContaining('dot') });
    expect(find(found, 'kunden_co').fields.map(({ field }) => field)).toEqual([
      'kundenNr',
      'grosseCm',
      'select',
      'itS',
      'backSlash',
      'aB',
      'aB_2',
      'lineBreak',
      'proto',
      'constructor',
    ]);
  });

  it('references: to itself, composite in another order, to another key than the primary one, in circles', async () => {
    const found = await proposed(REFERENCES);
    expect(find(found, 'people').references).toEqual([
      { fields: ['boss'], collection: 'people' },
      { fields: ['department'], collection: 'departments' },
    ]);
    // The circle is opened where the column may be null; keys that are translated must not come in untranslated.
    expect(find(found, 'departments').references).toEqual([]);
    expect(find(found, 'departments').fields).toContainEqual(expect.objectContaining({ field: 'head', authority: 'crm' }));
    expect(find(found, 'departments').notes).toContainEqual(expect.stringContaining('close a circle'));
    // Of three in a circle, one is opened.
    expect(['a', 'b', 'c'].flatMap((name) => find(found, name).references)).toHaveLength(2);
    expect(find(found, 'c').references).toEqual([{ fields: ['a'], collection: 'a' }]);
    expect(find(found, 'desks').references).toEqual([{ fields: ['building', 'roomNo'], collection: 'rooms' }]);
    expect(find(found, 'desks').notes).toEqual([expect.stringContaining('other columns of rooms than its key')]);
    expect(Object.keys(reasons(found))).toEqual(['hr.logs']);
  });
});

/** All that DDL, grants and writes leave in the catalogues and statistics of a database. */
const STATE = `
  select md5(string_agg(line, E'\n' order by line)) as state from (
    select concat_ws(' ', oid, relname, relkind::text, relowner, relacl, relhastriggers, relrowsecurity) as line from pg_class
    union all select concat_ws(' ', oid, proname, proacl) from pg_proc
    union all select concat_ws(' ', oid, tgname, tgenabled::text) from pg_trigger
    union all select concat_ws(' ', oid, nspname, nspacl) from pg_namespace
    union all select concat_ws(' ', attrelid, attname, attnum, atttypid, attacl) from pg_attribute) every`;

describe('tidegate init writes', () => {
  const run = async (sql: string, body: (client: Client, init: (...args: string[]) => ReturnType<typeof runProgram>) => Promise<void>) =>
    withDatabase('crm', async (client, { adminUrl }) => {
      await client.query(sql);
      const environment = { TIDEGATE_CRM_ADMIN_URL: adminUrl, TIDEGATE_HOME: join(folder, 'none') };
      await body(client, (...args) => runProgram(environment, 'init', ...args));
    });

  it('a file, and changes nothing in the database: nothing even may', async () => {
    await run(`${KEYS} insert into shop.serials (name) values ('one'); analyze;`, async (client, init) => {
      // Whoever tries DDL fails, in this database.
      await client.query(`
        create function public.no_ddl() returns event_trigger language plpgsql as 'begin raise exception ''DDL''; end';
        create event trigger no_ddl on ddl_command_start execute function public.no_ddl()`);
      const state = async () => (await client.query<{ state: string }>(STATE)).rows[0]?.state;
      const before = await state();
      const file = join(folder, 'first.config.ts');
      const written = await init('--output', file);
      expect(written).toMatchObject({ code: 0, stderr: '' });
      expect(written.stdout).toContain('6 collection(s):');
      expect(written.stdout).toContain('shop.nothing: it has no primary key');
      expect(await state()).toBe(before);
      expect((await client.query(`select last_value from shop.serials_id_seq`)).rows).toEqual([{ last_value: '1' }]);
      expect((await loadConfig(file)).links[0]?.collections).toHaveLength(6);
    });
  });

  it('inside a transaction in which PostgreSQL refuses to write', async () => {
    await run('create table t (id text primary key)', async (client, init) => {
      // What init reads is made to write: the transaction must not let it.
      await client.query(`
        create table public.seen (n int);
        create function public.pg_has_role(oid, text) returns bool language plpgsql as $$ begin insert into public.seen values (1); return true; end $$`);
      const { rows } = await client.query<{ name: string }>('select current_catalog as name');
      await client.query(`alter database "${rows[0]?.name}" set search_path = public, pg_catalog`);
      const refused = await init('--print', '--json');
      // A server that refuses to write is told as one that is no primary yet.
      expect(refused.code).toBe(3);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'database-unavailable', facts: { sqlState: '25006' } } });
      expect((await client.query('select n from public.seen')).rows).toEqual([]);
    });
  });

  it('over nothing that is there, unless told', async () => {
    await run('create table t (id text primary key)', async (_client, init) => {
      const file = join(folder, 'mine.config.ts');
      writeFileSync(file, 'mine');
      const refused = await init('--output', file, '--json');
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'file-exists' } });
      expect(readFileSync(file, 'utf8')).toBe('mine');
      expect(await init('--output', file, '--print')).toMatchObject({ code: 0, stdout: expect.stringContaining("table: 'public.t'") });
      expect(readFileSync(file, 'utf8')).toBe('mine');
      expect((await init('--output', file, '--force', '--tenant', 'globex', '--link', 'billing')).code).toBe(0);
      expect((await loadConfig(file)).links[0]).toMatchObject({ tenant: 'globex', environment: 'development', link: 'billing' });
    });
  });

  it('tables of the schemas that are named, and says why where none is left', async () => {
    await run('create schema one; create table one.a (id text primary key); create table public.b (x text)', async (_client, init) => {
      const one = JSON.parse((await init('--print', '--json', '--schema', 'one')).stdout) as { collections: { name: string }[] };
      expect(one.collections.map(({ name }) => name)).toEqual(['a']);
      // A schema that is misspelt beside a right one: half of what was meant is not what was meant.
      const misspelt = await init('--output', join(folder, 'none.config.ts'), '--schema', 'one', 'pubic');
      expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringMatching(/no table in "pubic"\. Schemas that have: one, public\. \[bad-request\]/) });
      expect(existsSync(join(folder, 'none.config.ts'))).toBe(false);
      const none = await init('--output', join(folder, 'none.config.ts'), '--schema', 'public');
      expect(none.code).toBe(2);
      expect(none.stderr).toContain('public.b: it has no primary key');
      expect(await init('--output', join(folder, 'none.config.ts'), '--tenant', 'Not A Name')).toMatchObject({ code: 2 });
    });
  });

  it('nothing where the database is not named or not there', async () => {
    const nowhere = { TIDEGATE_HOME: join(folder, 'none') };
    expect(await runProgram(nowhere, 'init', '--print')).toMatchObject({ code: 2, stderr: expect.stringContaining('TIDEGATE_CRM_ADMIN_URL') });
    const away = { ...nowhere, TIDEGATE_CRM_ADMIN_URL: 'postgresql://nobody:secret-word@127.0.0.1:1/x' };
    const answer = await runProgram(away, 'init', '--print');
    expect(answer.code).toBe(3);
    expect(answer.stderr).not.toContain('secret-word');
    // A place that cannot be written is found before the database is asked.
    const place = join(folder, 'no-folder', 'tidegate.config.ts');
    expect(await runProgram(away, 'init', '--output', place)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${place} cannot be written (ENOENT)`),
    });
  });
});
