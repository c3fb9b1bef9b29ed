import type { Pool, PoolClient } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CREATE_STAGE, STAGE } from '../../../../adaptor/data/extraction/net-effect.ts';
import { stageWindow, windowCopy } from '../../../../adaptor/data/extraction/window-stage.ts';
import { type TableShape, requireTableShape } from '../../../../adaptor/data/introspection.ts';
import { plannerSettings } from '../../../../adaptor/data/planner-settings.ts';
import { DataCycle } from '../../../support/data-cycle.ts';
import { type TwoStores, openTwoStores } from '../../../support/two-stores.ts';

/** More than a window whose records are looked up one by one. */
const EDITS = 2500;

const RECORDS = 20_000;

let stores: TwoStores;
let cycle: DataCycle;
let shape: TableShape;

beforeAll(async () => {
  stores = await openTwoStores({
    crmSql: `create table app.items (id int primary key, a text, b text); insert into app.items select n, 'a' || n, 'b' from generate_series(1, ${RECORDS}) n`,
    cloudSql: 'create table app.items (tenant text, id int, a text, b text, primary key (tenant, id))',
    collections: [{ table: 'items', fields: ['id', 'a', 'b'] }],
  });
  cycle = new DataCycle(stores);
  await cycle.load(0, RECORDS);
  await cycle.quiesce();
  await inProducer(async (client) => {
    shape = await requireTableShape(client, 'app', 'items');
  });
  await stores.cloud.admin.query('analyze app.items');
  // Each edit in a transaction of its own, as people make them.
  await stores.cloud.admin.query(`
    do $$ begin
      for i in 1..${EDITS} loop
        set local synchronous_commit = off;
        perform set_config('tidegate.tenant', 'acme', true);
        update app.items set a = 'edited ' || i where id = i and tenant = 'acme';
        commit;
      end loop;
    end $$`);
});
afterAll(async () => stores[Symbol.asyncDispose]());

async function inProducer(body: (client: PoolClient) => Promise<void>): Promise<void> {
  const pool: Pool = stores.cloud.producer;
  const client = await pool.connect();
  try {
    await client.query(CREATE_STAGE);
    await client.query(`begin isolation level repeatable read read only; ${plannerSettings('lookups')}; select set_config('tidegate.tenant', 'acme', true)`);
    await body(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
  readonly [name: string]: unknown;
}

async function explain(client: PoolClient, sql: string, values: readonly unknown[] = []): Promise<readonly PlanNode[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (format json, costs off) ${sql}`, [...values]);
  const all = (node: PlanNode): readonly PlanNode[] => [node, ...(node.Plans ?? []).flatMap(all)];
  return (JSON.parse(rows[0]?.['QUERY PLAN'] ?? '[]') as { Plan: PlanNode }[]).flatMap(({ Plan }) => all(Plan));
}

it('joins the bases of as many transactions once, and reads each record again from where it lies', async () => {
  await inProducer(async (client) => {
    const planning = { collections: new Set<string>(), planning: 'lookups' as const };
    const range = { source: 1, from: '1:1:', to: await snapshotOf(client), afterKey: null, upToKey: null, maxRows: null, withBase: true };
    const asked: { text: string; values?: unknown[] }[] = [];
    const query = (first: string | { text: string; values?: unknown[] }, values?: unknown[]) => {
      asked.push(typeof first === 'string' ? { text: first } : first);
      return client.query(first as string, values);
    };
    const listened = Object.assign(Object.create(client) as PoolClient, { query });
    const staged = await stageWindow({ client: listened, stage: planning }, stores.cloudPlan, shape, range);
    expect(staged).toMatchObject({ upserts: EDITS, tombstones: 0, small: false });
    // A nested loop would look at each edit as often as there are others.
    const statement = asked.find(({ text }) => text.includes('bases'));
    const staging = await explain(client, statement?.text ?? '', statement?.values);
    const readsBases = (node: PlanNode): boolean => node['CTE Name'] === 'bases' || (node['Node Type'] === 'Hash' && node.Plans?.some(readsBases) === true);
    const joinOfBases = staging.filter((node) => node.Plans?.some(readsBases));
    expect(joinOfBases.map((node) => node['Node Type'])).not.toContain('Nested Loop');
    expect(joinOfBases.length).toBeGreaterThan(0);
    await client.query(plannerSettings('located'));
    const copy = windowCopy(stores.cloudPlan, shape, 'all', false);
    const reading = await explain(client, copy.slice('COPY ('.length, copy.lastIndexOf(') TO STDOUT')));
    expect(reading.find((node) => node['Relation Name'] === 'items')?.['Node Type']).toBe('Tid Scan');
    expect((await client.query(`select from ${STAGE} where place is null`)).rowCount).toBe(0);
  });
});

it('is ordered in whole, each edit on the window that its user had seen', async () => {
  expect(await cycle.reverse()).toBe(EDITS);
  const { rows } = await stores.crm.admin.query(`select count(*) as edited from app.items where a = 'edited ' || id`);
  expect(rows).toEqual([{ edited: String(EDITS) }]);
  await cycle.quiesce();
});

async function snapshotOf(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot');
  return rows[0]?.snapshot ?? '';
}
