import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { injectWindow } from '../../../../adaptor/data/injection/inject-window.ts';
import { planReverse } from '../../../../adaptor/data/planning/plan-reverse.ts';
import { codeOf } from '../../../support/code-of.ts';
import { type HandMadeRow, handMadeWindow, orderFor, wireCsv } from '../../../support/hand-made-window.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

/* A plan foresees what the CRM's own constraints and triggers say, because it tries the window; and nothing of the trial stays. */

let stores: TwoStores;
const ordinals = [0, 0];

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.accounts (id int primary key, up int references app.accounts (id), code text unique, name text not null, size int check (size > 0), kind varchar(5));
      create table app.items (id int primary key, account int references app.accounts (id) deferrable initially deferred, note text, owner text);
      create function app.judge() returns trigger language plpgsql as $$ begin
        if new.note = 'forbidden' then raise exception 'not this one'; end if;
        if new.note = 'nothing' then return null; end if;
        if new.note like 'up %' then new.note := upper(new.note); end if;
        return new; end $$;
      create trigger judge before insert or update on app.items for each row execute function app.judge()`,
    cloudSql: `create table app.accounts (tenant text, id int, up int, code text, name text, size int, kind text, primary key (tenant, id));
      create table app.items (tenant text, id int, account int, note text, owner text, primary key (tenant, id))`,
    collections: [
      { table: 'accounts', fields: ['id', 'up', 'code', 'name', 'size', 'kind'], references: [{ fields: ['up'], collection: 'accounts' }] },
      {
        table: 'items',
        fields: ['id', 'account', 'note', { column: 'owner', authority: 'crm' }],
        references: [{ fields: ['account'], collection: 'accounts' }],
      },
    ],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await admin(`delete from app.items; delete from app.accounts; delete from tidegate.quarantine; delete from tidegate.conflict;
    insert into app.accounts values (1, null, 'a', 'one', 1, 'x'), (2, null, 'b', 'two', 2, 'y'), (3, null, 'c', 'three', 3, 'z');
    insert into app.items values (1, 1, 'n1', 'ann'), (2, 1, 'n2', 'ann'), (3, 2, 'n3', 'ann'), (4, 2, 'n4', 'ann');
    delete from tidegate.change_log`);
});

const admin = <T>(sql: string) => controlRows<T>(stores.crm.admin, sql);
const planAt = (at: 0 | 1) => stores.plans[at]?.crm ?? stores.crmPlan;
const make = (id: number, fields: Record<string, string | null>): HandMadeRow => ({ op: 'I', base: '0', actor: 'eva', fields: { id: String(id), ...fields } });
const change = (id: number, fields: Record<string, string | null>): HandMadeRow => ({
  ...make(id, fields),
  op: 'U',
  changed: Object.keys(fields).join('|'),
});
const drop = (id: number): HandMadeRow => ({ op: 'D', base: '0', actor: 'eva', fields: { id: String(id) } });

/** Every row of every table of the store, and what it would be committed as. */
async function everything(): Promise<string> {
  const tables = await admin<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c where relnamespace in ('tidegate'::regnamespace, 'app'::regnamespace) and relkind = 'r' order by 1`,
  );
  const prints = tables.map(({ name }) => `(select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from ${name} t)`);
  return (await controlRow<{ print: string }>(stores.crm.admin, `select concat_ws(',', ${prints.join(', ')}) as print`))?.print ?? '';
}

async function foresee(at: 0 | 1, rows: readonly HandMadeRow[], sample = 100) {
  const plan = planAt(at);
  const csv = (async function* () {
    yield Buffer.from(wireCsv(plan.definition, rows));
  })();
  return planReverse(stores.crm.reverse, { plan, order: orderFor(plan, { afterOrdinal: ordinals[at] ?? 0 }), rows: csv, proved: async () => {}, sample });
}

/** The run that follows: its books, and what it set aside. */
async function bring(at: 0 | 1, rows: readonly HandMadeRow[]) {
  const plan = planAt(at);
  const order = orderFor(plan);
  const messageId = await stores.accept([order]);
  const ordinal = (ordinals[at] = (ordinals[at] ?? 0) + 1);
  const { books } = await injectWindow(stores.crm.reverse, handMadeWindow(plan, { ordinal, rows, order, messageId }));
  const aside = await admin<{ key: string[]; code: string; field: string | null }>(`select key, code, field from tidegate.quarantine order by key`);
  return { books, aside };
}

/** A plan leaves no trace, and the run that follows does what it told. */
async function agree(at: 0 | 1, rows: readonly HandMadeRow[]) {
  const before = await everything();
  const { forecast, differences } = await foresee(at, rows);
  expect(await everything()).toBe(before);
  const { books, aside } = await bring(at, rows);
  const { insert, update, delete: deletes, unchanged, conflicted, quarantined } = forecast;
  expect({ applied: insert + update + deletes, unchanged, conflicted, quarantined }).toEqual({
    applied: books.applied,
    unchanged: books.unchanged,
    conflicted: books.conflicted,
    quarantined: books.quarantined,
  });
  const told = differences.filter(({ outcome }) => outcome === 'quarantined').map(({ key, code, field }) => ({ key, code, field }));
  const byKey = (one: { key: readonly string[] }, other: { key: readonly string[] }) => (one.key[0] ?? '').localeCompare(other.key[0] ?? '');
  expect(told.toSorted(byKey)).toEqual(aside.toSorted(byKey));
  return { forecast, differences };
}

