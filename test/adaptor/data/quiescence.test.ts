import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlRow } from '../../../adaptor/data/control-rows.ts';
import { DataCycle, type WindowInFlight } from '../../support/data-cycle.ts';
import { type TwoStores, asCloudUser, openTwoStores } from '../../support/two-stores.ts';

/* Laws 1, 9, 10, 27: a run after a finished run writes nothing, also where runs before it died between any two of their steps. */

const ROUNDS = Number(process.env['TIDEGATE_ROUNDS'] ?? 500);
let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  // The cloud derives a value of its own: it travels back once, and never again.
  stores = await openTwoStores({
    crmSql: 'create table app.items (id int primary key, a text, b text, shout text)',
    cloudSql: `create table app.items (tenant text, id int, a text, b text, shout text, primary key (tenant, id));
      create function app.shout() returns trigger language plpgsql as $$ begin new.shout := upper(new.a); return new; end $$;
      create trigger shout before insert or update on app.items for each row execute function app.shout()`,
    collections: [{ table: 'items', fields: ['id', 'a', 'b', 'shout'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load();
  await cycle.forward();
});
afterAll(async () => stores[Symbol.asyncDispose]());

/** All that a run could write, in one line a store: rows of the log, windows, ledger, conflicts, quarantine, and every version of a record. */
const WRITTEN = `
  select concat_ws(' ', (select count(*) || '/' || coalesce(max(id), 0) from tidegate.change_log), (select count(*) || '/' || coalesce(sum(ordinal), 0) from tidegate."window"),
                   (select count(*) from tidegate.ledger_entry), (select count(*) from tidegate.conflict), (select count(*) from tidegate.quarantine),
                   (select md5(string_agg(t::text || xmin, ',' order by id)) from app.items t)) as line`;
const written = async () => Promise.all([stores.crm, stores.cloud].map(async ({ admin }) => (await controlRow<{ line: string }>(admin, WRITTEN))?.line));
const records = async () => {
  const sql = `select coalesce(string_agg(concat_ws(' ', id, a, b, shout), ',' order by id), '') as line from app.items`;
  return Promise.all([stores.crm, stores.cloud].map(async ({ admin }) => (await controlRow<{ line: string }>(admin, sql))?.line));
};

/** Where a run dies: before its window is read, sent, applied, confirmed; or not at all. */
type Death = 'read' | 'sent' | 'applied' | 'never';

async function run(direction: 'forward' | 'reverse', death: Death): Promise<number> {
  const window = await (direction === 'forward' ? cycle.readForward() : cycle.readReverse());
  if (window === undefined || death === 'read') return recover(direction, window);
  const injected = await cycle.deliver(window);
  if (death === 'sent' || death === 'applied') return recover(direction, window);
  await cycle.confirm(window, injected);
  return window.claims.rows;
}

/** What the next run does first: asks what became of a window. An order that got no answer is followed by another one. */
async function recover(direction: 'forward' | 'reverse', window: WindowInFlight | undefined): Promise<number> {
  if (direction === 'forward' && window !== undefined) await cycle.settle(window);
  return window === undefined ? 0 : 1;
}

/** Runs until one finds nothing to move: that one must have written nothing. */
async function finish(n: number): Promise<void> {
  for (let cycles = 0; cycles < 10; cycles++) {
    const before = await written();
    if ((await run('forward', 'never')) + (await run('reverse', 'never')) > 0) continue;
    expect({ round: n, written: await written() }).toEqual({ round: n, written: before });
    return;
  }
  throw new Error(`round ${n}: still moving`);
}

const edits = [
  (n: number) => `update app.items set a = 'a${n}' where id = ${n % 3}`,
  (n: number) => `update app.items set b = 'b${n}' where id = ${n % 3}`,
  (n: number) => `update app.items set b = b where id = ${n % 3}`,
  (n: number) => `delete from app.items where id = ${n % 3}`,
] as const;
const make = {
  crm: (n: number) => `insert into app.items values (${n % 3}, 'new${n}') on conflict do nothing`,
  cloud: (n: number) => `insert into app.items values ('acme', ${n % 3}, 'new${n}') on conflict do nothing`,
};
const editOf = (side: 'crm' | 'cloud', kind: number, n: number): string => (edits[kind] ?? make[side])(n);

/** One round: users edit on both sides, a run of each direction dies, the next ones finish. */
async function round(n: number, [crmEdit, cloudEdit, forward, reverse]: readonly [number, number, Death, Death]): Promise<void> {
  await stores.crm.page.query(editOf('crm', crmEdit, n));
  await asCloudUser(stores.cloud.user, editOf('cloud', cloudEdit, n + (n >> 1)));
  await run('forward', forward);
  await run('reverse', reverse);
  await finish(n);
}

const death = fc.constantFrom<Death>('read', 'sent', 'applied', 'never');
const kind = fc.integer({ min: 0, max: edits.length });

describe(`${ROUNDS} rounds of edits on both sides, with runs that die between any two steps`, () => {
  it('each end in silence: a run after a finished run writes nothing', { timeout: 600_000 }, async () => {
    const rounds = fc.sample(fc.tuple(kind, kind, death, death), { numRuns: ROUNDS, seed: Number(process.env['TIDEGATE_SEED'] ?? 20_261_126) });
    for (const [n, one] of rounds.entries()) await round(n, one);
    const [here, there] = await records();
    expect(there).toBe(here);
  });

  it('would be found not to, where an echo came back', async () => {
    await stores.crm.page.query(`insert into app.items values (0, 'echo') on conflict (id) do update set a = 'echo'`);
    await finish(0);
    const before = await written();
    // As if the injector's own write had been taken for a user's.
    await stores.cloud.admin.query(`insert into tidegate.change_log (source, key, op, old) select id, '{acme,0}', 'U', '{"a": "old"}' from tidegate.source`);
    await run('reverse', 'never');
    expect(await written()).not.toEqual(before);
    await finish(0);
  });
});
