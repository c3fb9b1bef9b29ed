import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow, controlRows } from '../../../adaptor/data/control-rows.ts';
import { codeOf } from '../../support/code-of.ts';
import { DataCycle, type WindowInFlight } from '../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../support/two-stores.ts';

/* Laws about conflicts, deletes, the scope and records that cannot be taken, over random edits, orders and clocks on two real stores. */

const RUNS = Number(process.env['TIDEGATE_RUNS'] ?? 5);
const RULES = ['crm-wins', 'cloud-wins', 'review'] as const;
const TABLES = RULES.map((rule) => rule.replace('-', '_'));
let stores: TwoStores;
let cycle: DataCycle;
let id = 0;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: TABLES.map(
      (name) => `create table app.${name} (id int primary key, a text, b text, size int check (size <> 13), hidden boolean default false);`,
    ).join(''),
    cloudSql: TABLES.map(
      (name) => `create table app.${name} (tenant text, id int, a text, b text, size int check (size <> 14), primary key (tenant, id));`,
    ).join(''),
    collections: RULES.map((conflicts, at) => ({
      table: TABLES[at] ?? '',
      conflicts,
      fields: ['id', 'a', 'b', 'size'],
      filter: { sql: 'not hidden', columns: ['hidden'] },
    })),
  });
  cycle = new DataCycle(stores);
  for (const at of RULES.keys()) {
    await cycle.load(at);
    await cycle.forward(at);
  }
});
afterAll(async () => stores[Symbol.asyncDispose]());

type Side = 'crm' | 'cloud';
const sides = ['crm', 'cloud'] as const;
const table = (at: number) => `app.${TABLES[at] ?? ''}`;
const on = async (side: Side, sql: string, values: unknown[] = []) =>
  void (side === 'crm' ? await stores.crm.page.query(sql, values) : await asCloudUser(stores.cloud.user, sql, values));
const insert = (at: number, side: Side, key: number, a: string | null, size: number | null = null) =>
  side === 'crm'
    ? on('crm', `insert into ${table(at)} (id, a, size) values ($1, $2, $3)`, [key, a, size])
    : on('cloud', `insert into ${table(at)} (tenant, id, a, size) values ('acme', $1, $2, $3)`, [key, a, size]);
const read = (at: number, side: Side, key = id) =>
  controlRow<{ a: string | null; b: string | null; size: number | null }>(stores[side].admin, `select a, b, size from ${table(at)} where id = $1`, [key]);
const both = async (at: number, key = id) => Promise.all(sides.map((side) => read(at, side, key)));
const conflictsOf = (key = id) =>
  controlRows<{ kind: string; crm: string | null; cloud: string | null }>(
    stores.crm.admin,
    `select kind, crm_value #>> '{}' as crm, cloud_value #>> '{}' as cloud from tidegate.conflict where key = array[$1::text] order by id`,
    [key],
  );

/** Until nothing moves. */
async function settle(at: number): Promise<void> {
  for (let round = 0; round < 12; round++) if ((await cycle.forward(at)) + (await cycle.reverse(at)) === 0) return;
  throw new Error('still moving');
}

/** A record that is alike on both sides. */
async function begin(at: number): Promise<void> {
  await insert(at, 'crm', ++id, 'start');
  await cycle.forward(at);
}

/** Both windows of a moment, in one of the orders in which they can meet. */
async function exchange(at: number, order: (typeof ORDERS)[number]): Promise<void> {
  const deliver = async (window: WindowInFlight | undefined) => window && cycle.confirm(window, await cycle.deliver(window));
  if (order === 'forward first') await cycle.forward(at);
  if (order === 'reverse first') await cycle.reverse(at);
  if (order === 'crossed') {
    const [forward, reverse] = [await cycle.readForward(at), await cycle.readReverse(at)];
    await deliver(reverse);
    await deliver(forward);
  }
  await settle(at);
}

/** The clocks of both sides are as wrong as they like. */
async function skew(hours: readonly [number, number]): Promise<void> {
  for (const [i, side] of sides.entries())
    await stores[side].admin.query(`update tidegate.change_log set logged_at = logged_at + make_interval(hours => $1)`, [hours[i]]);
}

