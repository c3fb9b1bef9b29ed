import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { type KillableWorker, killableWorkers } from '../support/killable-worker.ts';
import { testTemporal } from '../support/temporal.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* The worker is killed between two steps, another one is started, and both stores must agree with every effect made once. */

const taskQueue = `kill-${randomUUID()}`;
let link: TestLink;
let temporal: TemporalClient;
let startWorker: Awaited<ReturnType<typeof killableWorkers>>;
let worker: KillableWorker | undefined;
let count = 0;

beforeAll(async () => {
  [link, temporal] = await Promise.all([startTestLink({ link: { load: { chunkRows: 100, streams: 2 } } }), testTemporal().then(connectTemporal)]);
  startWorker = await killableWorkers(link, taskQueue);
}, 120_000);
afterAll(async () => {
  await worker?.end();
  for await (const { workflowId } of temporal.client.workflow.list({ query: `TidegateLink = '${link.name}' AND ExecutionStatus = 'Running'` }))
    await temporal.client.workflow.getHandle(workflowId).terminate();
  await link.tidegate(temporal.client, taskQueue).deleteSchedules(link.name);
  await temporal.close();
  await link[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string) => controlRows<T>(link.crmAdmin, sql);
const cloud = <T>(sql: string) => controlRows<T>(link.cloudAdmin, sql);
const tidegate = () => link.tidegate(temporal.client, taskQueue);

/** Digest of what both stores hold of the contacts. */
const digests = async () => {
  const [here] = await crm<{ digest: string }>(
    `SELECT md5(string_agg(concat_ws('|', id, given_name, family_name, note), ',' ORDER BY id)) AS digest FROM crm.contacts`,
  );
  const [there] = await cloud<{ digest: string }>(
    `SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, notes), ',' ORDER BY id)) AS digest FROM cloud.people`,
  );
  return { crm: here?.digest, cloud: there?.digest };
};

async function converge(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { crm: here, cloud: there } = await digests();
      expect(there).toBe(here);
      expect(await crm(`SELECT id FROM tidegate.sync_request WHERE state IN ('open', 'claimed')`)).toEqual([]);
    },
    { timeout: 60_000, interval: 100 },
  );
  // Every window that was applied is receipted, once, with books that balance.
  const faults = await crm(`SELECT collection, ordinal FROM tidegate.window WHERE state IN ('prepared', 'sent')
    OR (state IN ('receipted', 'applied') AND offered <> applied + unchanged + conflicted + quarantined + filtered)`);
  expect(faults).toEqual([]);
  expect(await cloud(`SELECT collection, ordinal, count(*) FROM tidegate.window WHERE direction = 'forward' GROUP BY 1, 2 HAVING count(*) > 1`)).toEqual([]);
}

/** Starts a worker that dies at a point, lets it, and starts one that lives. */
async function dieAt(point: string, passing: number, cause: () => Promise<unknown>): Promise<void> {
  worker = await startWorker({ point, passing, signal: 'SIGKILL' });
  await cause();
  expect(await worker.ended).toBe('SIGKILL');
  worker = await startWorker();
  await converge();
  await worker.end();
  worker = undefined;
}

describe('a worker that is killed', () => {
  it.each([
    ['chunk-opened', 2],
    ['chunk-receipted', 3],
    ['load-answered', 1],
  ])(
    'in the initial load, at %s',
    async (point, passing) => {
      if (count === 0) await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, 500) n`);
      else await tidegate().resume(link.name, { by: 'test', reload: { approvedBy: 'test', reason: 'another load' } });
      count += 1;
      await dieAt(point, passing, () => tidegate().requestForward({ link: link.name, by: 'test' }));
      expect(await cloud(`SELECT count(*) AS n FROM cloud.people`)).toEqual([{ n: 500 }]);
    },
    120_000,
  );

  it.each([
    ['window-prepared', 1],
    ['window-answered', 1],
    ['window-receipted', 1],
    ['requests-claimed', 1],
  ])(
    'in the pump, at %s',
    async (point, passing) => {
      await dieAt(point, passing, async () => {
        await crm(`UPDATE crm.contacts SET given_name = '${point}' WHERE family_name LIKE 'Family 1%'`);
        await crm(`DELETE FROM crm.contacts WHERE family_name = 'Family 2${passing}'`);
        await tidegate().requestForward({ link: link.name, by: 'test' });
      });
    },
    120_000,
  );

  it.each([
    ['window-fetched', 1],
    ['window-applied', 1],
  ])(
    'in a reverse run, at %s',
    async (point, passing) => {
      await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: { forwardEveryMs: 86_400_000, reverseEveryMs: 86_400_000 } }] });
      await cloud(`UPDATE cloud.people SET notes = '${point}' WHERE last_name LIKE 'Family 3%'`);
      const [edited] = await cloud<{ n: number }>(`SELECT count(*) AS n FROM cloud.people WHERE last_name LIKE 'Family 3%'`);
      await dieAt(point, passing, () => tidegate().orderReverse({ link: link.name, by: 'test' }));
      expect(await crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = '${point}'`)).toEqual([{ n: edited?.n }]);
      // Each effect once, under exactly one message.
      expect(await crm(`SELECT count(*) AS n, count(DISTINCT message_id) AS messages FROM tidegate.ledger_entry WHERE after ->> 'note' = '${point}'`)).toEqual([
        { n: edited?.n, messages: 1 },
      ]);
    },
    120_000,
  );
});
