import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRow, controlRows } from '../../adaptor/data/control-rows.ts';
import { listDifferences, requirePlan } from '../../adaptor/data/planning/plan-rows.ts';
import { contacts, tasks } from '../../configuration/built-in.ts';
import { planRunId } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { endLink } from '../support/end-link.ts';
import { historyText } from '../support/history-text.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* What a run would do, on a whole link: told in counts and by field, and nothing of it done on either side. */

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  const deleteBudget = { forward: 1, reverse: 0 };
  link = await startTestLink({ collections: [{ ...contacts, deleteBudget, approval: { firstLoad: true } }, tasks] });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'G', 'Family ' || n FROM generate_series(1, 20) n`);
  await crm(`INSERT INTO crm.contacts (given_name, family_name, private) VALUES ('P', 'Private', true)`);
}, 120_000);
afterAll(() => endLink(link, worker), 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 50 });

async function plan(direction: 'forward' | 'reverse', collections: readonly string[] = ['contacts'], sample = 50) {
  const { planId, workflowId } = await tidegate().plan({ link: link.name, direction, collections, sample, requestedBy: 'anna' });
  expect(workflowId).toBe(planRunId(planId));
  await tidegate().awaitPlan(planId);
  const { result } = await requirePlan(link.consumer, link.name, planId);
  return { planId, result: result ?? [], differences: await listDifferences(link.consumer, link.name, planId) };
}

/** Everything that a plan must leave alone: records, windows, positions, messages, logs. */
async function fingerprint(): Promise<string> {
  const print = async (pool: 'crmAdmin' | 'cloudAdmin', tables: readonly string[]) => {
    const parts = tables.map((table) => `(SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]') FROM ${table} t)::text`);
    return (await controlRow<{ print: string }>(link[pool], `SELECT md5(concat(${parts.join(', ')})) AS print`))?.print;
  };
  // The cursor of an idle forward channel moves on by itself.
  const channels = `(SELECT link, collection, direction, ordinal, state, CASE direction WHEN 'reverse' THEN cursor::text END FROM tidegate.channel)`;
  const control = [
    channels,
    ...['window', 'change_log', 'reverse_message', 'reverse_message_collection', 'quarantine', 'conflict', 'record_link'].map((t) => `tidegate."${t}"`),
  ];
  const here = [...control, 'crm.contacts', 'crm.tasks', 'tidegate.ledger_entry', 'tidegate.accepted_message', 'tidegate.approval', 'tidegate.held_row'];
  return `${await print('crmAdmin', here)} ${await print('cloudAdmin', [...control, 'cloud.people', 'cloud.todos'])}`;
}