const ORDERS = ['forward first', 'reverse first', 'crossed'] as const;
const rule = fc.nat({ max: RULES.length - 1 });
const order = fc.constantFrom(...ORDERS);
const where = fc.constantFrom(...sides);
const clocks = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }));
const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 8 }).map((s) => s.replaceAll('\0', '')));
const check = <T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>) => fc.assert(fc.asyncProperty(arbitrary, body), { numRuns: RUNS });
const SLOW = { timeout: 60_000 };

describe('laws of conflicts', () => {
  it('11: what becomes of a conflict depends on its rule alone, not on clocks or on which side runs first; the loser is kept', SLOW, () =>
    check(fc.tuple(rule, order, clocks, text, text), async ([at, first, hours, one, other]) => {
      const [ours, theirs] = [one === null ? null : `crm ${one}`, other === null ? 'cloud' : `cloud ${other}`];
      await begin(at);
      await on('crm', `update ${table(at)} set a = $2 where id = $1`, [id, ours]);
      await on('cloud', `update ${table(at)} set a = $2 where id = $1`, [id, theirs]);
      await skew(hours);
      await exchange(at, first);
      const winner = { a: RULES[at] === 'cloud-wins' ? theirs : ours };
      expect(await both(at)).toMatchObject([winner, winner]);
      expect(await conflictsOf()).toEqual([{ kind: 'field', crm: ours, cloud: theirs }]);
    }),
  );

  it('12: an edit against a delete is settled by the rule, and never silently', SLOW, () =>
    check(fc.tuple(rule, order, clocks, where, text), async ([at, first, hours, deleter, edit]) => {
      await begin(at);
      const a = `edited ${edit ?? ''}`;
      const editor = deleter === 'crm' ? 'cloud' : 'crm';
      await on(deleter, `delete from ${table(at)} where id = $1`, [id]);
      await on(editor, `update ${table(at)} set a = $2 where id = $1`, [id, a]);
      await skew(hours);
      await exchange(at, first);
      const winner = RULES[at] === 'cloud-wins' ? 'cloud' : 'crm';
      expect(await both(at)).toMatchObject(winner === editor ? [{ a }, { a }] : [undefined, undefined]);
      expect(await conflictsOf()).toMatchObject([{ kind: deleter === 'crm' ? 'edit-against-delete' : 'delete-against-edit' }]);
    }),
  );
});

