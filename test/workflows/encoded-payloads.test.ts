import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, WorkflowFailedError } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addCodecKey, ensureCodecKeys, listCodecKeys, removeCodecKey } from '../../adaptor/auth/codec/codec-key-file.ts';
import { keyIdOf, openCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { encodeAnew, schedulePayloads } from '../../scheduler/encoded-payloads.ts';
import { forwardScheduleId } from '../../scheduler/ids.ts';
import { readPumpBeat } from '../../scheduler/pump-beat.ts';
import { deleteSchedules, ensureSchedules } from '../../scheduler/schedules.ts';
import { dataConverterOf } from '../../workers/crm/encode-payloads.ts';
import { bundleOnce } from '../../workers/crm/workflow-bundle.ts';
import type { reverseSync } from '../../workflows/reverse-sync.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { metadataOf, payloadsIn } from '../support/payloads.ts';
import { failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, WORKFLOWS_PATH, startTestWorker } from '../support/temporal-worker.ts';

/* The codec on a real Temporal server, with the product's workflows and activities that move nothing. */

const folder = mkdtempSync(join(tmpdir(), 'codec-'));
const file = join(folder, 'codec-keys.json');
const linkName = `acme/test/c-${randomUUID().slice(0, 8)}`;
const [tenant = '', environment = '', link = ''] = linkName.split('/');
const told: string[] = [];
let worker: TestWorker;
let workflowBundle: WorkflowBundle;
/** A client with the codec; the worker's own has none. */
let temporal: TemporalClient;
let client: Client;
let letGo = (): void => {};
/** What `receiveWindow` does next. */
let receive: () => Promise<void> = async () => {};

beforeAll(async () => {
  await ensureCodecKeys(file);
  const codec = await openCodec(file);
  const stub = stubActivities({
    receiveWindow: async ({ afterOrdinal }) => {
      await receive();
      return { ordinal: afterOrdinal + 1, offered: 3, last: true, breach: null };
    },
    verifyMessage: async ({ jws }) => {
      if (jws === 'forged') throw failureWith('issuer-not-crm');
      return { link: linkName, cause: 'user', requestedBy: 'anna', orders: [{ collection: 'contacts', afterOrdinal: 0, maxWindows: 1 }] };
    },
  });
  const dataConverter = dataConverterOf(codec, ({ failure }) => told.push((failure as { type?: string }).type ?? ''));
  const failureConverterPath = dataConverter.failureConverterPath ?? '';
  workflowBundle = { code: await bundleOnce({ workflowsPath: WORKFLOWS_PATH, failureConverterPath }) };
  // As in the product: a worker that takes over does not wait long for the one before.
  worker = await startTestWorker(() => ({ activities: stub.activities, dataConverter, workflowBundle, stickyQueueScheduleToStartTimeout: '500 ms' }));
  temporal = await connectTemporal({ address: worker.address, namespace: worker.namespace, codec });
  ({ client } = temporal);
}, 60_000);
afterAll(async () => {
  letGo();
  await deleteSchedules(client, linkName);
  await worker?.[Symbol.asyncDispose]();
  await temporal?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const currentKey = async (): Promise<string> => (await listCodecKeys(file)).find(({ current }) => current)?.keyId ?? '';
const start = (jws: string, options: { readonly workflowTaskTimeout?: '2 s' } = {}) => {
  const workflowId = randomUUID();
  return client.workflow.signalWithStart<typeof reverseSync, [unknown]>('reverseSync', {
    workflowId,
    taskQueue: worker.taskQueue,
    staticSummary: 'canary in a summary',
    memo: { note: 'canary in a memo' },
    signal: 'reverseMessage',
    signalArgs: [{ messageId: workflowId, jws }],
    ...options,
  });
};
const makeSchedules = () => ensureSchedules(client, worker.taskQueue, { tenant, environment, link, schedules: BY_HAND_ONLY });
/** All that Temporal holds of a run, as it holds it. */
const stored = async (workflowId: string): Promise<readonly [unknown, unknown]> => {
  const handle = worker.client.workflow.getHandle(workflowId);
  return [await handle.fetchHistory(), await client.workflowService.describeWorkflowExecution({ namespace: worker.namespace, execution: { workflowId } })];
};

/** Holds the next window back until `letGo`. */
function hold(): Promise<void> {
  return new Promise<void>((reached) => {
    receive = () =>
      new Promise((resolve) => {
        letGo = resolve;
        reached();
      });
  });
}

describe('with the codec on', () => {
  it('a run ends as ever, and Temporal holds no plain payload of it: arguments, results, signals, summaries, memos', async () => {
    receive = async () => {};
    const handle = await start('canary in a signal');
    await handle.result();
    const held = await stored(handle.workflowId);
    const payloads = payloadsIn(held);
    expect(payloads.length).toBeGreaterThan(30);
    expect(new Set(payloads.map((payload) => metadataOf(payload, 'encoding')))).toEqual(new Set(['binary/encrypted']));
    expect(new Set(payloads.map(keyIdOf))).toEqual(new Set([await currentKey()]));
    const text = payloads.map(({ data }) => Buffer.from(data ?? []).toString('latin1')).join('\n');
    expect(text + JSON.stringify(held)).not.toMatch(/canary|anna/);
    const description = await handle.describe();
    expect(description.memo).toEqual({ note: 'canary in a memo' });
    expect(await description.staticSummary()).toBe('canary in a summary');
    // What runs are found by stays readable: Temporal itself searches it.
    expect(description.searchAttributes).toMatchObject({ TidegateLink: [linkName], TidegateOutcome: ['completed'] });
  });

  it('a failure keeps its code in the open, and its sentence and stack to those who may decode', async () => {
    const handle = await start('forged');
    const error: unknown = await handle.result().catch((failed: unknown) => failed);
    expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'issuer-not-crm', message: expect.stringContaining('not signed by the CRM') as string });
    const [history] = await stored(handle.workflowId);
    const text = JSON.stringify(history);
    expect(text).toContain('issuer-not-crm');
    expect(text).toContain('Encoded failure');
    expect(text).not.toMatch(/not signed by the CRM|at .*\.ts:/);
    expect(new Set(payloadsIn(history).map((payload) => metadataOf(payload, 'encoding')))).toEqual(new Set(['binary/encrypted']));
  });

  it('its history is replayed with the same converter, and with none says which key it needs', async () => {
    const handle = await start('signed');
    await handle.result();
    const history = await handle.fetchHistory();
    const replay = async (keys: string | undefined) =>
      Worker.runReplayHistory({ workflowBundle, dataConverter: dataConverterOf(await openCodec(keys)) }, history, handle.workflowId);
    await expect(replay(file)).resolves.toBeUndefined();
    await expect(replay(undefined)).rejects.toThrow();
    const without = await connectTemporal({ address: worker.address, namespace: worker.namespace, codec: await openCodec(undefined) });
    expect(
      await codeOf(
        without.client.workflow
          .getHandle(handle.workflowId)
          .describe()
          .then(({ memo }) => memo),
      ),
    ).toBe('codec-key-missing');
    await without.close();
  }, 60_000);
});

describe('a rotation', () => {
  it('does not disturb a run that began before it, which ends under the new key', async () => {
    const held = hold();
    const handle = await start('signed');
    await held;
    const before = await currentKey();
    const after = await addCodecKey(file, { current: true });
    letGo();
    await handle.result();
    const [history] = await stored(handle.workflowId);
    const keys = payloadsIn(history).map(keyIdOf);
    expect(keys[0]).toBe(before);
    expect(keys.at(-1)).toBe(after);
    expect(new Set(keys)).toEqual(new Set([before, after]));
    expect((await handle.describe()).memo).toEqual({ note: 'canary in a memo' });
  });

  it('reaches the Schedules when they are written anew, and what they are stays', async () => {
    await makeSchedules();
    const handle = client.schedule.getHandle(forwardScheduleId(linkName));
    await handle.pause('audit');
    const described = async () => {
      const { spec, policies, state, action } = await handle.describe();
      const { workflowType, workflowId, taskQueue, args, staticSummary } = action;
      return { spec, policies, state, action: { workflowType, workflowId, taskQueue, args, staticSummary } };
    };
    const before = await described();
    expect(before.action).toMatchObject({ args: [{ link: linkName }] });
    const keyId = await addCodecKey(file, { current: true });
    const keysOf = async () => new Set((await schedulePayloads({ client, taskQueue: worker.taskQueue })).flatMap(({ payloads }) => payloads.map(keyIdOf)));
    // Temporal lists what is there a moment later.
    await vi.waitFor(async () => expect(await schedulePayloads({ client, taskQueue: worker.taskQueue })).toHaveLength(2), 30_000);
    expect((await keysOf()).has(keyId)).toBe(false);
    for (const { handle: each } of await schedulePayloads({ client, taskQueue: worker.taskQueue })) await encodeAnew(each);
    expect(await keysOf()).toEqual(new Set([keyId]));
    expect(await described()).toEqual(before);
  });
});

describe('Schedules that somebody deletes meanwhile', () => {
  it('are passed over where they are listed, and where they are written anew', async () => {
    const listed = async function* () {
      yield { scheduleId: 'deleted' };
      yield* client.schedule.list();
    };
    const slow = Object.create(client, { schedule: { value: { list: listed, getHandle: (id: string) => client.schedule.getHandle(id) } } }) as Client;
    const found = await schedulePayloads({ client: slow, taskQueue: worker.taskQueue });
    expect(found.map(({ handle }) => handle.scheduleId)).toContain(forwardScheduleId(linkName));
    await expect(encodeAnew(client.schedule.getHandle('deleted'))).resolves.toBeUndefined();
  });
});

describe('a key that is missing', () => {
  it('is named by the worker and on the run’s page; the run waits, and goes on once the key is back', async () => {
    const held = hold();
    // A task that failed once is left to time out.
    const handle = await start('signed', { workflowTaskTimeout: '2 s' });
    await held;
    const lost = await currentKey();
    await addCodecKey(file, { current: true });
    const rotated = readFileSync(file, 'utf8');
    await removeCodecKey(file, lost);
    letGo();
    await worker.restart();
    const failed = async () => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).flatMap((event) => event.workflowTaskFailedEventAttributes?.failure?.applicationFailureInfo?.type ?? []);
    };
    await vi.waitFor(async () => expect(await failed()).toContain('codec-key-missing'), { timeout: 30_000, interval: 100 });
    expect(told).toContain('codec-key-missing');
    expect((await handle.fetchHistory()).events?.some((event) => event.workflowExecutionFailedEventAttributes)).toBe(false);
    expect(await codeOf(handle.describe().then(({ memo }) => memo))).toBe('codec-key-missing');
    // So does a worker that starts, and brings its Schedules up to date.
    expect(await codeOf(makeSchedules())).toBe('codec-key-missing');
    writeFileSync(file, rotated);
    await handle.result();
  }, 60_000);
});

it('the last heartbeat of a pump is read as the client decodes', async () => {
  const codec = await openCodec(file);
  const [payload] = await codec.encode([{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"windows":2,"rows":9,"lagMs":5}') }]);
  const description = { raw: { pendingActivities: [{ activityType: { name: 'pumpWindows' }, heartbeatDetails: { payloads: [payload] } }] } };
  expect(await readPumpBeat(client, description as never)).toEqual({ windows: 2, rows: 9, lagMs: 5 });
  expect(await readPumpBeat(client, { raw: { pendingActivities: [] } } as never)).toBeNull();
});
