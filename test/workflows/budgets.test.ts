import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { contacts, tasks } from '../../configuration/built-in.ts';
import { workflowIdOfRun } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* Budgets on a whole link: a breach stops before anything is written, waits for a user, and goes on when approved. */

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  const deleteBudget = { forward: 2, reverse: 2 };
  link = await startTestLink({
    collections: [{ ...contacts, deleteBudget, changeShare: { forward: 0.5, reverse: 1 } }, tasks],
  });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'G', 'Family ' || n FROM generate_series(1, 40) n`);
  await crm(`INSERT INTO crm.tasks (subject) VALUES ('Call')`);
  const { requestId } = await tidegate().requestForward({ link: link.name, by: 'anna' });
  await until(async () => expect(await requestState(requestId)).toBe('done'));
}, 120_000);
afterAll(async () => {
  const [row] = await crm<{ run: string }>('SELECT opened_run AS run FROM tidegate.link');
  await worker?.client.workflow
    .getHandle(workflowIdOfRun(row?.run ?? 'none/none'))
    .terminate()
    .catch(() => undefined);
  await link?.tidegate(worker.client, worker.taskQueue).deleteSchedules(link.name);
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 50 });
const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;
const people = async () => (await cloud<{ n: number }>('SELECT count(*) AS n FROM cloud.people'))[0]?.n;
const kept = async () => (await crm<{ n: number }>('SELECT count(*) AS n FROM crm.contacts'))[0]?.n;
const waiting = () =>
  crm<{ id: number; run: string; changes: number; deletes: number }>(
    `SELECT id, run_id AS run, changes, deletes FROM tidegate.approval WHERE state = 'waiting' ORDER BY id`,
  );
const approve = (breach: number | string, approved = true) =>
  tidegate().decideBreach({ link: link.name, breach, approved, by: 'anna', reason: 'it was meant' });

describe('forward', () => {
  it('too many deletes wait, over a restart; approved, what was shown goes through, and no more than that', async () => {
    await crm(`DELETE FROM crm.contacts WHERE family_name IN ('Family 1', 'Family 2', 'Family 3')`);
    await until(async () => expect(await waiting()).toMatchObject([{ changes: 3, deletes: 3 }]));
    await crm(`UPDATE crm.tasks SET subject = 'Call again'`);
    await until(async () => expect(await cloud('SELECT title FROM cloud.todos')).toEqual([{ title: 'Call again' }]));
    expect(await people()).toBe(40);
    await worker.restart();
    // One more than what was shown: it waits again.
    await crm(`DELETE FROM crm.contacts WHERE family_name = 'Family 4'`);
    const [shown] = await waiting();
    await approve(shown?.id ?? 0);
    await until(async () => expect(await waiting()).toMatchObject([{ deletes: 4 }]));
    expect(await people()).toBe(40);
    const [again] = await waiting();
    await approve(workflowIdOfRun(again?.run ?? ''));
    await until(async () => expect(await people()).toBe(36));
    expect(await crm('SELECT decided_by AS by, state FROM tidegate.approval WHERE id = $1', [again?.id])).toEqual([{ by: 'anna', state: 'approved' }]);
    // The approval is used up: the next three wait anew.
    await crm(`DELETE FROM crm.contacts WHERE family_name IN ('Family 5', 'Family 6', 'Family 7')`);
    await until(async () => expect(await waiting()).toMatchObject([{ deletes: 3 }]));
    await approve((await waiting())[0]?.id ?? 0);
    await until(async () => expect(await people()).toBe(33));
  }, 120_000);

  it('more than its share of the records waits likewise', async () => {
    await crm(`UPDATE crm.contacts SET job_title = 'Chair'`);
    await until(async () => expect(await waiting()).toMatchObject([{ changes: 33, deletes: 0 }]));
    expect(await cloud(`SELECT count(*) AS n FROM cloud.people WHERE title = 'Chair'`)).toEqual([{ n: 0 }]);
    await approve((await waiting())[0]?.id ?? 0);
    await until(async () => expect(await cloud(`SELECT count(*) AS n FROM cloud.people WHERE title = 'Chair'`)).toEqual([{ n: 33 }]));
  }, 90_000);
});

describe('reverse', () => {
  const order = async () => {
    const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'anna' });
    await until(async () => expect(['done', 'failed']).toContain(await requestState(requestId)));
    return requestState(requestId);
  };

  it('too many deletes change nothing, others come in; rejected they stay out, approved they come in', async () => {
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 11', 'Family 12', 'Family 13')`);
    await cloud(`UPDATE cloud.todos SET title = 'From the cloud'`);
    expect(await order()).toBe('failed');
    expect(await kept()).toBe(33);
    expect(await crm('SELECT subject FROM crm.tasks')).toEqual([{ subject: 'From the cloud' }]);
    const [breach] = await waiting();
    expect(breach).toMatchObject({ deletes: 3 });
    const [run] = await crm(
      `SELECT state, error_code AS code, error_detail AS detail FROM tidegate.run WHERE direction = 'reverse' ORDER BY started_at DESC LIMIT 1`,
    );
    expect(run).toEqual({ state: 'refused', code: 'approval-needed', detail: expect.stringContaining('contacts') });
    await approve(breach?.id ?? 0, false);
    await order();
    expect(await kept()).toBe(33);
    // The message that met the breach still holds its windows at the cloud: the next one says that it is spent, and goes on at once.
    await approve(breach?.run ?? '');
    await until(async () => expect(await kept()).toBe(30));
    expect(await people()).toBe(30);
    // The next message has the usual budget again.
    await cloud(`DELETE FROM cloud.people WHERE last_name IN ('Family 21', 'Family 22', 'Family 23')`);
    expect(await order()).toBe('failed');
    expect(await kept()).toBe(30);
  }, 120_000);
});
