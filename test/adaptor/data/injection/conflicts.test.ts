import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, b text, c text, d text, hidden boolean default false)',
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, c text, d text, primary key (tenant, id))',
    collections: [
      {
        table: 'items',
        fields: ['id', 'a', 'b', { column: 'c', authority: 'crm' }, { column: 'd', authority: 'cloud' }],
        filter: { sql: 'not hidden', columns: ['hidden'] },
        outOfScope: 'retract',
      },
    ],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

beforeEach(async () => {
  await stores.crm.page.query('delete from app.items');
  await cycle.quiesce();
  await stores.crm.page.query(`insert into app.items values (1, 'a', 'b', 'c', 'd'), (2, 'a', 'b', 'c', 'd')`);
  await cycle.quiesce();
  await stores.crm.admin.query('delete from tidegate.conflict; delete from tidegate.quarantine; delete from tidegate.ledger_entry');
});

const crm = async (...statements: readonly string[]) => {
  for (const sql of statements) await stores.crm.page.query(sql);
};
const cloud = async (...statements: readonly string[]) => {
  for (const sql of statements) await asCloudUser(stores.cloud.user, sql);
};
const records = async () => {
  const sql = `select concat_ws(' ', id, coalesce(a, '-'), coalesce(b, '-'), coalesce(c, '-'), coalesce(d, '-')) as line from app.items order by id`;
  const lines = async (pool: typeof stores.crm.admin) => (await controlRows<{ line: string }>(pool, sql)).map((row) => row.line);
  return { crm: await lines(stores.crm.admin), cloud: await lines(stores.cloud.admin) };
};
const conflicts = async () =>
  (
    await controlRows<{ line: string }>(
      stores.crm.admin,
      `select concat_ws(' ', key[1], field, kind, crm_value, cloud_value) as line from tidegate.conflict order by id`,
    )
  ).map((row) => row.line);

interface Pair {
  readonly crm: readonly string[];
  readonly cloud: readonly string[];
  /** Record 1 in the end, at both sides; undefined where it is gone. */
  readonly end: string | undefined;
  /** Field and kind of each conflict of record 1. */
  readonly conflicts?: readonly string[];
}

const set = (...pairs: readonly string[]) => `update app.items set ${pairs.join(', ')} where id = 1`;
const REMOVE = 'delete from app.items where id = 1';
const MAKE = {
  crm: (values: string) => `insert into app.items (id, a, b) values (1, ${values})`,
  cloud: (values: string) => `insert into app.items (tenant, id, a, b) values ('acme', 1, ${values})`,
};

