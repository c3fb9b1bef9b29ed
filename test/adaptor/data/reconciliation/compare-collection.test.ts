import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resendRecords } from '../../../../adaptor/data/control/resend-records.ts';
import type { DataCycle } from '../../../support/data-cycle.ts';
import { compareStores, planAt, questionsTo } from '../../../support/two-store-questions.ts';
import { type TwoStores, asCloudUser } from '../../../support/two-stores.ts';
import type { AskCloud, ReconciliationAsk } from '../../../../exchange/reconciliation.ts';
import { ITEMS, PEOPLE, TODOS, byHand, lines, openReconciled } from './stores.ts';

let stores: TwoStores;
let cycle: DataCycle;

beforeAll(async () => {
  ({ stores, cycle } = await openReconciled());
}, 60_000);
afterAll(async () => stores[Symbol.asyncDispose]());
beforeEach(async () => {
  await cycle.quiesce();
  expect(await found()).toEqual([]);
});

const found = async (at = ITEMS): Promise<string[]> => lines(await compareStores(stores, at));

/** The same statements, then their opposite: the stores are as before. */
async function byHandAndBack(side: 'crm' | 'cloud', sql: string, back: string, meanwhile: () => Promise<void>): Promise<void> {
  await byHand(stores[side].admin, sql);
  try {
    await meanwhile();
  } finally {
    await byHand(stores[side].admin, back);
  }
}

const WRONG = `delete from app.items where region = 'north' and number in (3, 4);
  update app.items set title = 'altered', price = 0 where region = 'süd' and number = 7;
  update app.items set stock = null where region = 'süd' and number = 8;
  update app.items set tags = '{"a": "x"}' where region = 'north' and number = 9;
  insert into app.items (tenant, region, number, title) values ('acme', 'west', 1, 'extra')`;
const KEEP = `create table if not exists app.kept as select * from app.items`;
const BACK = `delete from app.items; insert into app.items select * from app.kept; drop table app.kept`;

