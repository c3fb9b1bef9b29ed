import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AppStore, attachCollection, createAppStore } from '../../../support/captured-table.ts';
import { Replica, Sender } from '../../../support/window-reading.ts';
import type { CollectionPlan } from '../../../../adaptor/data/plan.ts';

/*
 * Random interleavings of several open transactions, savepoints and windows: whatever the order of commits, the windows put
 * together are the table, and two further windows hold nothing.
 */

const SESSIONS = 3;
/** Every session has rows of its own, so that no step waits for another session's lock. */
const ROWS_A_SESSION = 4;

let store: AppStore<'crm'>;
let clients: PoolClient[];

beforeAll(async () => {
  store = await createAppStore('crm');
  clients = await Promise.all(Array.from({ length: SESSIONS }, () => store.admin.connect()));
});
afterAll(async () => {
  for (const client of clients) client.release();
  await store[Symbol.asyncDispose]();
});

type Step =
  | { readonly kind: 'write'; readonly session: number; readonly row: number; readonly write: Write }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'rollback to'; readonly session: number }
  | { readonly kind: 'window' };

type Write =
  | { readonly act: 'put'; readonly a: string | null; readonly open: boolean }
  | { readonly act: 'a' | 'b'; readonly value: string | null }
  | { readonly act: 'open'; readonly value: boolean }
  | { readonly act: 'delete' }
  | { readonly act: 'move'; readonly to: number };

const text = fc.constantFrom('x', 'y', '', null);
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ act: fc.constant('put' as const), a: text, open: fc.boolean() }),
  fc.record({ act: fc.constantFrom('a' as const, 'b' as const), value: text }),
  fc.record({ act: fc.constant('open' as const), value: fc.boolean() }),
  fc.record({ act: fc.constant('delete' as const) }),
  fc.record({ act: fc.constant('move' as const), to: fc.nat(ROWS_A_SESSION - 1) }),
);
const session = fc.nat(SESSIONS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), session, row: fc.nat(ROWS_A_SESSION - 1), write }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('begin' as const, 'commit' as const, 'rollback' as const, 'savepoint' as const, 'rollback to' as const),
      session,
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'window' as const }) },
);

/** Runs steps; what makes no sense in a session's state is left out. */
class Interleaving {
  readonly #open = new Set<number>();
  readonly #saved = new Set<number>();

  async run(table: string, one: Exclude<Step, { kind: 'window' }>): Promise<void> {
    const client = clients[one.session];
    if (client === undefined) return;
    const open = this.#open.has(one.session);
    switch (one.kind) {
      case 'begin':
        if (!open) await client.query('BEGIN');
        this.#open.add(one.session);
        return;
      case 'commit':
      case 'rollback':
        if (open) await client.query(one.kind);
        this.#open.delete(one.session);
        this.#saved.delete(one.session);
        return;
      case 'savepoint':
        if (open) await client.query('SAVEPOINT s');
        if (open) this.#saved.add(one.session);
        return;
      case 'rollback to':
        if (this.#saved.has(one.session)) await client.query('ROLLBACK TO s');
        return;
      default:
        await client.query(statement(table, one.session * ROWS_A_SESSION + one.row, one.session, one.write));
    }
  }

  async finish(): Promise<void> {
    for (const open of this.#open) await clients[open]?.query('COMMIT');
  }
}

function statement(table: string, id: number, owner: number, one: Write): string {
  const value = (v: string | null) => (v === null ? 'NULL' : `'${v}'`);
  switch (one.act) {
    case 'put':
      return `INSERT INTO app.${table} VALUES (${id}, ${value(one.a)}, 'b', ${one.open}) ON CONFLICT (id) DO UPDATE SET a = excluded.a, open = excluded.open`;
    case 'delete':
      return `DELETE FROM app.${table} WHERE id = ${id}`;
    case 'open':
      return `UPDATE app.${table} SET open = ${one.value} WHERE id = ${id}`;
    case 'move': {
      const to = owner * ROWS_A_SESSION + one.to;
      return `UPDATE app.${table} SET id = ${to} WHERE id = ${id} AND NOT EXISTS (SELECT FROM app.${table} WHERE id = ${to})`;
    }
    default:
      return `UPDATE app.${table} SET ${one.act} = ${value(one.value)} WHERE id = ${id}`;
  }
}

let tables = 0;

async function fresh(filtered: boolean): Promise<{ plan: CollectionPlan; sender: Sender; table: string }> {
  const table = `random_${++tables}`;
  const plan = await attachCollection(store, `CREATE TABLE app.${table} (id int PRIMARY KEY, a text, b text, open boolean)`, {
    table,
    fields: ['id', 'a', 'b'],
    ...(filtered ? { filter: { sql: 'open', columns: ['open'] }, outOfScope: 'retract' as const } : {}),
  });
  return { plan, sender: await Sender.claim(store.admin, plan), table };
}

test.each([
  ['all rows', false],
  ['a filter that retracts', true],
])('windows put together are the table: %s', async (_what, filtered) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(10), async (steps, loadAt) => {
      const { plan, sender, table } = await fresh(filtered);
      const interleaving = new Interleaving();
      const replica = new Replica(plan);
      let loaded = false;
      for (const [i, one] of steps.entries()) {
        if (i === Math.min(loadAt, steps.length - 1)) {
          replica.apply(await sender.load(5));
          loaded = true;
        }
        if (one.kind !== 'window') await interleaving.run(table, one);
        else if (loaded) replica.apply((await sender.send())?.content ?? []);
      }
      await interleaving.finish();
      replica.apply((await sender.send())?.content ?? []);
      const { rows } = await store.admin.query(`SELECT id::text, a, b FROM app.${table} r${filtered ? ' WHERE open' : ''} ORDER BY r.id`);
      expect([...replica.records.values()].toSorted((x, y) => Number(x['id']) - Number(y['id']))).toEqual(rows);
      expect(await sender.send()).toBeUndefined();
      expect(await sender.send()).toBeUndefined();
      await store.admin.query(`DROP TABLE app.${table}`);
    }),
    { numRuns: 60, interruptAfterTimeLimit: 45_000 },
  );
});
