import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import type { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { type KillableWorker, type StartKillableWorker, killableWorkers } from '../support/killable-worker.ts';
import { testTemporal } from '../support/temporal.ts';
import { startTestLink } from '../support/test-link.ts';

/** A link whose workers die. `await using` ends it and what still runs. */
export interface KilledLink extends AsyncDisposable {
  readonly name: string;
  crm<T>(sql: string): Promise<T[]>;
  cloud<T>(sql: string): Promise<T[]>;
  tidegate(): TidegateClient;
  startWorker: StartKillableWorker;
  /** Waits until both stores hold the same contacts and no request waits; every window is receipted, once, with books that balance. */
  converge(timeoutMs?: number): Promise<void>;
  /** Loads contacts `Family 1` to `Family <count>`, with a worker that lives. */
  load(count: number): Promise<void>;
  /** One worker after another dies, each at its point, before one lives. */
  dieAt(points: readonly (readonly [point: string, passing: number])[], cause: (point: string) => Promise<unknown>): Promise<void>;
}

/** Starts it, with loads of small chunks, and Schedules that fire when they are told to. */
export async function startKilledLink(): Promise<KilledLink> {
  const taskQueue = `kill-${randomUUID()}`;
  const [link, temporal] = await Promise.all([startTestLink({ link: { load: { chunkRows: 100, streams: 2 } } }), testTemporal().then(connectTemporal)]);
  const started: KillableWorker[] = [];
  const start = await killableWorkers(link, taskQueue);
  const tidegate = link.tidegate(temporal.client, taskQueue);
  await tidegate.ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  const crm = <T>(sql: string) => controlRows<T>(link.crmAdmin, sql);
  const cloud = <T>(sql: string) => controlRows<T>(link.cloudAdmin, sql);
  const the: KilledLink = {
    name: link.name,
    crm,
    cloud,
    tidegate: () => tidegate,
    startWorker: async (death) => {
      const worker = await start(death);
      started.push(worker);
      return worker;
    },
    converge: async (timeoutMs = 60_000) => {
      await vi.waitFor(
        async () => {
          const [here] = await crm<{ digest: string }>(
            `SELECT md5(string_agg(concat_ws('|', id, given_name, family_name, note), ',' ORDER BY id)) AS digest FROM crm.contacts`,
          );
          const [there] = await cloud<{ digest: string }>(
            `SELECT md5(string_agg(concat_ws('|', id, first_name, last_name, notes), ',' ORDER BY id)) AS digest FROM cloud.people`,
          );
          expect(there).toEqual(here);
          expect(await crm(`SELECT id FROM tidegate.sync_request WHERE state IN ('open', 'claimed')`)).toEqual([]);
        },
        { timeout: timeoutMs, interval: 100 },
      );
      const faults = await crm(`SELECT collection, ordinal FROM tidegate.window WHERE state IN ('prepared', 'sent')
        OR (state IN ('receipted', 'applied') AND offered <> applied + unchanged + conflicted + quarantined + filtered)`);
      expect(faults).toEqual([]);
      const twice = `SELECT collection, ordinal, count(*) FROM tidegate.window WHERE direction = 'forward' GROUP BY 1, 2 HAVING count(*) > 1`;
      expect(await cloud(twice)).toEqual([]);
    },
    load: async (count) => {
      await crm(`INSERT INTO crm.contacts (given_name, family_name) SELECT 'Given ' || n, 'Family ' || n FROM generate_series(1, ${count}) n`);
      const worker = await the.startWorker();
      await tidegate.requestForward({ link: link.name, by: 'test' });
      await the.converge();
      await worker.stop();
    },
    dieAt: async (points, cause) => {
      for (const [point, passing] of points) {
        const worker = await the.startWorker({ point, passing, signal: 'SIGKILL' });
        await cause(point);
        expect([point, await worker.ended]).toEqual([point, 'SIGKILL']);
      }
      const worker = await the.startWorker();
      await the.converge();
      await worker.stop();
    },
    [Symbol.asyncDispose]: async () => {
      for (const worker of started) await worker.end();
      for await (const { workflowId } of temporal.client.workflow.list({ query: `TidegateLink = '${link.name}' AND ExecutionStatus = 'Running'` }))
        await temporal.client.workflow
          .getHandle(workflowId)
          .terminate()
          .catch(() => undefined);
      await tidegate.deleteSchedules(link.name);
      await temporal.close();
      await link[Symbol.asyncDispose]();
    },
  };
  return the;
}