const PAIRS: Readonly<Record<string, Pair>> = {
  'different fields: both are kept': { crm: [set(`a = 'crm'`)], cloud: [set(`b = 'cloud'`)], end: '1 crm cloud c d' },
  'the same field: the CRM wins': { crm: [set(`a = 'crm'`)], cloud: [set(`a = 'cloud'`)], end: '1 crm b c d', conflicts: ['a field "crm" "cloud"'] },
  'one field of two: only that is a conflict': {
    crm: [set(`a = 'crm'`)],
    cloud: [set(`a = 'cloud'`, `b = 'cloud'`)],
    end: '1 crm cloud c d',
    conflicts: ['a field "crm" "cloud"'],
  },
  'the same field to the same value: no conflict': { crm: [set(`a = 'x'`)], cloud: [set(`a = 'x'`)], end: '1 x b c d' },
  'cleared there, changed here': { crm: [set(`a = 'crm'`)], cloud: [set('a = null')], end: '1 crm b c d', conflicts: ['a field "crm" null'] },
  'cleared here, changed there': { crm: [set('a = null')], cloud: [set(`a = 'cloud'`)], end: '1 - b c d', conflicts: ['a field null "cloud"'] },
  'cleared on both sides': { crm: [set('a = null')], cloud: [set('a = null')], end: '1 - b c d' },
  'changed here and changed back: the cloud is taken': { crm: [set(`a = 'x'`), set(`a = 'a'`)], cloud: [set(`a = 'cloud'`)], end: '1 cloud b c d' },
  'changed there and changed back: the CRM stays': {
    crm: [set(`a = 'crm'`)],
    cloud: [set(`a = 'x'`), set(`a = 'a'`)],
    end: '1 crm b c d',
    conflicts: ['a field "crm" "a"'],
  },
  'deleted on both sides': { crm: [REMOVE], cloud: [REMOVE], end: undefined },
  'deleted here, edited there: gone, the edit is kept': { crm: [REMOVE], cloud: [set(`a = 'cloud'`)], end: undefined, conflicts: ['edit-against-delete'] },
  'edited here, deleted there: it stays': { crm: [set(`a = 'crm'`)], cloud: [REMOVE], end: '1 crm b c d', conflicts: ['delete-against-edit'] },
  'edited here and changed back, deleted there: gone': { crm: [set(`a = 'crm'`), set(`a = 'a'`)], cloud: [REMOVE], end: undefined },
  'deleted and made anew here, edited there': {
    crm: [REMOVE, MAKE.crm(`'new', 'new'`), set(`d = 'd'`)],
    cloud: [set(`a = 'cloud'`)],
    end: '1 new new - d',
    conflicts: ['a field "new" "cloud"'],
  },
  'edited here, deleted and made anew there': {
    crm: [set(`a = 'crm'`)],
    cloud: [REMOVE, MAKE.cloud(`'new', 'new'`)],
    end: '1 crm new c -',
    conflicts: ['a field "crm" "new"'],
  },
  'made anew on both sides': {
    crm: [REMOVE, MAKE.crm(`'crm', 'same'`)],
    cloud: [REMOVE, MAKE.cloud(`'cloud', 'same'`)],
    end: '1 crm same - -',
    conflicts: ['a field "crm" "cloud"'],
  },
  'deleted here, deleted and made anew there': {
    crm: [REMOVE],
    cloud: [REMOVE, MAKE.cloud(`'new', 'new'`)],
    end: undefined,
    conflicts: ['edit-against-delete'],
  },
  'a field of the CRM, edited there all the same': { crm: [], cloud: [set(`c = 'cloud'`)], end: '1 a b c d' },
  'a field of the cloud: its value is taken': { crm: [set(`a = 'crm'`)], cloud: [set(`d = 'cloud'`, `c = 'cloud'`)], end: '1 crm b c cloud' },
  'withdrawn here, edited there: gone there, the edit is kept': {
    crm: [set('hidden = true')],
    cloud: [set(`a = 'cloud'`)],
    end: undefined,
    conflicts: ['edit-against-delete'],
  },
  'edited outside the collection, edited there, and back in it': {
    crm: [set('hidden = true'), set(`a = 'crm'`), set('hidden = false')],
    cloud: [set(`a = 'cloud'`)],
    end: '1 crm b c d',
    conflicts: ['a field "crm" "cloud"'],
  },
};

describe.each(Object.entries(PAIRS))('%s', (_, pair) => {
  it.each(['forward first', 'reverse first', 'reverse read before, forward first', 'forward read before, reverse first'] as const)('%s', async (order) => {
    await crm(...pair.crm);
    await cloud(...pair.cloud);
    const early =
      order === 'forward read before, reverse first'
        ? await cycle.readForward()
        : order === 'reverse read before, forward first'
          ? await cycle.readReverse()
          : undefined;
    if (order.endsWith('forward first')) await cycle.forward();
    else await cycle.reverse();
    if (early !== undefined) await cycle.confirm(early, await cycle.deliver(early));
    await cycle.quiesce();
    const { crm: here, cloud: there } = await records();
    expect(there.filter((line) => line.startsWith('1 '))).toEqual(pair.end === undefined ? [] : [pair.end]);
    expect(here.filter((line) => line.startsWith('1 '))).toEqual(
      pair.cloud.length > 0 && pair.crm[0]?.includes('hidden = true') && pair.end === undefined ? ['1 a b c d'] : pair.end === undefined ? [] : [pair.end],
    );
    expect((await conflicts()).map((line) => line.slice(2).replace(/^((?:edit|delete)-against-(?:edit|delete)) .*$/, '$1'))).toEqual(pair.conflicts ?? []);
  });
});

it('creates on both sides under the same key: the CRM wins field by field', async () => {
  await crm(`insert into app.items (id, a, b) values (3, 'crm', 'same')`);
  await cloud(`insert into app.items (tenant, id, a, b) values ('acme', 3, 'cloud', 'same')`);
  await cycle.quiesce();
  expect((await records()).cloud).toContain('3 crm same - -');
  expect(await conflicts()).toEqual(['3 a both-created "crm" "cloud"']);
});

it('a record that came into being alike on both sides, and went here before it was sent, goes there', async () => {
  await crm(`insert into app.items (id, a) values (4, 'x')`);
  await cloud(`insert into app.items (tenant, id, a) values ('acme', 4, 'x')`);
  await cycle.reverse();
  await crm('delete from app.items where id = 4');
  await cycle.quiesce();
  expect(await records()).toEqual({ crm: ['1 a b c d', '2 a b c d'], cloud: ['1 a b c d', '2 a b c d'] });
});

