import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { type KillableWorker, type StartKillableWorker, killableWorkers } from '../support/killable-worker.ts';
import { testTemporal } from '../support/temporal.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* The worker is killed between two steps, another one is started, and both stores must agree with every effect made once. */

const taskQueue = `kill-${randomUUID()}`;
let link: TestLink;
let temporal: TemporalClient;
let startWorker: StartKillableWorker;
let worker: KillableWorker | undefined;

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

async function converge(timeoutMs = 60_000): Promise<void> {
  await vi.waitFor(
    async () => {
      const { crm: here, cloud: there } = await digests();
      expect(there).toBe(here);
      expect(await crm(`SELECT id FROM tidegate.sync_request WHERE state IN ('open', 'claimed')`)).toEqual([]);
    },
    { timeout: timeoutMs, interval: 100 },
  );
  // Every window that was applied is receipted, once, with books that balance.
  const faults = await crm(`SELECT collection, ordinal FROM tidegate.window WHERE state IN ('prepared', 'sent')
    OR (state IN ('receipted', 'applied') AND offered <> applied + unchanged + conflicted + quarantined + filtered)`);
  expect(faults).toEqual([]);
  expect(await cloud(`SELECT collection, ordinal, count(*) FROM tidegate.window WHERE direction = 'forward' GROUP BY 1, 2 HAVING count(*) > 1`)).toEqual([]);
}

/** One worker after another dies, each at its point, before one lives. */
async function dieAt(points: readonly (readonly [point: string, passing: number])[], cause: (point: string) => Promise<unknown>): Promise<void> {
  for (const [point, passing] of points) {
    worker = await startWorker({ point, passing, signal: 'SIGKILL' });
    await cause(point);
    expect([point, await worker.ended]).toEqual([point, 'SIGKILL']);
  }
  worker = await startWorker();
  await converge();
  await worker.stop();
  worker = undefined;
}