describe('laws of deletes', () => {
  it('13: a window that is cut short anywhere, or empty, changes and deletes nothing; whole, it has its effect', SLOW, () => {
    const cut = fc.oneof(fc.constantFrom('empty', 'last line'), fc.double({ min: 0, max: 0.999, noNaN: true }));
    const shortened = (bytes: Buffer, how: 'empty' | 'last line' | number): Buffer => {
      if (how === 'empty') return Buffer.alloc(0);
      if (how === 'last line') return bytes.subarray(0, bytes.subarray(0, -1).lastIndexOf(10) + 1);
      // The end of the last line alone means nothing: it is the digest, checked where the bytes arrive, that knows of it.
      return bytes.subarray(0, Math.floor((bytes.length - 1) * how));
    };
    return check(fc.tuple(where, fc.array(fc.constantFrom('edit', 'delete'), { minLength: 1, maxLength: 4 }), cut), async ([side, acts, how]) => {
      const keys: number[] = [];
      for (const _ of acts) {
        await begin(0);
        keys.push(id);
      }
      for (const [i, act] of acts.entries())
        await on(side, act === 'delete' ? `delete from ${table(0)} where id = $1` : `update ${table(0)} set a = 'edited' where id = $1`, [keys[i]]);
      const window = await (side === 'crm' ? cycle.readForward() : cycle.readReverse());
      if (window === undefined) throw new Error('nothing to send');
      const receiver = side === 'crm' ? 'cloud' : 'crm';
      const all = () => controlRows(stores[receiver].admin, `select * from ${table(0)} order by id`);
      const before = await all();
      expect(await codeOf(cycle.deliver({ ...window, bytes: shortened(window.bytes, how as number) }))).toBe('batch-refused');
      expect(await all()).toEqual(before);
      await cycle.confirm(window, await cycle.deliver(window));
      for (const [i, act] of acts.entries())
        expect(await read(0, receiver, keys[i])).toEqual(act === 'delete' ? undefined : expect.objectContaining({ a: 'edited' }));
    });
  });

  it('15: what was deleted does not come back, whatever is sent again; what is made anew on purpose lives', SLOW, () =>
    check(fc.tuple(rule, fc.array(fc.tuple(where, fc.constantFrom('delete', 'make', 'send again')), { minLength: 2, maxLength: 5 })), async ([at, acts]) => {
      const sent: WindowInFlight[] = [];
      const round = async (): Promise<void> => {
        for (const direction of ['forward', 'reverse'] as const) {
          const window = await (direction === 'forward' ? cycle.readForward(at) : cycle.readReverse(at));
          if (window === undefined) continue;
          sent.push(window);
          await cycle.confirm(window, await cycle.deliver(window));
        }
        await settle(at);
      };
      await insert(at, 'crm', ++id, 'start');
      await round();
      let value: string | undefined = 'start';
      for (const [i, [side, act]] of acts.entries()) {
        if (act === 'delete') {
          await on(side, `delete from ${table(at)} where id = $1`, [id]);
          value = undefined;
        } else if (act === 'make' && value === undefined) await insert(at, side, id, (value = `made ${i}`));
        else if (act === 'send again') for (const window of sent) await cycle.deliver(window).catch(() => undefined);
        await round();
        expect(await both(at)).toEqual([value, value].map((a) => (a === undefined ? undefined : expect.objectContaining({ a }))));
      }
      expect(await conflictsOf()).toEqual([]);
    }),
  );

  it('16: leaving the scope deletes nothing, and coming back makes nothing anew', SLOW, () =>
    check(fc.tuple(rule, fc.array(fc.constantFrom('hide', 'show', 'edit here', 'edit there'), { minLength: 1, maxLength: 6 })), async ([at, acts]) => {
      await begin(at);
      let isHidden = false;
      for (const [i, act] of acts.entries()) {
        if (act === 'hide' || act === 'show') {
          isHidden = act === 'hide';
          await on('crm', `update ${table(at)} set hidden = $2 where id = $1`, [id, isHidden]);
        } else if (act === 'edit here') await on('crm', `update ${table(at)} set a = $2 where id = $1`, [id, `here ${i}`]);
        else if (!isHidden) await on('cloud', `update ${table(at)} set b = $2 where id = $1`, [id, `there ${i}`]);
        const there = await read(at, 'cloud');
        await settle(at);
        const [crm, cloud] = await both(at);
        expect(crm).toBeDefined();
        expect(cloud).toBeDefined();
        // What happens outside of the scope stays there.
        if (isHidden) expect(cloud).toEqual(there);
        else expect(cloud).toEqual(crm);
      }
      const gone = `select from tidegate.change_log where op in ('I', 'D') and key[cardinality(key)] = $1::text`;
      expect(await controlRows(stores.cloud.admin, gone, [id])).toEqual([]);
      expect(await controlRows(stores.crm.admin, `${gone} and op = 'D'`, [id])).toEqual([]);
    }),
  );
});

describe('laws of failures', () => {
  it('28: records that cannot be taken are set aside, every other one lands, and they follow once they are mended', SLOW, () =>
    check(fc.tuple(rule, where, fc.array(fc.boolean(), { minLength: 1, maxLength: 9 })), async ([at, side, good]) => {
      const keys = good.map(() => ++id);
      const receiver = side === 'crm' ? 'cloud' : 'crm';
      const bad = side === 'crm' ? 14 : 13;
      for (const [i, isGood] of good.entries()) await insert(at, side, keys[i] ?? 0, 'new', isGood ? 1 : bad);
      const window = await (side === 'crm' ? cycle.readForward(at) : cycle.readReverse(at));
      if (window === undefined) throw new Error('nothing to send');
      const injected = await cycle.deliver(window);
      await cycle.confirm(window, injected);
      const failed = good.filter((isGood) => !isGood).length;
      expect(injected.books).toMatchObject({ offered: good.length, applied: good.length - failed, quarantined: failed });
      for (const [i, isGood] of good.entries()) expect((await read(at, receiver, keys[i])) !== undefined).toBe(isGood);
      await on(side, `update ${table(at)} set size = 2 where size = $1`, [bad]);
      await settle(at);
      for (const key of keys) {
        const [crm, cloud] = await both(at, key);
        expect(cloud).toEqual(crm);
        expect(crm).toBeDefined();
      }
      expect(await controlRows(stores[receiver].admin, `select from tidegate.quarantine where state = 'waiting'`)).toEqual([]);
    }),
  );
});
