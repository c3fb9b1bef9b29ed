import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRows } from '../../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../../support/two-stores.ts';
import { decide } from '../release/release-fixture.ts';

/* The three rules for conflicts, whichever side runs first: both stores agree in the end, and the loser is kept and can be restored. */

const TABLES = ['wins', 'asks', 'mixed'] as const;
type Table = (typeof TABLES)[number];

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  const columns = 'a text, b text, c text';
  stores = await openTwoStores({
    crmSql: TABLES.map((name) => `create table app.${name} (id int primary key, ${columns}, hidden boolean default false);`).join(''),
    cloudSql: TABLES.map((name) => `create table app.${name} (tenant text, id int, ${columns}, primary key (tenant, id));`).join(''),
    collections: TABLES.map((table) => ({
      table,
      fields: [
        'id',
        { column: 'a', ...(table === 'mixed' ? { conflicts: 'review' as const } : {}) },
        { column: 'b', ...(table === 'mixed' ? { conflicts: 'cloud-wins' as const } : {}) },
        { column: 'c', authority: 'crm' as const },
      ],
      filter: { sql: 'not hidden', columns: ['hidden'] },
      outOfScope: 'retract' as const,
      ...(table === 'mixed' ? {} : { conflicts: table === 'wins' ? ('cloud-wins' as const) : ('review' as const) }),
    })),
  });
  cycle = new DataCycle(stores);
  for (let at = 0; at < TABLES.length; at++) {
    await cycle.load(at);
    await cycle.forward(at);
  }
});
afterAll(async () => stores[Symbol.asyncDispose]());

/** Synchronises one collection until nothing moves. */
async function settle(table: Table): Promise<void> {
  const at = TABLES.indexOf(table);
  for (let round = 0; round < 12; round++) if ((await cycle.forward(at)) + (await cycle.reverse(at)) === 0) return;
  throw new Error('still moving');
}

/** The record of this test: each has one of its own, `:id` in its statements. */
let id = 0;

/** A record that is alike on both sides. */
async function begin(table: Table): Promise<void> {
  id++;
  await crm(`insert into app.${table} values (:id, 'a', 'b', 'c')`);
  await cycle.forward(TABLES.indexOf(table));
}

const own = (sql: string) => sql.replaceAll(':id', String(id));
const crm = (sql: string) => stores.crm.page.query(own(sql));
const cloud = (sql: string) => asCloudUser(stores.cloud.user, own(sql));
const line = `concat_ws(' ', coalesce(a, '-'), coalesce(b, '-'), coalesce(c, '-'))`;
async function both(table: Table): Promise<readonly (string | undefined)[]> {
  const read = async (pool: typeof stores.crm.admin) =>
    (await controlRows<{ line: string }>(pool, `select ${line} as line from app.${table} where id = ${id}`))[0]?.line;
  return [await read(stores.crm.admin), await read(stores.cloud.admin)];
}
const conflicts = async () =>
  (
    await controlRows<{ line: string }>(
      stores.crm.admin,
      `select concat_ws(' ', field, kind, outcome, crm_value::text, cloud_value::text) as line from tidegate.conflict where key = '{${id}}' order by field`,
    )
  ).map((row) => row.line);
const theConflict = async () =>
  (await controlRows<{ id: number }>(stores.crm.admin, `select id from tidegate.conflict where key = '{${id}}' order by id`))[0]?.id ?? 0;

interface Case {
  readonly table: Table;
  readonly crm: string;
  readonly cloud: string | readonly string[];
  /** The record on both sides in the end; undefined where it is gone. */
  readonly end: string | undefined;
  readonly conflicts: readonly string[];
}
const set = (table: Table, values: string) => `update app.${table} set ${values} where id = :id`;
const remove = (table: Table) => `delete from app.${table} where id = :id`;

