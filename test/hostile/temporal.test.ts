import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sign } from '../../adaptor/auth/sign.ts';
import { generateSigningKey } from '../../adaptor/auth/signing-key.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { contacts } from '../../configuration/built-in.ts';
import { reverseScheduleId, workflowIdOfRun } from '../../scheduler/ids.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { encode, partsOf } from '../adaptor/auth/forge.ts';
import { reverseClaims } from '../adaptor/auth/sample-link.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/*
 * Somebody reaches the Temporal server, which asks nobody who he is: no TLS, no authoriser, the CRM's own namespace. He can
 * signal, start, reset, replay and even give the company's worker activities to do. Nothing of the cloud enters the CRM by it.
 */

let link: TestLink;
let worker: TestWorker;
let intruder: TestWorker;
let genuine: { readonly id: string; readonly jws: string };
let before: string;
let byHand: WorkflowHandle;

const crm = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.crmAdmin, sql, values);
const cloud = <T>(sql: string, values: unknown[] = []) => controlRows<T>(link.cloudAdmin, sql, values);
const tidegate = () => link.tidegate(worker.client, worker.taskQueue);
const done = (id: string) =>
  vi.waitFor(async () => expect(await crm('SELECT state FROM tidegate.sync_request WHERE id = $1', [id])).toEqual([{ state: 'done' }]), {
    timeout: 60_000,
    interval: 50,
  });

/** What must stay as it is: the CRM's records, what it accepted and wrote down of them, and what the cloud was asked for and gave. */
async function held(): Promise<string> {
  const tables: [typeof crm, string][] = [
    [crm, `SELECT id, given_name, note, version FROM crm.contacts ORDER BY id`],
    [crm, `SELECT id, state FROM tidegate.reverse_message ORDER BY id`],
    [crm, `SELECT count(*) AS n FROM tidegate.ledger_entry`],
    [crm, `SELECT ordinal, state FROM tidegate."window" WHERE direction = 'reverse' ORDER BY ordinal`],
    [cloud, `SELECT count(*) AS n FROM tidegate.reverse_message`],
    [cloud, `SELECT ordinal, state FROM tidegate."window" WHERE direction = 'reverse' ORDER BY ordinal`],
  ];
  return JSON.stringify(await Promise.all(tables.map(([of, sql]) => of(sql))));
}

beforeAll(async () => {
  link = await startTestLink({ collections: [contacts] });
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue)));
  const workflowsPath = fileURLToPath(new URL('./intruder-workflow.ts', import.meta.url));
  intruder = await startTestWorker(() => ({ workflowsPath, activities: {} }));
  const { schedules: _, ...identity } = link.config;
  await tidegate().ensureSchedules({ links: [{ ...identity, schedules: BY_HAND_ONLY }] });
  await crm(`INSERT INTO crm.contacts (given_name) VALUES ('Ada')`);
  await done((await tidegate().requestForward({ link: link.name, by: 'anna' })).requestId);
  // An order as it should be, of the period and of a user: whatever comes later is none.
  await cloud(`UPDATE cloud.people SET notes = 'ordered'`);
  await worker.client.schedule.getHandle(reverseScheduleId(link.name)).trigger();
  await vi.waitFor(async () => expect(await crm(`SELECT note FROM crm.contacts`)).toEqual([{ note: 'ordered' }]), { timeout: 60_000, interval: 50 });
  await vi.waitFor(async () => expect(await crm(`SELECT state FROM tidegate.reverse_message`)).toEqual([{ state: 'spent' }]), {
    timeout: 30_000,
    interval: 50,
  });
  [genuine = genuine] = await crm<typeof genuine>('SELECT id, jws FROM tidegate.reverse_message');
  await worker.client.workflow.getHandle(genuine.id).result();
  await cloud(`UPDATE cloud.people SET notes = 'nobody ordered this'`);
  // It waits some seconds for its message, while the other attacks are made.
  byHand = await intruder.client.workflow.start('reverseSync', { workflowId: randomUUID(), taskQueue: worker.taskQueue });
}, 180_000);
afterAll(async () => {
  const [chain] = await crm<{ run: string }>('SELECT opened_run AS run FROM tidegate.link WHERE opened_run IS NOT NULL');
  await worker?.client.workflow
    .getHandle(workflowIdOfRun(chain?.run ?? 'none/none'))
    .terminate()
    .catch(() => undefined);
  await tidegate().deleteSchedules(link.name);
  await intruder?.[Symbol.asyncDispose]();
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}, 60_000);
beforeEach(async () => {
  before = await held();
});