describe('a comparison', () => {
  it('finds and names what is missing, extra and altered, by its fields; values take no part', async () => {
    const told: string[] = [];
    await stores.cloud.admin.query(KEEP);
    await byHandAndBack('cloud', WRONG, BACK, async () => {
      const comparison = await compareStores(
        stores,
        ITEMS,
        {},
        questionsTo(stores, ITEMS, (ask, answer) => told.push(JSON.stringify(ask), answer)),
      );
      expect(lines(comparison)).toEqual([
        'altered north/9 tags',
        'altered süd/7 title,price',
        'altered süd/8 stock',
        'extra west/1',
        'missing north/3',
        'missing north/4',
      ]);
      expect(comparison).toMatchObject({ crmRecords: 80, cloudRecords: 79, truncated: false, hash: expect.stringMatching(/^pg-\d+$/) });
    });
    for (const value of ['altered', 'extra', 'north 12', '2026-']) expect(told.filter((text) => text.includes(value))).toEqual([]);
  });

  it('names the same by hashes that every version computes, where the built-in ones differ', async () => {
    const ask = questionsTo(stores);
    const otherVersion = (async (asked: ReconciliationAsk) => {
      const answer = await ask(asked);
      return answer.step === 'negotiate' ? { ...answer, probe: '1' } : answer;
    }) as AskCloud;
    await stores.cloud.admin.query(KEEP);
    await byHandAndBack('cloud', WRONG, BACK, async () => {
      const [fast, portable] = [await compareStores(stores), await compareStores(stores, ITEMS, {}, otherVersion)];
      expect(portable.hash).toBe('sha256');
      expect(lines(portable)).toEqual(lines(fast));
      expect(lines(portable)).toHaveLength(6);
    });
  });

  it('would miss an alteration if its hash ignored the field: each field is in it', async () => {
    const ask = questionsTo(stores);
    const alterations: Readonly<Record<string, string>> = { title: `'z'`, price: '-1', stock: '-1', tags: `'[]'`, seen: `'2001-01-01'` };
    for (const [field, value] of Object.entries(alterations)) {
      await stores.cloud.admin.query(KEEP);
      await byHandAndBack('cloud', `update app.items set ${field} = ${value} where region = 'north' and number = 12`, BACK, async () => {
        expect(await found()).toEqual([`altered north/12 ${field}`]);
        // The deliberately broken variant: both sides leave the field out.
        const ignoring = (async (asked: ReconciliationAsk) => {
          const answer = await ask(asked);
          return answer.step === 'negotiate' ? { ...answer, fields: answer.fields.filter(({ name }) => name !== field) } : answer;
        }) as AskCloud;
        expect(lines(await compareStores(stores, ITEMS, {}, ignoring))).toEqual([]);
      });
    }
  });

  it('tells NULL from the empty text, and one field from its neighbour', async () => {
    await stores.cloud.admin.query(KEEP);
    await byHandAndBack('cloud', `update app.items set title = '' where region = 'north' and number = 12`, BACK, async () => {
      await byHandAndBack(
        'crm',
        `update app.items set title = null where region = 'north' and number = 12`,
        `update app.items set title = 'north 12' where region = 'north' and number = 12`,
        async () => expect(await found()).toEqual(['altered north/12 title']),
      );
    });
  });

  it('takes values of other types at the cloud for the same: digits of numbers and times, order of members', async () => {
    await stores.crm.page.query(
      `update app.items set tags = '{"z": 1,   "a": [1.0, 2]}', price = 7, seen = '2026-01-02 03:04:05.6+02' where region = 'north' and number = 20`,
    );
    await cycle.quiesce();
    expect(await found()).toEqual([]);
  });

  it('takes no SQL from the other side: a type that is none is left aside', async () => {
    const ask = questionsTo(stores);
    for (const type of ['json)::text); drop table app.items; --', 'int -- ', 'int /* x', "pg_catalog.int4'", 'no_such_type', 'numeric(1,(select 1))']) {
      const lying = (async (asked: ReconciliationAsk) => {
        const answer = await ask(asked);
        return answer.step === 'negotiate' ? { ...answer, fields: answer.fields.map(({ name }) => ({ name, type })) } : answer;
      }) as AskCloud;
      // Without the cloud's real types, members of another order look different; nothing worse.
      expect((await compareStores(stores, ITEMS, {}, lying)).differences.every(({ kind }) => kind === 'altered')).toBe(true);
    }
    expect(await found()).toEqual([]);
  });

  it('goes deeper where buckets are full, and in parts where lists are long', async () => {
    await stores.crm.page.query(`insert into app.items (region, number, title) select 'many', n, 'Many ' || n from generate_series(1, 20000) n`);
    await cycle.quiesce();
    const steps: string[] = [];
    const ask = questionsTo(stores, ITEMS, ({ step, ...rest }) => steps.push(`${step} ${'depth' in rest ? rest.depth : ''}`.trim()));
    expect(lines(await compareStores(stores, ITEMS, {}, ask))).toEqual([]);
    expect(steps).toEqual(['negotiate', 'sums 0']);
    await byHand(stores.cloud.admin, `delete from app.items where region = 'many' and number in (7, 19999)`);
    steps.length = 0;
    expect(lines(await compareStores(stores, ITEMS, {}, ask))).toEqual(['missing many/19999', 'missing many/7']);
    expect(steps).toEqual(['negotiate', 'sums 0', 'sums 1', 'list 2', 'states']);
    await byHand(stores.cloud.admin, `delete from app.items where region = 'many'`);
    const few = await compareStores(stores, ITEMS, { maxDifferences: 500 });
    expect(few).toMatchObject({ truncated: true });
    expect(few.differences).toHaveLength(500);
    const all = await compareStores(stores, ITEMS, { maxDifferences: 100_000 });
    expect(all.differences).toHaveLength(20_000);
    expect(new Set(all.differences.map(({ kind }) => kind))).toEqual(new Set(['missing']));
    await stores.crm.page.query(`delete from app.items where region = 'many'`);
    await cycle.quiesce();
  }, 120_000);

  it('translates keys and references of records that have keys of their own', async () => {
    expect(await found(PEOPLE)).toEqual([]);
    expect(await found(TODOS)).toEqual([]);
    const people = `create table if not exists app.kept_todos as select * from app.todos`;
    await stores.cloud.admin.query(people);
    const back = `delete from app.todos; insert into app.todos select * from app.kept_todos; drop table app.kept_todos`;
    const other = `update app.todos t set person = (select id from app.people where email = '4@example.com') where title = 'Call Person 1'; delete from app.todos where title = 'Call Person 5'`;
    await byHandAndBack('cloud', other, back, async () => {
      const { differences } = await compareStores(stores, TODOS);
      expect(differences.map(({ kind, fields, localKey }) => [kind, fields, localKey]).toSorted()).toEqual([
        ['altered', ['person'], [expect.stringMatching(/^\d+$/)]],
        ['missing', [], [expect.stringMatching(/^\d+$/)]],
      ]);
    });
  });
});