it('... and went there before it was ordered in: that is seen as a deletion, and does not vanish', async () => {
  await crm(`insert into app.items (id, a) values (4, 'x')`);
  await cloud(`insert into app.items (tenant, id, a) values ('acme', 4, 'x')`);
  await cycle.forward();
  await cloud('delete from app.items where id = 4');
  await cycle.quiesce();
  const { crm: here, cloud: there } = await records();
  expect(there).toEqual(here);
  expect(here).toContain('4 x - - -');
  expect((await conflicts()).map((line) => line.slice(0, 21))).toEqual(['4 delete-against-edit']);
});

it('keeps the loser whole, with who wrote it and the message that brought it', async () => {
  await crm(REMOVE);
  await cloud(set(`a = 'cloud'`));
  await cycle.quiesce();
  const [row] = await controlRows(
    stores.crm.admin,
    'select key, field, kind, cloud_value, actor, outcome, message_id is not null as ordered from tidegate.conflict',
  );
  expect(row).toEqual({
    key: ['1'],
    field: null,
    kind: 'edit-against-delete',
    cloud_value: { id: '1', a: 'cloud', b: 'b', c: 'c', d: 'd' },
    actor: 'cloud user',
    outcome: 'crm',
    ordered: true,
  });
});

it('writes what entered into the ledger: the fields that changed, before and after', async () => {
  await crm(set(`a = 'crm'`));
  await cloud(
    set(`a = 'cloud'`, `b = 'cloud'`),
    `update app.items set a = null where id = 2`,
    `insert into app.items (tenant, id, a) values ('acme', 5, 'new')`,
  );
  await cycle.quiesce();
  await cloud('delete from app.items where id = 5');
  await cycle.quiesce();
  const entries = await controlRows(stores.crm.admin, 'select op, key, fields, before, after, actor from tidegate.ledger_entry order by id, key');
  const record = { a: 'new', b: null, c: null, d: null };
  expect(entries).toHaveLength(4);
  expect(entries).toEqual(
    expect.arrayContaining([
      { op: 'U', key: ['1'], fields: ['b'], before: { b: 'b' }, after: { b: 'cloud' }, actor: 'cloud user' },
      { op: 'U', key: ['2'], fields: ['a'], before: { a: 'a' }, after: { a: null }, actor: 'cloud user' },
      { op: 'I', key: ['5'], fields: ['a', 'b', 'c', 'd'], before: null, after: record, actor: 'cloud user' },
      { op: 'D', key: ['5'], fields: ['a', 'b', 'c', 'd'], before: record, after: null, actor: 'cloud user' },
    ]),
  );
});

it('what the cloud could not take, its users have not seen: their edit does not win over it', async () => {
  await stores.cloud.admin.query('alter table app.items add constraint short check (length(a) < 5)');
  await crm(set(`a = 'too long'`));
  await cycle.forward();
  await cloud(set(`a = 'ours'`));
  await cycle.quiesce();
  expect((await records()).crm).toContain('1 too long b c d');
  expect(await conflicts()).toEqual(['1 a field "too long" "ours"']);
  // The CRM's value waits at the cloud, with its reason, until somebody shortens it.
  expect((await records()).cloud).toContain('1 ours b c d');
  expect(await controlRows(stores.cloud.admin, `select code from tidegate.quarantine where state = 'waiting'`)).toEqual([{ code: 'constraint-violated' }]);
  await crm(set(`a = 'fits'`));
  await cycle.quiesce();
  expect(await records()).toMatchObject({ crm: ['1 fits b c d', '2 a b c d'], cloud: ['1 fits b c d', '2 a b c d'] });
  expect(await controlRows(stores.cloud.admin, `select code from tidegate.quarantine where state = 'waiting'`)).toEqual([]);
  await stores.cloud.admin.query('alter table app.items drop constraint short');
});

it('refuses a field that the CRM owns: set aside with its reason, and sent back', async () => {
  await cloud(set(`c = 'cloud'`), `update app.items set c = 'cloud', a = 'cloud' where id = 2`);
  await cycle.quiesce();
  expect(await records()).toEqual({ crm: ['1 a b c d', '2 cloud b c d'], cloud: ['1 a b c d', '2 cloud b c d'] });
  expect(await controlRows(stores.crm.admin, 'select key, code, field from tidegate.quarantine order by key')).toEqual([
    { key: ['1'], code: 'field-not-authorised', field: 'c' },
    { key: ['2'], code: 'field-not-authorised', field: 'c' },
  ]);
  const [books] = await controlRows(
    stores.crm.admin,
    `select applied, conflicted, quarantined from tidegate."window" where direction = 'reverse' and offered = 2 order by ordinal desc limit 1`,
  );
  expect(books).toEqual({ applied: 0, conflicted: 1, quarantined: 1 });
});