/** All of a listing. */
async function collect<T>(listing: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of listing) all.push(one);
  return all;
}

/** Starts a reverse run with a signal of the intruder's; how it ends. */
async function startWith(jws: unknown, workflowId: string = randomUUID()): Promise<string> {
  const handle = await intruder.client.workflow.signalWithStart('reverseSync', {
    workflowId,
    taskQueue: worker.taskQueue,
    signal: 'reverseMessage',
    signalArgs: [{ messageId: workflowId, jws }],
  });
  return handle.result().then(
    () => 'completed',
    (error: { cause?: { type?: string } }) => error.cause?.type ?? String(error),
  );
}

const audited = async (): Promise<readonly string[]> =>
  (await crm<{ code: string }>(`SELECT code FROM tidegate.audit_event WHERE event = 'reverse-refused' ORDER BY id`)).map(({ code }) => code);

describe('whoever reaches an open Temporal server brings nothing into the CRM', () => {
  it('by a forged signal: unsigned, altered, of an own key, of the cloud’s key, or with a message of another run', async () => {
    const { header, payload, signature } = partsOf(genuine.jws);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const id = randomUUID();
    const now = Math.floor(Date.now() / 1000);
    const mine = await generateSigningKey(link.producer.crmKey.party);
    const own = reverseClaims({ ...link.setup.identity, iss: mine.party, aud: link.producer.cloudKey.party, iat: now, exp: now + 600, jti: id });
    const forged: [unknown, string | undefined, readonly string[]][] = [
      [`${encode('{"alg":"none","typ":"tidegate-reverse-message-v1+jwt"}')}.${payload}.`, undefined, ['invalid-token']],
      [`${header}.${encode(JSON.stringify({ ...claims, jti: id, exp: now + 600 }))}.${signature}`, id, ['invalid-token']],
      [await sign(mine, 'reverseMessage', own), id, ['key-unknown']],
      [genuine.jws, undefined, ['message-not-accepted', 'message-expired']],
      [{ jws: genuine.jws }, undefined, ['invalid-token']],
      ['', undefined, ['message-missing', 'invalid-token']],
    ];
    for (const [jws, workflowId, codes] of forged) expect(codes).toContain(await startWith(jws, workflowId));
    expect((await audited()).length).toBeGreaterThanOrEqual(forged.length);
    expect(await held()).toBe(before);
  }, 90_000);

  it('by starting the genuine run again under its own id', async () => {
    expect(await startWith(genuine.jws, genuine.id)).toBe('message-not-accepted');
    expect(await held()).toBe(before);
  }, 60_000);

  it('by resetting the genuine run to its beginning, which signals it again', async () => {
    const { client } = intruder;
    const history = await client.workflow.getHandle(genuine.id).fetchHistory();
    const first = history.events?.find((event) => event.workflowTaskCompletedEventAttributes);
    const [execution] = await collect(client.workflow.list({ query: `WorkflowId = '${genuine.id}' AND ExecutionStatus = 'Completed'` }));
    const { runId } = await client.workflowService.resetWorkflowExecution({
      namespace: intruder.namespace,
      workflowExecution: { workflowId: genuine.id, runId: execution?.runId ?? '' },
      workflowTaskFinishEventId: first?.eventId ?? null,
      requestId: randomUUID(),
      reason: 'intrusion',
    });
    await expect(client.workflow.getHandle(genuine.id, runId).result()).rejects.toMatchObject({ cause: { type: 'message-not-accepted' } });
    expect(await held()).toBe(before);
  }, 60_000);

  it('by starting the requesting workflow by hand: the period is not over, and nobody asked', async () => {
    const asked = { workflowId: randomUUID(), taskQueue: worker.taskQueue, args: [{ link: link.name }] };
    expect(await intruder.client.workflow.execute('requestReverseSync', asked)).toMatchObject({ outcome: 'nothing-to-do', messages: [] });
    await intruder.client.schedule.getHandle(reverseScheduleId(link.name)).trigger();
    const handle = worker.client.schedule.getHandle(reverseScheduleId(link.name));
    await vi.waitFor(async () => expect((await handle.describe()).info.recentActions).toHaveLength(2), { timeout: 30_000, interval: 100 });
    await vi.waitFor(async () => expect((await handle.describe()).info.runningActions).toEqual([]), { timeout: 30_000, interval: 100 });
    expect(await held()).toBe(before);
  }, 90_000);

  it('by giving the company’s worker activities to do', async () => {
    const id = randomUUID();
    const at = { link: link.name, runId: `${id}/${id}`, messageId: id };
    const intrusions: [activity: string, input: unknown, ends: readonly string[]][] = [
      // No row of the CRM asks for it: nothing is signed.
      ['signReverseMessage', { ...at, cause: 'user', requests: [], collections: [] }, ['done']],
      ['signReverseMessage', { ...at, cause: 'user', requests: [randomUUID()], collections: ['contacts'] }, ['done']],
      ['deliverReverseMessage', at, ['message-missing']],
      ['verifyMessage', { ...at, jws: genuine.jws }, ['message-not-accepted']],
      ['verifyMessage', { ...at, messageId: genuine.id, jws: genuine.jws }, ['message-not-accepted']],
      ['receiveWindow', { ...at, collection: 'contacts', afterOrdinal: 1 }, ['message-not-accepted']],
      ['receiveWindow', { ...at, messageId: genuine.id, collection: 'contacts', afterOrdinal: 1 }, ['message-not-accepted']],
      ['retryWaiting', { ...at, messageId: genuine.id }, ['message-not-accepted', 'done']],
      ['applyRelease', { link: link.name, releaseId: id, runId: at.runId }, ['release-not-accepted', 'release-unknown', 'bad-request']],
    ];
    for (const [activity, input, ends] of intrusions) {
      const end = await intruder.client.workflow
        .execute('intrude', { workflowId: randomUUID(), taskQueue: intruder.taskQueue, args: [{ taskQueue: worker.taskQueue, activity, input }] })
        .then(
          () => 'done',
          (error: { cause?: { cause?: { type?: string } } }) => error.cause?.cause?.type ?? String(error),
        );
      expect({ activity, end: ends.includes(end) ? 'as expected' : end }).toEqual({ activity, end: 'as expected' });
      expect(await held()).toBe(before);
    }
  }, 120_000);

  it('by a reverse run that is started by hand', async () => {
    await expect(byHand.result()).rejects.toMatchObject({ cause: { type: 'message-missing' } });
    expect(await audited()).toContain('message-missing');
    expect(await held()).toBe(before);
  }, 60_000);

  it('and reads no value of a record in the histories of those runs', async () => {
    const history = await intruder.client.workflow.getHandle(genuine.id).fetchHistory();
    const payloads = (history.events ?? []).flatMap((event) => event.activityTaskCompletedEventAttributes?.result?.payloads ?? []);
    expect(payloads.length).toBeGreaterThan(0);
    const text = payloads.map((payload) => JSON.stringify(defaultPayloadConverter.fromPayload(payload))).join('\n');
    for (const content of ['Ada', 'ordered', 'nobody ordered this']) expect(text).not.toContain(content);
  });
});

it('the order that follows brings it in: nothing was lost by the intrusion', async () => {
  await done((await tidegate().orderReverse({ link: link.name, by: 'anna' })).requestId);
  expect(await crm(`SELECT note FROM crm.contacts`)).toEqual([{ note: 'nobody ordered this' }]);
}, 90_000);