const CASES: Readonly<Record<string, Case>> = {
  'cloud-wins, the same field': {
    table: 'wins',
    crm: set('wins', `a = 'crm'`),
    cloud: set('wins', `a = 'cloud', b = 'cloud'`),
    end: 'cloud cloud c',
    conflicts: ['a field cloud "crm" "cloud"'],
  },
  'cloud-wins, cleared there': {
    table: 'wins',
    crm: set('wins', `a = 'crm'`),
    cloud: set('wins', 'a = null'),
    end: '- b c',
    conflicts: ['a field cloud "crm" null'],
  },
  'cloud-wins, a field of the CRM all the same': {
    table: 'wins',
    crm: set('wins', `c = 'crm'`),
    cloud: set('wins', `c = 'cloud'`),
    end: 'a b crm',
    conflicts: [],
  },
  'cloud-wins, deleted here, edited there: it comes back': {
    table: 'wins',
    crm: remove('wins'),
    cloud: set('wins', `a = 'cloud'`),
    end: 'cloud b -',
    conflicts: ['edit-against-delete cloud {"a": "cloud", "b": "b", "c": "c", "id": ":id"}'],
  },
  'cloud-wins, edited here, deleted there: gone': {
    table: 'wins',
    crm: set('wins', `a = 'crm'`),
    cloud: remove('wins'),
    end: undefined,
    conflicts: ['delete-against-edit cloud {"a": "crm", "b": "b", "c": "c"} {"a": null, "b": null, "c": null, "id": ":id"}'],
  },
  'review, the same field: the CRM’s stands, the cloud’s waits': {
    table: 'asks',
    crm: set('asks', `a = 'crm'`),
    cloud: set('asks', `a = 'cloud', b = 'cloud'`),
    end: 'crm cloud c',
    conflicts: ['a field review "crm" "cloud"'],
  },
  'review, deleted here, edited there': {
    table: 'asks',
    crm: remove('asks'),
    cloud: set('asks', `a = 'cloud'`),
    end: undefined,
    conflicts: ['edit-against-delete review {"a": "cloud", "b": "b", "c": "c", "id": ":id"}'],
  },
  'review, edited here, deleted there': {
    table: 'asks',
    crm: set('asks', `a = 'crm'`),
    cloud: remove('asks'),
    end: 'crm b c',
    conflicts: ['delete-against-edit review {"a": "crm", "b": "b", "c": "c"} {"a": null, "b": null, "c": null, "id": ":id"}'],
  },
  'cloud-wins, deleted and made anew here, edited there': {
    table: 'wins',
    crm: `${remove('wins')}; insert into app.wins (id, a, b) values (:id, 'new', 'new')`,
    cloud: set('wins', `a = 'cloud'`),
    end: 'cloud new -',
    conflicts: ['a field cloud "new" "cloud"'],
  },
  'cloud-wins, edited here, deleted and made anew there': {
    table: 'wins',
    crm: set('wins', `a = 'crm'`),
    cloud: [remove('wins'), `insert into app.wins (tenant, id, a, b) values ('acme', :id, 'new', 'new')`],
    end: 'new new c',
    conflicts: ['a field cloud "crm" "new"'],
  },
  'cloud-wins, made anew on both sides': {
    table: 'wins',
    crm: `${remove('wins')}; insert into app.wins (id, a, b) values (:id, 'crm', 'same')`,
    cloud: [remove('wins'), `insert into app.wins (tenant, id, a, b) values ('acme', :id, 'cloud', 'same')`],
    end: 'cloud same -',
    conflicts: ['a field cloud "crm" "cloud"'],
  },
  'review, made anew on both sides': {
    table: 'asks',
    crm: `${remove('asks')}; insert into app.asks (id, a, b) values (:id, 'crm', 'same')`,
    cloud: [remove('asks'), `insert into app.asks (tenant, id, a, b) values ('acme', :id, 'cloud', 'same')`],
    end: 'crm same -',
    conflicts: ['a field review "crm" "cloud"'],
  },
  'cloud-wins, deleted on both sides': { table: 'wins', crm: remove('wins'), cloud: remove('wins'), end: undefined, conflicts: [] },
  'each field by its own rule': {
    table: 'mixed',
    crm: set('mixed', `a = 'crm', b = 'crm'`),
    cloud: set('mixed', `a = 'cloud', b = 'cloud'`),
    end: 'crm cloud c',
    conflicts: ['a field review "crm" "cloud"', 'b field cloud "crm" "cloud"'],
  },
  'different fields are no conflict under any rule': {
    table: 'asks',
    crm: set('asks', `a = 'crm'`),
    cloud: set('asks', `b = 'cloud'`),
    end: 'crm cloud c',
    conflicts: [],
  },
};

describe.each(Object.entries(CASES))('%s', (_, { table, end, ...edits }) => {
  it.each(['forward first', 'reverse first', 'reverse read before, forward first', 'forward read before, reverse first'] as const)('%s', async (order) => {
    const at = TABLES.indexOf(table);
    await begin(table);
    await crm(edits.crm);
    for (const sql of [edits.cloud].flat()) await cloud(sql);
    const early =
      order === 'forward read before, reverse first'
        ? await cycle.readForward(at)
        : order === 'reverse read before, forward first'
          ? await cycle.readReverse(at)
          : undefined;
    if (order.endsWith('forward first')) await cycle.forward(at);
    else await cycle.reverse(at);
    if (early !== undefined) await cycle.confirm(early, await cycle.deliver(early));
    await settle(table);
    expect(await both(table)).toEqual([end, end]);
    expect(await conflicts()).toEqual(edits.conflicts.map(own));
  });
});