describe('forward', () => {
  it('tells a first load, what the filter keeps back, and that it would wait', async () => {
    const before = await fingerprint();
    const { result } = await plan('forward', []);
    expect(result).toMatchObject([
      { collection: 'contacts', insert: 20, filtered: 1, waits: 'load-needs-approval', code: null },
      { collection: 'tasks', insert: 0, waits: null },
    ]);
    expect(await fingerprint()).toBe(before);
    // What a user has approved already would not wait.
    await crm(
      `INSERT INTO tidegate.approval (link, collection, direction, kind, code, changes, deletes, delete_budget, state, expires_at, decided_by, decided_at, decided_reason)
       VALUES ($1, 'contacts', 'forward', 'first-load', 'load-needs-approval', 20, 0, 0, 'approved', now() + interval '1 hour', 'anna', now(), 'first load')`,
      [link.name],
    );
    expect((await plan('forward')).result).toMatchObject([{ insert: 20, waits: null }]);
    await crm('DELETE FROM tidegate.approval');
  });

  it('tells what has changed since the last proven window, by field', async () => {
    await tidegate().requestForward({ link: link.name, by: 'anna' });
    await until(async () => expect(await crm(`SELECT FROM tidegate.approval WHERE state = 'waiting'`)).toHaveLength(1));
    const [load] = await crm<{ id: number }>(`SELECT id FROM tidegate.approval WHERE state = 'waiting'`);
    await tidegate().decideBreach({ link: link.name, breach: load?.id ?? 0, approved: true, by: 'anna', reason: 'first load' });
    await until(async () => expect(await crm(`SELECT DISTINCT state FROM tidegate.channel WHERE direction = 'forward'`)).toEqual([{ state: 'open' }]));
    await tidegate().pause(link.name, { reason: 'plans', by: 'anna' });
    await until(async () => expect(await crm('SELECT state FROM tidegate.link')).toEqual([{ state: 'paused' }]));
    await crm(`UPDATE crm.contacts SET job_title = 'Chair', note = 'n' WHERE family_name = 'Family 1'`);
    await crm(`UPDATE crm.contacts SET job_title = 'Head' WHERE family_name = 'Family 1'`);
    await crm(`DELETE FROM crm.contacts WHERE family_name IN ('Family 2', 'Family 3')`);
    await crm(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('N', 'New')`);
    const before = await fingerprint();
    const { result, differences } = await plan('forward');
    expect(result).toMatchObject([{ insert: 1, update: 1, delete: 2, waits: 'delete-budget-exceeded' }]);
    const told = differences.map(({ outcome, field, before: from, after }) => [outcome, field, from, after]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['update', 'jobTitle', null, 'Head'],
        ['update', 'note', null, 'n'],
        ['insert', 'familyName', null, 'New'],
        ['delete', null, null, null],
      ]),
    );
    expect(told.filter(([outcome]) => outcome === 'update')).toHaveLength(2);
    expect(await fingerprint()).toBe(before);
    await tidegate().resume(link.name, { by: 'anna' });
    await until(async () => expect(await crm(`SELECT FROM tidegate.approval WHERE state = 'waiting'`)).toHaveLength(1));
    const [deletes] = await crm<{ id: number; deletes: number }>(`SELECT id, deletes FROM tidegate.approval WHERE state = 'waiting'`);
    expect(deletes).toMatchObject({ deletes: 2 });
    await tidegate().decideBreach({ link: link.name, breach: deletes?.id ?? 0, approved: true, by: 'anna', reason: 'planned' });
    await until(async () => expect(await cloud('SELECT count(*) AS n FROM cloud.people')).toEqual([{ n: 19 }]));
  }, 120_000);
});

describe('reverse', () => {
  it('shows what the next order would bring by outcome and field; a run then does just that', async () => {
    await cloud(`UPDATE cloud.people SET notes = 'secret words' WHERE last_name IN ('Family 4', 'Family 5')`);
    await cloud(`UPDATE cloud.people SET title = 'theirs' WHERE last_name = 'Family 6'`);
    await cloud(`INSERT INTO cloud.people (tenant, id, last_name) SELECT tenant, gen_random_uuid(), 'Newcomer' FROM cloud.people LIMIT 1`);
    await crm(`UPDATE crm.contacts SET job_title = 'ours' WHERE family_name = 'Family 6'`);
    const sent = await tidegate().requestForward({ link: link.name, by: 'anna' });
    await until(async () => expect(await crm('SELECT state FROM tidegate.sync_request WHERE id = $1', [sent.requestId])).toEqual([{ state: 'done' }]));
    const before = await fingerprint();
    const { planId, result, differences } = await plan('reverse');
    expect(result).toMatchObject([{ insert: 1, update: 2, conflicted: 1, delete: 0, quarantined: 0, waits: null, code: null, following: 0 }]);
    expect(differences).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ outcome: 'update', field: 'note', before: null, after: 'secret words', code: null }),
        expect.objectContaining({ outcome: 'conflicted', field: 'jobTitle', before: 'ours', after: 'theirs', code: 'field' }),
        expect.objectContaining({ outcome: 'insert', field: 'familyName', before: null, after: 'Newcomer' }),
      ]),
    );
    expect(await fingerprint()).toBe(before);
    const history = historyText(await worker.client.workflow.getHandle(planRunId(planId)).fetchHistory());
    expect(history).toContain('contacts');
    expect(history).not.toContain('secret words');
    // An order is answered as if there had been no preview, and its books are those of the plan.
    const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
    await until(async () => expect(await crm('SELECT state FROM tidegate.sync_request WHERE id = $1', [requestId])).toEqual([{ state: 'done' }]));
    expect(await crm(`SELECT applied, conflicted, quarantined FROM tidegate.run WHERE direction = 'reverse' ORDER BY started_at DESC LIMIT 1`)).toEqual([
      { applied: 3, conflicted: 1, quarantined: 0 },
    ]);
  }, 120_000);

  it('tells that a run would wait', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name = 'Family 7'`);
    expect((await plan('reverse')).result).toMatchObject([{ delete: 1, waits: 'delete-budget-exceeded' }]);
    expect(await codeOf(plan('reverse', ['nothing']))).toBe('collection-unknown');
    await crm(`UPDATE tidegate.channel SET state = 'drifted' WHERE collection = 'tasks' AND direction = 'reverse'`);
    expect((await plan('reverse', ['tasks'])).result).toMatchObject([{ code: 'schema-drifted', update: 0 }]);
  });

  it('is gone with its time', async () => {
    const { planId } = await plan('reverse');
    await crm(`UPDATE tidegate.plan SET expires_at = now() WHERE id = $1`, [planId]);
    expect(await codeOf(requirePlan(link.consumer, link.name, planId))).toBe('record-not-found');
    expect(await listDifferences(link.consumer, link.name, planId)).toEqual([]);
    await plan('reverse');
    expect(await crm('SELECT FROM tidegate.plan_difference WHERE plan_id = $1', [planId])).toEqual([]);
  });
});
