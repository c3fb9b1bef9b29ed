import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConvergenceRun, type Edit, type Step } from './convergence-run.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

/** Rules for conflicts, each with a collection of its own. */
const RULES = [
  ['crm-wins', 'items'],
  ['cloud-wins', 'wins'],
  ['review', 'asks'],
] as const;

let stores: TwoStores;

beforeAll(async () => {
  const columns = 'a text, b text, c text';
  stores = await openTwoStores({
    crmSql: RULES.map(([, table]) => `create table app.${table} (id int primary key, ${columns});`).join(''),
    cloudSql: RULES.map(([, table]) => `create table app.${table} (tenant text, id int, a text, b varchar(3), c text, primary key (tenant, id));`).join(''),
    collections: RULES.map(([conflicts, table]) => ({ table, conflicts, fields: ['id', 'a', 'b', { column: 'c', authority: 'crm' }] })),
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

/** Records 1 and 2 are there from the beginning. */
const key = fc.integer({ min: 1, max: 3 });
const value = fc.constantFrom('x', 'y', null);
/** The CRM's `b` is wider than the cloud's; the cloud's users also change `c`, which is not theirs. */
const editOf = (side: 'crm' | 'cloud'): fc.Arbitrary<Edit> => {
  const b = side === 'crm' ? fc.constantFrom('x', 'y', null, 'long') : value;
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('update' as const), key, column: fc.constant('a'), value }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('update' as const), key, column: fc.constant('b'), value: b }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('update' as const), key, column: fc.constant('c'), value }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('insert' as const), key, a: value, b }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  );
};
const editsOf = (side: 'crm' | 'cloud', step: 'edit' | 'begin') =>
  fc.record({ step: fc.constant(step), side: fc.constant(side), edits: fc.array(editOf(side), { minLength: 1, maxLength: 2 }) });
const act = (weight: number, name: 'read' | 'deliver' | 'confirm' | 'lose' | 'repeat' | 'cycle') =>
  (['forward', 'reverse'] as const).map((direction) => ({
    weight,
    arbitrary: fc.record({ step: fc.constant(`${name} ${direction}` as const), maxRows: fc.constantFrom(1, 100), phased: fc.boolean() }),
  }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: editsOf('crm', 'edit') },
  { weight: 6, arbitrary: editsOf('cloud', 'edit') },
  { weight: 1, arbitrary: editsOf('crm', 'begin') },
  { weight: 1, arbitrary: editsOf('cloud', 'begin') },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('commit' as const), side: fc.constantFrom('crm' as const, 'cloud' as const) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('prune' as const), side: fc.constantFrom('crm' as const, 'cloud' as const) }) },
  ...act(4, 'read'),
  ...act(4, 'deliver'),
  ...act(3, 'confirm'),
  ...act(1, 'lose'),
  ...act(1, 'repeat'),
  ...act(2, 'cycle'),
);

/** What is wrong with a history once it has come to its end: nothing, where the laws hold. */
async function faultsOf(steps: readonly Step[], at: number, sabotage?: (run: ConvergenceRun) => Promise<void>): Promise<readonly string[]> {
  const run = new ConvergenceRun(stores, at);
  await run.begin();
  for (const one of steps) await run.take(one);
  await run.finish();
  await sabotage?.(run);
  const { crm, cloud } = await run.records();
  const diverged = JSON.stringify(crm) !== JSON.stringify(cloud);
  if (diverged && sabotage === undefined) console.log('STORY', JSON.stringify(steps), JSON.stringify({ crm, cloud, story: await run.story() }));
  return [
    ...(diverged ? ['the stores differ'] : []),
    ...((await run.waiting()).length > 0 ? ['a record waits'] : []),
    ...((await run.unbalanced()).length > 0 ? ['books do not balance'] : []),
    ...((await run.moreWrites()) > 0 ? ['a further run writes'] : []),
  ];
}

/** A counterexample to look at: steps as JSON. */
const replay = process.env['TIDEGATE_REPLAY'];

describe('random edits and deletes on both sides, and windows between any two of them', () => {
  it.for(RULES.map(([rule], at) => ({ rule, at })))('$rule: end in the same records, balanced books, and silence', { timeout: 600_000 }, async ({ at }) => {
    await fc.assert(
      fc.asyncProperty(replay === undefined ? fc.array(step, { minLength: 3, maxLength: 30 }) : fc.constant(JSON.parse(replay) as Step[]), async (steps) => {
        expect(await faultsOf(steps, at)).toEqual([]);
      }),
      {
        numRuns: Number(process.env['TIDEGATE_RUNS'] ?? 20),
        ...(process.env['TIDEGATE_SEED'] === undefined ? {} : { seed: Number(process.env['TIDEGATE_SEED']) }),
      },
    );
  });
});

describe('what would be wrong', () => {
  const edit: Step = { step: 'edit', side: 'crm', edits: [{ kind: 'update', key: 1, column: 'a', value: 'y' }] };
  const broken = (sql: string, side: 'crm' | 'cloud' = 'crm') =>
    faultsOf([edit], 0, async () => void (await stores[side].admin.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`)));

  it.for([
    ['a change that capture missed', `update app.items set a = 'lost' where id = 2`, 'the stores differ'],
    ['a delete that was not logged', 'delete from app.items where id = 2', 'the stores differ'],
    ['a cursor that went back', `update tidegate.channel set cursor = '1:1:' where direction = 'forward' and collection = 'items'`, 'a further run writes'],
    ['counts that are not true', `update tidegate."window" set applied = applied + 1 where state = 'applied'`, 'books do not balance'],
  ] as const)('is found: %s', async ([what, sql, fault]) => {
    expect(await broken(sql, what.startsWith('counts') ? 'cloud' : 'crm')).toContain(fault);
  });
});