it.each(['forward first', 'reverse first'])('a record that the filter withdrew stays withdrawn, though the cloud wins: %s', async (order) => {
  await begin('wins');
  await crm(set('wins', 'hidden = true'));
  await cloud(set('wins', `a = 'cloud'`));
  if (order === 'forward first') await cycle.forward(0);
  await cycle.reverse(0);
  await settle('wins');
  expect(await both('wins')).toEqual(['a b c', undefined]);
  expect((await conflicts()).map((told) => told.slice(0, 23))).toEqual(['edit-against-delete crm']);
});

describe('restored', () => {
  const clash = async (table: Table, here: string, there: string) => {
    await begin(table);
    await crm(here);
    await cloud(there);
    await settle(table);
    return theConflict();
  };
  const at = (table: Table) => TABLES.indexOf(table);
  const outcome = async () =>
    (
      await controlRows(stores.crm.admin, `select outcome, decided_by as by, release_id is not null as released from tidegate.conflict where key = '{${id}}'`)
    )[0];

  it('the cloud’s value, into both stores', async () => {
    const subject = await clash('asks', set('asks', `a = 'crm'`), set('asks', `a = 'cloud'`));
    expect(await decide(stores, { act: 'restore', subject, at: at('asks') })).toBe('applied');
    await settle('asks');
    expect(await both('asks')).toEqual(['cloud b c', 'cloud b c']);
    expect(await outcome()).toEqual({ outcome: 'cloud', by: 'anna', released: true });
    const entry = await controlRows(
      stores.crm.admin,
      `select fields, before, after, actor from tidegate.ledger_entry where actor = 'anna' and key = '{${id}}'`,
    );
    expect(entry).toEqual([{ fields: ['a'], before: { a: 'crm' }, after: { a: 'cloud' }, actor: 'anna' }]);
  });

  it('and taken back again: the CRM’s', async () => {
    const subject = await clash('asks', set('asks', `a = 'crm'`), set('asks', `a = 'cloud'`));
    await decide(stores, { act: 'restore', subject, at: at('asks') });
    await decide(stores, { act: 'restore', subject, at: at('asks') });
    await settle('asks');
    expect(await both('asks')).toEqual(['crm b c', 'crm b c']);
    expect(await outcome()).toMatchObject({ outcome: 'crm' });
  });

  it('a third value', async () => {
    const subject = await clash('asks', set('asks', `a = 'crm'`), set('asks', `a = 'cloud'`));
    await decide(stores, { act: 'restore', subject, values: { a: 'third' }, at: at('asks') });
    await settle('asks');
    expect(await both('asks')).toEqual(['third b c', 'third b c']);
    expect(await outcome()).toMatchObject({ outcome: 'value' });
  });

  it('the CRM’s value where the cloud had won', async () => {
    const subject = await clash('wins', set('wins', `a = 'crm'`), set('wins', `a = 'cloud'`));
    await decide(stores, { act: 'restore', subject });
    await settle('wins');
    expect(await both('wins')).toEqual(['crm b c', 'crm b c']);
  });

  it('an edit of a record that was deleted: it is there again, but for what only the CRM may write', async () => {
    const subject = await clash('asks', remove('asks'), set('asks', `a = 'cloud'`));
    await decide(stores, { act: 'restore', subject, at: at('asks') });
    await settle('asks');
    expect(await both('asks')).toEqual(['cloud b -', 'cloud b -']);
  });

  it('a delete of a record that was edited: it is gone on both sides', async () => {
    const subject = await clash('asks', set('asks', `a = 'crm'`), remove('asks'));
    await decide(stores, { act: 'restore', subject, at: at('asks') });
    await settle('asks');
    expect(await both('asks')).toEqual([undefined, undefined]);
  });

  it('a record that the CRM edited and the cloud’s delete took: it is back', async () => {
    const subject = await clash('wins', set('wins', `a = 'crm'`), remove('wins'));
    await decide(stores, { act: 'restore', subject });
    await settle('wins');
    expect(await both('wins')).toEqual(['crm b -', 'crm b -']);
  });

  it('nothing over a record that is there again, and no value that the conflict is not about', async () => {
    const subject = await clash('asks', remove('asks'), set('asks', `a = 'cloud'`));
    await crm(`insert into app.asks values (:id, 'new', 'new', 'new')`);
    await expect(decide(stores, { act: 'restore', subject, at: at('asks') })).rejects.toMatchObject({ code: 'version-conflict' });
    await expect(decide(stores, { act: 'restore', subject, values: { a: 'x' }, at: at('asks') })).rejects.toMatchObject({ code: 'bad-request' });
    expect((await both('asks'))[0]).toBe('new new new');
  });
});
