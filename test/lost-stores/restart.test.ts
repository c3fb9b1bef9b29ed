import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { type KillableWorker, killableWorkers } from '../support/killable-worker.ts';
import { type OwnStore, startOwnStore } from '../support/own-store.ts';
import { testTemporal } from '../support/temporal.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* A plain restart of either store, or of both, stops nothing. On real clusters, a real producer and a worker in a process of its own. */

const taskQueue = `lost-${randomUUID()}`;
let crmStore: OwnStore<'crm'>;
let cloudStore: OwnStore<'cloud'>;
let link: TestLink;
let temporal: TemporalClient;
let worker: KillableWorker;
/** Names the records of a test. */
let mark: string;

beforeAll(async () => {
  [crmStore, cloudStore] = await Promise.all([startOwnStore('crm'), startOwnStore('cloud')]);
  [link, temporal] = await Promise.all([startTestLink({ stores: { crm: crmStore, cloud: cloudStore } }), testTemporal().then(connectTemporal)]);
  await tidegate().ensureSchedules({ links: [{ ...link.setup.identity, schedules: { forwardEveryMs: 86_400_000, reverseEveryMs: 86_400_000 } }] });
  const startWorker = await killableWorkers(link, taskQueue);
  worker = await startWorker();
  await tidegate().requestForward({ link: link.name, by: 'test' });
  // A pull leaves out collections that are not open yet.
  await until(async () => {
    const channels = await crm<{ state: string }>(`SELECT state FROM tidegate.channel WHERE direction = 'forward'`);
    expect(channels.map(({ state }) => state)).toEqual(['open', 'open', 'open']);
  });
}, 120_000);
afterAll(async () => {
  await worker?.end();
  for await (const { workflowId } of temporal.client.workflow.list({ query: `TidegateLink = '${link.name}' AND ExecutionStatus = 'Running'` }))
    await temporal.client.workflow
      .getHandle(workflowId)
      .terminate()
      .catch(() => undefined);
  await tidegate()
    .deleteSchedules(link.name)
    .catch(() => undefined);
  await temporal?.close();
  await link?.[Symbol.asyncDispose]();
}, 60_000);

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(temporal.client, taskQueue);
const until = (check: () => Promise<void>, timeout = 25_000) => vi.waitFor(check, { timeout, interval: 100 });
const linkAt = async (rows: typeof crm) =>
  (await rows<{ state: string; reason: string | null; generation: number }>(`SELECT state, state_reason AS reason, generation FROM tidegate.link`))[0];
const requestState = async (id: string) => (await crm<{ state: string }>('SELECT state FROM tidegate.sync_request WHERE id = $1', [id]))[0]?.state;

const crmContacts = () =>
  crm(`SELECT id, given_name AS given, family_name AS family, note, job_title AS title FROM crm.contacts WHERE NOT private ORDER BY id`);
const cloudContacts = () => cloud(`SELECT id, first_name AS given, last_name AS family, notes AS note, title FROM cloud.people ORDER BY id`);

async function converged(): Promise<void> {
  await until(async () => expect(await cloudContacts()).toEqual(await crmContacts()));
}

/** A contact made at the CRM; its id, once the cloud has it. */
async function newContact(name: string): Promise<string> {
  const [row] = await crm<{ id: string }>('INSERT INTO crm.contacts (given_name, family_name) VALUES ($1, $2) RETURNING id', [name, mark]);
  await until(async () => expect(await cloud('SELECT FROM cloud.people WHERE id = $1', [row?.id])).toHaveLength(1));
  return row?.id ?? '';
}

async function pull(): Promise<void> {
  const { requestId } = await tidegate().orderReverse({ link: link.name, by: 'test' });
  await until(async () => expect(await requestState(requestId)).toBe('done'));
}

const cloudEdit = (id: string, note: string) => cloud('UPDATE cloud.people SET notes = $2 WHERE id = $1', [id, note]);
const crmEdit = (id: string, title: string) => crm('UPDATE crm.contacts SET job_title = $2 WHERE id = $1', [id, title]);

beforeEach(async () => {
  mark = `Mark ${randomUUID().slice(0, 8)}`;
});
describe('a restart', () => {
  it.each(['crm', 'cloud', 'both'])(
    'of %s stops nothing',
    async (which) => {
      const id = await newContact('Restarted');
      const before = await linkAt(crm);
      await Promise.all([which === 'cloud' ? undefined : crmStore.restart(), which === 'crm' ? undefined : cloudStore.restart()]);
      await crmEdit(id, 'restarted');
      await cloudEdit(id, 'restarted too');
      await until(async () => expect(await cloud('SELECT title FROM cloud.people WHERE id = $1', [id])).toEqual([{ title: 'restarted' }]));
      await pull();
      expect(await crm('SELECT note FROM crm.contacts WHERE id = $1', [id])).toEqual([{ note: 'restarted too' }]);
      expect(await linkAt(crm)).toEqual(before);
      await converged();
    },
    90_000,
  );
});