describe('workers that are killed one after another', () => {
  it('in the initial load: it is begun anew, or found complete', async () => {
    await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, 500) n`);
    const points = [
      ['chunk-opened', 2],
      ['chunk-receipted', 3],
      ['load-answered', 1],
    ] as const;
    await dieAt(points, async () => {
      // One that a chunk has brought already, and that the load which follows does not name.
      const [stored] = (await cloud(`SELECT id FROM cloud.people WHERE last_name <> 'Family 1' LIMIT 1`)) as { id: string }[];
      if (stored !== undefined) await crm(`DELETE FROM crm.contacts WHERE id = '${stored.id}'`);
      await tidegate().requestForward({ link: link.name, by: 'test' });
    });
    const [at] = (await crm(`SELECT count(*) AS n FROM crm.contacts`)) as { n: number }[];
    expect(at?.n).toBeLessThan(500);
    expect(await cloud(`SELECT count(*) AS n FROM cloud.people`)).toEqual([at]);
  }, 240_000);

  it('in the pump: nothing is lost, and no window is applied twice', async () => {
    const points = [
      ['window-prepared', 1],
      ['window-answered', 1],
      ['window-receipted', 1],
      ['requests-claimed', 1],
    ] as const;
    await dieAt(points, async (point) => {
      await crm(`UPDATE crm.contacts SET given_name = '${point}' WHERE family_name LIKE 'Family 1%'`);
      await crm(`DELETE FROM crm.contacts WHERE id IN (SELECT id FROM crm.contacts WHERE family_name LIKE 'Family 2%' LIMIT 1)`);
      await tidegate().requestForward({ link: link.name, by: 'test' });
    });
    expect(await cloud(`SELECT count(*) AS n FROM cloud.people`)).toEqual(await crm('SELECT count(*) AS n FROM crm.contacts'));
  }, 240_000);

  it('in reverse runs: each edit comes in once, under one message', async () => {
    await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: { forwardEveryMs: 86_400_000, reverseEveryMs: 86_400_000 } }] });
    const points = [
      ['window-fetched', 1],
      ['window-applied', 1],
    ] as const;
    await dieAt(points, async (point) => {
      await cloud(`UPDATE cloud.people SET notes = '${point}' WHERE last_name LIKE 'Family 3%'`);
      await tidegate().orderReverse({ link: link.name, by: 'test' });
    });
    const [edited] = await cloud<{ n: number }>(`SELECT count(*) AS n FROM cloud.people WHERE last_name LIKE 'Family 3%'`);
    expect(await crm(`SELECT count(*) AS n FROM crm.contacts WHERE note = 'window-applied'`)).toEqual([{ n: edited?.n }]);
    expect(
      await crm(`SELECT count(*) AS n, count(DISTINCT message_id) AS messages FROM tidegate.ledger_entry WHERE after ->> 'note' = 'window-applied'`),
    ).toEqual([{ n: edited?.n, messages: 1 }]);
  }, 240_000);
});

/** Steps that every session of a forward run takes; what happens within loads and the pump is above. */
const FORWARD_STEPS = ['claimLink', 'checkCertificate', 'obtainToken', 'signOpening', 'openLink', 'verifyOpening', 'settleWindows', 'registerCollections'];

/** Steps from an order to the end of its run. */
const REVERSE_STEPS = [
  'claimReverseRequests',
  'signReverseMessage',
  'deliverReverseMessage',
  'verifyMessage',
  'openRun',
  'receiveWindow',
  'returnReceipt',
  'spendMessage',
  'verifyReceipts',
  'closeRun',
  'awaitReverseSync',
  'settleRequests',
];

/**
 * Each death costs the seconds of a heartbeat, so a run tries some of the steps; all of them with TIDEGATE_TEST_EVERY_STEP. They
 * stay in their order: a step that is retried after a death does not begin the session anew, and earlier ones do not come again.
 */
const pointsOf = (steps: readonly string[], some: readonly string[]) =>
  steps.filter((name) => process.env['TIDEGATE_TEST_EVERY_STEP'] !== undefined || some.includes(name)).map((name) => [`after ${name}`, 1] as const);

describe('workers that are killed between any two steps', () => {
  it('of a session: the next one takes over, and nothing is lost', async () => {
    await dieAt(pointsOf(FORWARD_STEPS, ['openLink', 'registerCollections']), async (point) => {
      await crm(`UPDATE crm.contacts SET given_name = '${point}' WHERE family_name LIKE 'Family 4%'`);
      await tidegate().requestForward({ link: link.name, by: 'test' });
    });
  }, 400_000);

  it('of an order: each edit comes in once', async () => {
    const points = pointsOf(REVERSE_STEPS, ['signReverseMessage', 'deliverReverseMessage', 'spendMessage']);
    await dieAt(points, async (point) => {
      await cloud(`UPDATE cloud.people SET notes = '${point}' WHERE last_name LIKE 'Family 5%'`);
      await tidegate().orderReverse({ link: link.name, by: 'test' });
    });
    const entries = await crm<{ n: number; messages: number }>(`SELECT count(*) AS n, count(DISTINCT message_id) AS messages
      FROM tidegate.ledger_entry WHERE after ->> 'note' = '${points.at(-1)?.[0]}'`);
    const [edited] = await cloud<{ n: number }>(`SELECT count(*) AS n FROM cloud.people WHERE last_name LIKE 'Family 5%'`);
    expect(entries).toEqual([{ n: edited?.n, messages: 1 }]);
  }, 400_000);
});

describe('a worker that is frozen past its heartbeat', () => {
  const windowsAt = (rows: typeof crm) =>
    rows(`SELECT collection, ordinal, batch_id, state, finished_at FROM tidegate.window WHERE direction = 'forward' ORDER BY 1, 2`);
  const refusals = () =>
    cloud(`SELECT id FROM tidegate.audit_event WHERE event = 'request-refused' AND code = 'epoch-stale' AND facts ->> 'method' = 'PUT' ORDER BY id`);
  const standing = async () => ({ link: await crm('SELECT epoch, state FROM tidegate.link'), crm: await windowsAt(crm), cloud: await windowsAt(cloud) });

  it('is fenced when it thaws: the window that it still sends is refused', async () => {
    await crm(`INSERT INTO crm.contacts (given_name, family_name) VALUES ('Frozen', 'Worker')`);
    const frozen = await startWorker({ point: 'window-prepared', passing: 1, signal: 'SIGSTOP' });
    await tidegate().requestForward({ link: link.name, by: 'test' });
    await crm(`UPDATE crm.contacts SET given_name = 'Thawed' WHERE family_name = 'Worker'`);
    await vi.waitFor(() => expect(frozen.isFrozen()).toBe(true), 30_000);
    worker = await startWorker();
    // Tasks that the server hands to the frozen worker are lost for the time of a heartbeat each.
    await converge(150_000);
    const [before, refused] = [await standing(), await refusals()];
    frozen.signal('SIGCONT');
    // The late write is made, and refused by the cloud: only then was anything tested.
    await vi.waitFor(() => expect(frozen.failures).toContainEqual({ activity: 'pumpWindows', code: 'epoch-stale' }), 30_000);
    expect(await refusals()).toHaveLength(refused.length + 1);
    await frozen.end();
    expect(await standing()).toEqual(before);
    await converge();
  }, 240_000);
});
