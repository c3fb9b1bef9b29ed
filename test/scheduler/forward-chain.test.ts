import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ensureForwardChain } from '../../scheduler/forward-chain.ts';
import type { LinkStanding } from '../../scheduler/link-store.ts';
import { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { codeOf } from '../support/code-of.ts';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

let worker: TestWorker | undefined;
let chains: string[] = [];
afterEach(async () => {
  for (const id of chains)
    await worker?.client.workflow
      .getHandle(id)
      .terminate()
      .catch(() => undefined);
  await worker?.[Symbol.asyncDispose]();
  [worker, chains] = [undefined, []];
});

/** A link whose row is kept in memory, as claimLink would write it. */
function memoryLink() {
  const link = `acme/test/f-${randomUUID().slice(0, 8)}`;
  const row: { -readonly [K in keyof LinkStanding]: LinkStanding[K] } = { state: 'open', reason: null, by: null, epoch: 0, openedRun: null };
  const store = {
    readLink: async () => (row.epoch === 0 && row.openedRun === null && row.state === 'open' ? undefined : row),
    writeRequest: async () => 'request',
    writeRelease: async () => 'release',
    writeReconciliations: async () => 'reconciliation',
    writeErasure: async () => 1,
    readWaiting: async () => ({ collection: 'contacts', key: ['1'], direction: 'reverse' as const }),
    discard: async () => undefined,
    keepConflict: async () => {},
    decideBreach: async () => ({ id: 1, collection: 'contacts', direction: 'forward' as const, changes: 1, deletes: 0, batchId: null }),
    writeUndo: async () => 1,
    writePlan: async () => 'plan',
    readPeriods: async () => ({}),
    setPeriod: async () => {},
    pauseLink: async (_: string, reason: string, by: string) => void Object.assign(row, { state: 'paused', reason, by }),
    resumeLink: async () => void Object.assign(row, { state: 'open', reason: null }),
  };
  return { link, row, store };
}

function stubFor(row: ReturnType<typeof memoryLink>['row'], overrides: Parameters<typeof stubActivities>[0] = {}): StubActivities {
  return stubActivities({
    claimLink: async ({ runId }) => {
      if (row.state === 'open') Object.assign(row, { epoch: row.epoch + 1, openedRun: runId });
      return { state: row.state, reason: row.reason, by: row.by, epoch: row.epoch };
    },
    pumpWindows: async () => {
      const { Context } = await import('@temporalio/activity');
      const timer = setInterval(() => Context.current().heartbeat({ windows: 2, rows: 9, lagMs: 5 }), 50);
      return Context.current().cancelled.finally(() => clearInterval(timer));
    },
    ...overrides,
  });
}

describe('the forward chain of a link', () => {
  it('is started once, however many ask, and is woken after that', async () => {
    const { link, row, store } = memoryLink();
    const stub = stubFor(row);
    worker = await startTestWorker(stub.activities);
    const context = { client: worker.client, store, taskQueue: worker.taskQueue };
    const found = await Promise.all(Array.from({ length: 8 }, () => ensureForwardChain(context, link)));
    chains = [...new Set(found.map(({ workflowId }) => workflowId))];
    expect(chains).toEqual([`forward/${link}/1`]);
    expect(found.filter(({ started }) => started)).toHaveLength(1);
    await vi.waitFor(() => expect(row.epoch).toBe(1), 20_000);
    expect(await ensureForwardChain(context, link)).toEqual({ workflowId: `forward/${link}/1`, started: false });
  });

  it('gets another id after it ended: an id is never used twice', async () => {
    const { link, row, store } = memoryLink();
    worker = await startTestWorker(
      stubFor(row, {
        openRun: async () => {
          throw failureWith('unexpected');
        },
      }).activities,
    );
    const context = { client: worker.client, store, taskQueue: worker.taskQueue };
    const first = await ensureForwardChain(context, link);
    // It ended before it could take the link over: the row knows nothing of it.
    await worker.client.workflow
      .getHandle(first.workflowId)
      .result()
      .catch(() => undefined);
    const second = await ensureForwardChain(context, link);
    expect(second).toEqual({ workflowId: `forward/${link}/2`, started: true });
  });

  it('is not started on a stopped link', async () => {
    const { link, row, store } = memoryLink();
    Object.assign(row, { state: 'stopped', reason: 'The cloud was restored.', epoch: 4 });
    worker = await startTestWorker(stubFor(row).activities);
    expect(await codeOf(ensureForwardChain({ client: worker!.client, store, taskQueue: worker!.taskQueue }, link))).toBe('link-stopped');
  });
});

describe('the typed client', () => {
  it('starts, shows progress with the last sign of life of the pump, pauses, resumes', async () => {
    const { link, row, store } = memoryLink();
    const stub = stubFor(row);
    worker = await startTestWorker(stub.activities);
    const tidegate = new TidegateClient({ client: worker.client, store, taskQueue: worker.taskQueue, uiUrl: worker.uiUrl });
    expect(await tidegate.progress(link)).toEqual({ workflowId: null, running: false, run: null, pump: null });
    const chain = await tidegate.startForward(link);
    chains = [chain.workflowId];
    await vi.waitFor(
      async () =>
        expect(await tidegate.progress(link)).toMatchObject({
          running: true,
          run: { phase: 'pumps changes', epoch: 1 },
          pump: { windows: 2, rows: 9, lagMs: 5 },
        }),
      20_000,
    );
    await tidegate.pause(link, { reason: 'audit', by: 'anna' });
    expect(row).toMatchObject({ state: 'paused', reason: 'audit', by: 'anna' });
    await vi.waitFor(
      async () => expect((await tidegate.progress(link)).run).toMatchObject({ phase: 'is paused', paused: { reason: 'audit', by: 'anna' } }),
      20_000,
    );
    expect(await tidegate.resume(link, { by: 'ben' })).toEqual({ workflowId: chain.workflowId, started: false });
    await vi.waitFor(async () => expect((await tidegate.progress(link)).run).toMatchObject({ phase: 'pumps changes', epoch: 2 }), 20_000);
    expect(await tidegate.describeRun(chain.workflowId)).toMatchObject({
      type: 'forwardSync',
      status: 'RUNNING',
      link,
      direction: 'forward',
      outcome: 'running',
    });
    expect((await tidegate.describeRun(chain.workflowId)).url).toContain(encodeURIComponent(chain.workflowId));
    expect(await codeOf(tidegate.describeRun('none'))).toBe('record-not-found');
  });
});