describe('no differences, only counted', () => {
  const waiting = async () => {
    const { differences, waiting: counted } = await compareStores(stores);
    return { differences: differences.length, ...counted };
  };
  const NONE = { differences: 0, 'in-flight': 0, 'not-ordered-in': 0, 'set-aside': 0, filtered: 0 };

  it('changes of the CRM that are not receipted: made, edited, deleted, queued to be sent again', async () => {
    await stores.crm.page.query(
      `insert into app.items (region, number, title) values ('new', 1, 'new'); update app.items set title = 'edited' where region = 'north' and number = 1; delete from app.items where region = 'north' and number = 2`,
    );
    expect(await waiting()).toEqual({ ...NONE, 'in-flight': 3 });
    // Applied there, and the receipt has not come back: still on its way.
    const window = await cycle.readForward();
    const injected = window && (await cycle.deliver(window));
    await stores.crm.page.query(`update app.items set title = 'edited again' where region = 'north' and number = 1`);
    expect(await waiting()).toEqual({ ...NONE, 'in-flight': 1 });
    if (window !== undefined && injected !== undefined) await cycle.confirm(window, injected);
    await cycle.quiesce();
    expect(await waiting()).toEqual(NONE);
    await byHand(stores.cloud.admin, `update app.items set title = 'altered' where region = 'north' and number = 1`);
    await resendRecords(stores.crm.consumer, planAt(stores, ITEMS).crm, [['north', '1']]);
    expect(await waiting()).toEqual({ ...NONE, 'in-flight': 1 });
  });

  it('edits of the cloud that were not ordered in, or whose receipt the cloud does not have', async () => {
    await asCloudUser(stores.cloud.user, `update app.items set title = 'theirs' where region = 'north' and number = 13`);
    await asCloudUser(stores.cloud.user, `insert into app.items (tenant, region, number, title) values ('acme', 'made-there', 1, 'x')`);
    await asCloudUser(stores.cloud.user, `delete from app.items where region = 'north' and number = 14`);
    expect(await waiting()).toEqual({ ...NONE, 'not-ordered-in': 3 });
    const window = await cycle.readReverse();
    if (window === undefined) throw new Error('nothing came');
    const injected = await cycle.deliver(window);
    await byHand(stores.cloud.admin, `update app.items set title = 'and altered' where region = 'north' and number = 13`);
    expect(await waiting()).toEqual({ ...NONE, 'not-ordered-in': 1 });
    await byHand(stores.cloud.admin, `update app.items set title = 'theirs' where region = 'north' and number = 13`);
    await cycle.confirm(window, injected);
    expect(await waiting()).toEqual(NONE);
  });

  it('records that a side set aside, on either side', async () => {
    await stores.cloud.admin.query(`alter table app.items add constraint short check (length(title) < 20) not valid`);
    await stores.crm.page.query(`update app.items set title = 'much longer than twenty' where region = 'north' and number = 15`);
    await cycle.quiesce();
    expect(await waiting()).toEqual({ ...NONE, 'set-aside': 1 });
    await stores.cloud.admin.query(`alter table app.items drop constraint short`);
    await stores.crm.page.query(`update app.items set title = 'short' where region = 'north' and number = 15`);
    await cycle.quiesce();
    expect(await waiting()).toEqual(NONE);
  });

  it('records outside of the filter that the collection keeps', async () => {
    const { crm } = planAt(stores, ITEMS);
    const keeping = { ...crm, binding: { ...crm.binding, outOfScope: 'keep' as const } };
    const plans = [{ ...planAt(stores, ITEMS), crm: keeping }, ...stores.plans.slice(1)];
    await byHandAndBack(
      'cloud',
      `insert into app.items (tenant, region, number, title) values ('acme', 'north', 900, 'was sent before')`,
      `delete from app.items where number = 900`,
      async () => {
        const { differences, waiting: counted } = await compareStores({ ...stores, plans });
        expect({ differences: differences.length, ...counted }).toEqual({ ...NONE, filtered: 1 });
      },
    );
  });

  it('a record that changes between the two looks', async () => {
    const ask = questionsTo(stores);
    let edits = 0;
    const meanwhile = (async (asked: ReconciliationAsk) => {
      const answer = await ask(asked);
      if (asked.step === 'states') await stores.crm.page.query(`update app.items set title = $1 where region = 'north' and number = 16`, [`edit ${++edits}`]);
      return answer;
    }) as AskCloud;
    await byHand(stores.cloud.admin, `update app.items set title = 'altered' where region = 'north' and number = 16`);
    const { differences, waiting: counted } = await compareStores(stores, ITEMS, {}, meanwhile);
    expect({ differences, counted: counted['in-flight'] }).toEqual({ differences: [], counted: 1 });
    expect(edits).toBeGreaterThan(1);
  });
});