describe('a plan of a reverse run', () => {
  it.each<[string, 0 | 1, readonly HandMadeRow[], number]>([
    ['a required value', 0, [change(1, { name: null }), change(2, { name: 'zwei' })], 1],
    ['a check', 0, [change(1, { size: '-1' }), change(2, { size: '7' }), make(9, { name: 'nine', size: '0' })], 2],
    ['a unique constraint, against a record that is there', 0, [change(1, { code: 'b' }), change(2, { name: 'zwei' })], 1],
    ['a unique constraint, between records of the window', 0, [make(8, { name: 'a', code: 'new' }), make(9, { name: 'b', code: 'new' })], 1],
    ['a foreign key', 1, [change(1, { account: '99' }), change(2, { account: '3' })], 1],
    ['a delete of what others refer to', 0, [drop(1), drop(3)], 1],
    ['a trigger that refuses', 1, [change(1, { note: 'forbidden' }), change(2, { note: 'allowed' })], 1],
    ['a type and a length', 0, [change(1, { size: 'many' }), change(2, { kind: 'far too long' }), change(3, { kind: 'ok' })], 2],
    ['several of them at once', 0, [change(1, { name: null }), change(2, { size: '-3' }), change(3, { code: 'a' }), make(7, { name: 'x' })], 3],
  ])('foresees %s, counts what the run then does, and leaves no trace', async (_what, at, rows, quarantined) => {
    expect((await agree(at, rows)).forecast).toMatchObject({ quarantined });
  });

  it('foresees a parent that comes with its child, and one that never comes', async () => {
    const { forecast } = await agree(0, [make(20, { name: 'child', up: '21' }), make(21, { name: 'parent' }), make(22, { name: 'orphan', up: '77' })]);
    expect(forecast).toMatchObject({ insert: 2, quarantined: 1 });
  });

  it('tells what a trigger makes of a value, and of one that it drops', async () => {
    const { forecast, differences } = await agree(1, [change(1, { note: 'up here' }), change(2, { note: 'nothing' })]);
    expect(forecast).toMatchObject({ update: 1, unchanged: 1 });
    expect(differences).toEqual([expect.objectContaining({ key: ['1'], field: 'note', before: 'n1', after: 'UP HERE', code: null })]);
  });

  it('tells creates, changes, deletes, what is so already, conflicts and refusals by field', async () => {
    await stores.crm.page.query(`update app.items set note = 'ours' where id = 2`);
    const { forecast, differences } = await agree(1, [
      make(9, { account: '1', note: 'new' }),
      change(1, { note: 'n1' }),
      change(2, { note: 'theirs', account: '2' }),
      drop(3),
      change(4, { owner: 'eva' }),
    ]);
    expect(forecast).toMatchObject({ insert: 1, update: 0, delete: 1, unchanged: 1, conflicted: 1, quarantined: 1 });
    const told = differences.map(({ key, outcome, field, before, after, code }) => [key[0], outcome, field, before, after, code]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['9', 'insert', 'note', null, 'new', null],
        ['2', 'conflicted', 'account', '1', '2', null],
        ['2', 'conflicted', 'note', 'ours', 'theirs', 'field'],
        ['3', 'delete', null, null, null, null],
      ]),
    );
  });

  it('shows no more records than were asked for, and counts all', async () => {
    const { forecast, differences } = await foresee(1, [change(1, { note: 'a' }), change(2, { note: 'b' }), change(3, { note: 'c' })], 2);
    expect(forecast).toMatchObject({ update: 3 });
    expect(differences).toHaveLength(2);
  });

  it('says by its code what keeps it from being worked out, and leaves nothing behind', async () => {
    const before = await everything();
    expect(await codeOf(foresee(1, [change(1, { note: 'a' }), change(1, { note: 'b' })]))).toBe('batch-refused');
    expect(await everything()).toBe(before);
  });
});

describe('a trial', () => {
  it.each<[string, string]>([
    ['a commit', 'commit'],
    ['a commit behind a savepoint', 'savepoint s; release savepoint s; commit'],
    ['its constraints made immediate', 'set constraints all immediate; commit'],
  ])('never stays: %s is refused', async (_what, end) => {
    const client = await stores.crm.reverse.connect();
    try {
      await client.query(`begin; select set_config('tidegate.message', 'trial', true), set_config('tidegate.link', 'acme/test/hub', true)`);
      await client.query(`update app.items set note = 'smuggled' where id = 1`);
      await expect(client.query(end)).rejects.toMatchObject({ code: 'TG009' });
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect(await admin(`select note from app.items where id = 1`)).toEqual([{ note: 'n1' }]);
  });

  it('cannot be turned into a message, nor its note be taken away', async () => {
    const client = await stores.crm.reverse.connect();
    const attempt = async (...statements: readonly string[]) => {
      await client.query(`begin; select set_config('tidegate.message', 'trial', true), set_config('tidegate.link', 'acme/test/hub', true)`);
      try {
        for (const sql of statements) await client.query(sql);
        return 'committed';
      } catch (error) {
        return (error as { code: string }).code;
      } finally {
        await client.query('rollback');
      }
    };
    const write = `update app.items set note = 'smuggled' where id = 1`;
    const messageId = await stores.accept([orderFor(planAt(1))]);
    expect(await attempt(write, `select set_config('tidegate.message', '${messageId}', true)`, 'commit')).toBe('TG009');
    expect(await attempt(write, 'delete from tidegate.trial_write')).toBe('42501');
    expect(await attempt(write, 'alter table tidegate.trial_write disable trigger all')).toBe('42501');
    // What is rolled back takes its note along, and what is left was ordered by nobody.
    expect(await attempt('savepoint s', write, 'rollback to savepoint s', 'commit')).toBe('committed');
    client.release();
    expect(await admin(`select note from app.items where id = 1`)).toEqual([{ note: 'n1' }]);
    expect(await admin('select from tidegate.trial_write')).toEqual([]);
  });
});
