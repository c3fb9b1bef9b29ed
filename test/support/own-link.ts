import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import type { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { BY_HAND_ONLY } from './by-hand-only.ts';
import { type StartKillableWorker, killableWorkers } from './killable-worker.ts';
import { type OwnStore, startOwnStore } from './own-store.ts';
import { testTemporal } from './temporal.ts';
import { type TestLink, startTestLink } from './test-link.ts';

/** A link whose stores are clusters of the test's own, with workers in processes of their own, and what tests ask of its contacts. */
export interface OwnLink extends AsyncDisposable {
  readonly stores: { readonly crm: OwnStore<'crm'>; readonly cloud: OwnStore<'cloud'> };
  readonly link: TestLink;
  readonly temporal: TemporalClient;
  readonly startWorker: StartKillableWorker;
  readonly tidegate: TidegateClient;
  crm<T>(sql: string, values?: unknown[]): Promise<T[]>;
  cloud<T>(sql: string, values?: unknown[]): Promise<T[]>;
  /** Asks for a first synchronisation and waits until every collection is open: a pull leaves out those that are not. */
  open(): Promise<void>;
  /** Makes a contact at the CRM; its id, once the cloud has it. */
  newContact(name: string): Promise<string>;
  /** Orders cloud changes in and waits until they are. */
  pull(): Promise<void>;
  /** Waits until both stores hold the same contacts and no request waits. */
  converged(): Promise<void>;
}

/** Waits for something to hold. Stores that are just started again may not answer yet. */
export const until = (check: () => Promise<void>, timeoutMs = 30_000) => vi.waitFor(check, { timeout: timeoutMs, interval: 100 });

/** Starts stores, producer and link; workers are the test's to start. */
export async function startOwnLink(): Promise<OwnLink> {
  const taskQueue = `own-${randomUUID()}`;
  const [crmStore, cloudStore] = await Promise.all([startOwnStore('crm'), startOwnStore('cloud')]);
  const stores = { crm: crmStore, cloud: cloudStore };
  const [link, temporal] = await Promise.all([startTestLink({ stores }), testTemporal().then(connectTemporal)]);
  const tidegate = link.tidegate(temporal.client, taskQueue);
  await tidegate.ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
  const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
  const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
  const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;
  return {
    stores,
    link,
    temporal,
    startWorker: await killableWorkers(link, taskQueue),
    tidegate,
    crm,
    cloud,
    open: async () => {
      await tidegate.requestForward({ link: link.name, by: 'test' });
      await until(async () => {
        const channels = await crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`);
        expect(channels.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
      });
    },
    newContact: async (name) => {
      const [row] = await crm<{ id: string }>('INSERT INTO crm.contacts (given_name, family_name) VALUES ($1, $1) RETURNING id', [name]);
      await until(async () => expect(await cloud('SELECT FROM cloud.people WHERE id = $1', [row?.id])).toHaveLength(1));
      return row?.id ?? '';
    },
    pull: async () => {
      const { requestId } = await tidegate.orderReverse({ link: link.name, by: 'test' });
      await until(async () => expect(await requestState(requestId)).toBe('done'));
    },
    converged: () =>
      until(async () => {
        const here = await crm(
          `SELECT id, given_name AS given, family_name AS family, note, job_title AS title FROM crm.contacts WHERE NOT private ORDER BY id`,
        );
        const there = await cloud(`SELECT id, first_name AS given, last_name AS family, notes AS note, title FROM cloud.people ORDER BY id`);
        expect(there).toEqual(here);
        expect(await crm(`SELECT FROM tidegate.sync_request WHERE state IN ('open', 'claimed')`)).toEqual([]);
      }),
    [Symbol.asyncDispose]: async () => {
      for await (const { workflowId } of temporal.client.workflow.list({ query: `TidegateLink = '${link.name}' AND ExecutionStatus = 'Running'` }))
        await temporal.client.workflow
          .getHandle(workflowId)
          .terminate()
          .catch(() => undefined);
      await tidegate.deleteSchedules(link.name).catch(() => undefined);
      await temporal.close();
      await link[Symbol.asyncDispose]();
    },
  };
}
