import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../adaptor/data/control-rows.ts';
import { DataCycle } from '../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../support/two-stores.ts';

/*
 * Laws of a round trip, over random records and edits on two real stores. What the cloud cannot hold (`only_crm`), what the CRM does
 * not map (`residue`, at both sides), and what a user cleared are three different things.
 */

const RUNS = Number(process.env['TIDEGATE_RUNS'] ?? 15);
let stores: TwoStores;
let cycle: DataCycle;
let id = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, a text, b text, n numeric, j jsonb, only_crm text, residue text default 'crm residue')`,
    cloudSql: `create table app.items (tenant text, id int, a text, b text, n numeric, j jsonb, residue text default 'cloud residue', primary key (tenant, id))`,
    collections: [
      {
        table: 'items',
        fields: ['id', 'a', 'b', 'n', 'j', 'only_crm'],
        cloud: { columns: ['id', 'a', 'b', 'n', 'j'].map((name) => ({ field: name, column: name })) },
      },
    ],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

type Values = Readonly<Record<string, string | null>>;
const text = fc.oneof(
  fc.constantFrom(null, '', ' ', '\\N', '"', 'a|b', 'ü\u{1F600}', "o'clock", '-', 'null'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((s) => s.replaceAll('\0', '')),
);
const number = fc.constantFrom(null, '0', '-0.10', '9007199254740993', '0.000001', '1e3', '1.50');
const json = fc.constantFrom(null, '{}', '[1, "x"]', '{"a": 9007199254740993}', '"s"', 'null');
const values = fc.record({ a: text, b: text, n: number, j: json });
const MAPPED = ['a', 'b', 'n', 'j'] as const;
const changes = fc.tuple(fc.subarray([...MAPPED], { minLength: 1 }), values);

const read = async (side: 'crm' | 'cloud', key = id): Promise<Values | undefined> =>
  controlRow<Values>(stores[side].admin, 'select a, b, n::text, j::text, residue from app.items where id = $1', [key]);
const onlyCrm = async () => (await controlRow<{ only_crm: string }>(stores.crm.admin, 'select only_crm from app.items where id = $1', [id]))?.only_crm;
const mapped = (record: Values | undefined) => Object.fromEntries(MAPPED.map((name) => [name, record?.[name]]));

/** A record that is alike on both sides, with something of its own at each. */
async function begin({ a, b, n, j }: Values): Promise<void> {
  id++;
  await stores.crm.page.query(`insert into app.items values ($1, $2, $3, $4, $5, 'kept here')`, [id, a, b, n, j]);
  await cycle.quiesce();
}

async function edit(side: 'crm' | 'cloud', [fields, given]: readonly [readonly (typeof MAPPED)[number][], Values]): Promise<void> {
  const sql = `update app.items set ${fields.map((name, i) => `${name} = $${i + 2}`).join(', ')} where id = $1`;
  const parameters = [id, ...fields.map((name) => given[name])];
  if (side === 'crm') await stores.crm.page.query(sql, parameters);
  else await asCloudUser(stores.cloud.user, sql, parameters);
}

const check = <T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>) => fc.assert(fc.asyncProperty(arbitrary, body), { numRuns: RUNS });
const side = fc.constantFrom('crm' as const, 'cloud' as const);

describe('laws of a round trip', () => {
  it('3 and 5: there and back every value is the same text, cleared is not absent, and what the cloud cannot hold is not cleared', { timeout: 60_000 }, () =>
    check(fc.tuple(values, values), async ([first, second]) => {
      await begin(first);
      expect(mapped(await read('cloud'))).toEqual(mapped(await read('crm')));
      await edit('cloud', [[...MAPPED], second]);
      const there = mapped(await read('cloud'));
      await cycle.quiesce();
      expect(mapped(await read('crm'))).toEqual(there);
      expect(mapped(await read('cloud'))).toEqual(there);
      expect(await onlyCrm()).toBe('kept here');
    }),
  );

  it('4 and 6: an edit changes its own fields at the other side, and nothing else; what is not mapped survives', { timeout: 60_000 }, () =>
    check(fc.tuple(side, values, changes), async ([where, first, [fields, given]]) => {
      await begin(first);
      const other = where === 'crm' ? 'cloud' : 'crm';
      const before = await read(other);
      await edit(where, [fields, given]);
      const edited = await read(where);
      await cycle.quiesce();
      const expected = { ...before, ...Object.fromEntries(fields.map((name) => [name, edited?.[name]])) };
      expect(await read(other)).toEqual(expected);
      expect((await read('crm'))?.['residue']).toBe('crm residue');
      expect((await read('cloud'))?.['residue']).toBe('cloud residue');
      expect(await onlyCrm()).toBe('kept here');
    }),
  );

  it('7: to write what is there already sends nothing; what came in is sent back by nobody', { timeout: 60_000 }, () =>
    check(fc.tuple(side, values), async ([where, first]) => {
      await begin(first);
      await edit(where, [[...MAPPED], first]);
      expect((await cycle.forward()) + (await cycle.reverse())).toBe(0);
    }),
  );

  it('2 and 9: delivered twice, with the answer lost or not, a window has one effect', { timeout: 60_000 }, () =>
    check(fc.tuple(side, values, changes, fc.boolean()), async ([where, first, change, lost]) => {
      await begin(first);
      await edit(where, change);
      const window = await (where === 'crm' ? cycle.readForward() : cycle.readReverse());
      if (window === undefined) return;
      const before = await entries();
      const injected = await cycle.deliver(window);
      const again = await cycle.deliver(window);
      expect(again).toMatchObject({ repeated: true, receiptJws: injected.receiptJws });
      expect((await entries()) - before).toBe(where === 'crm' ? 0 : 1);
      if (!lost) await cycle.confirm(window, injected);
      else if (where === 'crm') await cycle.settle(window);
      await cycle.quiesce();
      expect(mapped(await read('cloud'))).toEqual(mapped(await read('crm')));
    }),
  );

  it('8: a key is one record at each side, whatever happens to it', { timeout: 60_000 }, () =>
    check(fc.tuple(values, fc.array(fc.tuple(side, fc.constantFrom('delete', 'make')), { maxLength: 4 })), async ([first, acts]) => {
      await begin(first);
      for (const [where, act] of acts) {
        if (where === 'crm')
          await stores.crm.page.query(
            act === 'delete' ? 'delete from app.items where id = $1' : 'insert into app.items (id) values ($1) on conflict do nothing',
            [id],
          );
        else
          await asCloudUser(
            stores.cloud.user,
            act === 'delete' ? 'delete from app.items where id = $1' : `insert into app.items (tenant, id) values ('acme', $1) on conflict do nothing`,
            [id],
          );
      }
      await cycle.quiesce();
      const counts = await Promise.all([stores.crm, stores.cloud].map(({ admin }) => controlRows(admin, 'select id from app.items where id = $1', [id])));
      expect(counts[1]).toEqual(counts[0]);
      expect(mapped(await read('cloud'))).toEqual(mapped(await read('crm')));
    }),
  );
});

const entries = async () => (await controlRow<{ n: number }>(stores.crm.admin, 'select count(*) as n from tidegate.ledger_entry'))?.n ?? 0;
