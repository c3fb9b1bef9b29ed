import { randomUUID } from 'node:crypto';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/client';
import { type WorkflowHandle, WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ForwardProgress } from '../../workflows/forward-messages.ts';
import type { forwardSync } from '../../workflows/forward-sync.ts';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

const link = 'acme/test/hub';
let worker: TestWorker | undefined;
let handle: WorkflowHandle<typeof forwardSync> | undefined;

afterEach(async () => {
  await handle?.terminate().catch(() => undefined);
  await worker?.[Symbol.asyncDispose]();
  [worker, handle] = [undefined, undefined];
});

async function start(
  stub: StubActivities,
  more: { readonly refusals?: number } = {},
): Promise<{ handle: WorkflowHandle<typeof forwardSync>; worker: TestWorker }> {
  worker = await startTestWorker(stub.activities);
  handle = await worker.client.workflow.start<typeof forwardSync>('forwardSync', {
    workflowId: `forward/${link}/${randomUUID()}`,
    taskQueue: worker.taskQueue,
    args: [{ link, trigger: 'start', ...more }],
  });
  return { handle, worker };
}

/** A pump that goes on until it is cancelled, as the real one does. */
async function endlessPump(): Promise<never> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), 50);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(timer);
  }
}

/** The failure that ends the first run of the chain. */
async function ending(of: WorkflowHandle<typeof forwardSync>): Promise<ApplicationFailure> {
  const error: unknown = await of.result().catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause as ApplicationFailure;
}

describe('a forward run', () => {
  it('goes through its named steps in order, and continues as new with books closed', async () => {
    let pumps = 0;
    const stub = stubActivities({
      registerCollections: async () => ({
        collections: [
          { collection: 'contacts', state: 'new', reason: null },
          { collection: 'tasks', state: 'drifted', reason: '"due" was date and is text' },
          { collection: 'appointments', state: 'open', reason: null },
        ],
      }),
      pumpWindows: async () => (++pumps === 1 ? { end: 'windows', reason: null, by: null, windows: 2, rows: 6 } : endlessPump()),
    });
    const { handle: chain } = await start(stub);
    await vi.waitFor(() => expect(pumps).toBe(2), 20_000);
    const steps = [
      'claimLink',
      'checkCertificate',
      'obtainToken',
      'signOpening',
      'openLink',
      'verifyOpening',
      'settleWindows',
      'registerCollections',
      'initialLoad',
      'pumpWindows',
    ];
    expect(stub.names().slice(0, 14)).toEqual(['openRun', ...steps, 'verifyReceipts', 'closeRun', 'openRun']);
    // Of each session: only what is new is loaded; what drifted is left alone.
    expect(stub.inputs('initialLoad').map(({ collection }) => collection)).toEqual(['contacts', 'contacts']);
    expect(stub.inputs('closeRun')[0]).toMatchObject({ state: 'completed', errorCode: null });
    const [first, second] = stub.inputs('openRun');
    expect(first).toMatchObject({ link, direction: 'forward', trigger: 'start' });
    expect(second).toMatchObject({ trigger: 'change' });
    expect(first?.runId).toMatch(new RegExp(`^${chain.workflowId}/`));
    expect(second?.runId).not.toBe(first?.runId);
    expect(stub.inputs('pumpWindows').map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  it('begins a new session with a new epoch after a fenced step got no answer', async () => {
    let pumps = 0;
    const stub = stubActivities({
      pumpWindows: async () => {
        pumps += 1;
        if (pumps === 1) throw failureWith('connection-failed');
        return endlessPump();
      },
    });
    const { handle: chain } = await start(stub);
    await vi.waitFor(() => expect(pumps).toBe(2), 20_000);
    expect(stub.inputs('pumpWindows').map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(stub.inputs('openRun')).toHaveLength(1);
    const state = await chain.query<ForwardProgress>('progress');
    expect(state).toMatchObject({ phase: 'pumps changes', epoch: 2, failures: 1, lastFailure: 'connection-failed' });
  });

  it('does not wait for its back-off when a request wakes it', async () => {
    let pumps = 0;
    const stub = stubActivities({
      pumpWindows: async () => {
        pumps += 1;
        if (pumps <= 5) throw failureWith('connection-failed');
        return endlessPump();
      },
    });
    const { handle: chain } = await start(stub);
    await vi.waitFor(
      async () => {
        await chain.signal('requestForward');
        expect(pumps).toBe(6);
      },
      { timeout: 25_000, interval: 100 },
    );
  });

  it('waits for as long as the other side said', async () => {
    let pumps = 0;
    const stub = stubActivities({
      pumpWindows: async () => {
        pumps += 1;
        if (pumps === 1) throw failureWith('too-many-requests', { retryAfterSeconds: 73 });
        return endlessPump();
      },
    });
    const { handle: chain } = await start(stub);
    const timers = async () =>
      ((await chain.fetchHistory()).events ?? []).flatMap(({ timerStartedEventAttributes: timer }) => Number(timer?.startToFireTimeout?.seconds ?? []));
    await vi.waitFor(async () => expect(await timers()).toContain(73), 20_000);
    expect(pumps).toBe(1);
    // A request is no reason to ask before: it wakes the chain all the same, and is told so again.
    await chain.signal('requestForward');
    await vi.waitFor(() => expect(pumps).toBe(2), 20_000);
  });

  it('ends at once where a step is refused, with the code as its type', async () => {
    const stub = stubActivities({
      obtainToken: async () => {
        throw failureWith('invalid-token');
      },
    });
    const { handle: chain, worker: running } = await start(stub);
    const failure = await ending(chain);
    expect(failure.type).toBe('invalid-token');
    expect(stub.inputs('obtainToken')).toHaveLength(1);
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'refused', errorCode: 'invalid-token' }]);
    expect(stub.names()).not.toContain('openLink');
    const description = await running.client.workflow.getHandle(chain.workflowId).describe();
    expect(description.status.name).toBe('FAILED');
    expect(description.searchAttributes).toMatchObject({
      TidegateLink: [link],
      TidegateDirection: ['forward'],
      TidegateOutcome: ['refused'],
      TidegateRecords: [3],
    });
  });

  it.each([
    ['key-unknown', 'certificate-expired'],
    ['certificate-revoked', 'client-not-allowed'],
  ] as const)('ends as refused with %s, then with %s, and its chain asks again by itself until it is believed', async (...codes) => {
    let asked = 0;
    const stub = stubActivities({
      checkCertificate: async () => {
        const code = codes[asked++];
        if (code !== undefined) throw failureWith(code);
        return { thumbprint: 't', subject: 's', expiresAt: 'x' };
      },
      pumpWindows: endlessPump,
    });
    const { handle: chain, worker: running } = await start(stub);
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 20_000);
    expect(stub.inputs('closeRun')).toMatchObject(codes.map((errorCode) => ({ state: 'refused', errorCode })));
    // Every run has books of its own, and asks nothing after its refusal.
    expect(new Set(stub.inputs('openRun').map(({ runId }) => runId)).size).toBe(3);
    expect(stub.inputs('openLink')).toHaveLength(1);
    const description = await running.client.workflow.getHandle(chain.workflowId).describe();
    expect(description).toMatchObject({ status: { name: 'RUNNING' }, searchAttributes: { TidegateOutcome: ['running'] } });
  });

  it('that is not believed is woken by a request, and can be paused and cancelled while it waits', async () => {
    const stub = stubActivities({
      checkCertificate: async () => {
        throw failureWith('client-not-allowed');
      },
    });
    const { handle: chain } = await start(stub);
    const runs = async (count: number): Promise<void> => vi.waitFor(() => expect(stub.inputs('closeRun')).toHaveLength(count), 20_000);
    // The wait doubles each time: seven refusals would last a minute without anybody's word.
    for (let count = 1; count <= 7; count++) {
      await runs(count);
      await chain.signal('requestForward');
    }
    await runs(8);
    await chain.signal('pauseLink', { reason: 'month end', by: 'anna' });
    await vi.waitFor(() => expect(stub.inputs('setLinkPaused')).toEqual([{ link, reason: 'month end', by: 'anna' }]), 20_000);
    await chain.cancel();
    const error: unknown = await chain.result().catch((failed: unknown) => failed);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  });

  it('that is asked for while it is refused asks again at once: somebody has just been registered', async () => {
    let asked = 0;
    const stub = stubActivities({
      checkCertificate: async () => {
        if (++asked > 1) return { thumbprint: 't', subject: 's', expiresAt: 'x' };
        await handle?.signal('requestForward');
        throw failureWith('key-unknown');
      },
      pumpWindows: endlessPump,
    });
    // Nine refusals before: without a word the next attempt comes in a minute.
    await start(stub, { refusals: 9 });
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 30_000);
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'refused', errorCode: 'key-unknown' }]);
  });

  it('retries a step that asks the other side for as long as it is away', async () => {
    let asked = 0;
    const stub = stubActivities({
      checkCertificate: async () => {
        asked += 1;
        if (asked < 3) throw failureWith('connection-failed');
        return { thumbprint: 't', subject: 's', expiresAt: 'x' };
      },
      pumpWindows: endlessPump,
    });
    await start(stub);
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 20_000);
    expect(stub.inputs('claimLink')).toHaveLength(1);
  });

  it('ends with the reason of a stopped link', async () => {
    const stub = stubActivities({ claimLink: async () => ({ state: 'stopped', reason: 'The cloud was restored.', by: 'tidegate', epoch: 7 }) });
    const { handle: chain } = await start(stub);
    const failure = await ending(chain);
    expect(failure).toMatchObject({ type: 'link-stopped', message: 'The cloud was restored.' });
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'refused', errorCode: 'link-stopped' }]);
  });

  it('is not green where its books do not balance', async () => {
    const stub = stubActivities({
      verifyReceipts: async () => {
        throw failureWith('books-unbalanced');
      },
    });
    const { handle: chain } = await start(stub);
    expect((await ending(chain)).type).toBe('books-unbalanced');
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'failed', errorCode: 'books-unbalanced' }]);
  });

  it('closes its run when an operator cancels it', async () => {
    const stub = stubActivities({ pumpWindows: endlessPump });
    const { handle: chain } = await start(stub);
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 20_000);
    await chain.cancel();
    const error: unknown = await chain.result().catch((failed: unknown) => failed);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'refused', errorCode: 'run-cancelled' }]);
  });
});

describe('pause and resume', () => {
  it('cancels the pump, writes the reason, waits, and goes on under a new epoch', async () => {
    const stub = stubActivities({ pumpWindows: endlessPump });
    const { handle: chain } = await start(stub);
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 20_000);
    await chain.signal('pauseLink', { reason: 'month end', by: 'anna' });
    await vi.waitFor(
      async () => expect(await chain.query<ForwardProgress>('progress')).toMatchObject({ phase: 'is paused', paused: { reason: 'month end', by: 'anna' } }),
      20_000,
    );
    expect(stub.inputs('setLinkPaused')).toEqual([{ link, reason: 'month end', by: 'anna' }]);
    expect(stub.inputs('claimLink')).toHaveLength(1);
    await chain.signal('resumeLink', { by: 'ben' });
    await vi.waitFor(() => expect(stub.inputs('pumpWindows')).toHaveLength(2), 20_000);
    expect(stub.inputs('setLinkResumed')).toEqual([{ link, by: 'ben' }]);
    expect(stub.inputs('pumpWindows').map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(await chain.query<ForwardProgress>('progress')).toMatchObject({ paused: null, failures: 0 });
  });

  it('waits where the row says paused, without any signal', async () => {
    let claims = 0;
    const stub = stubActivities({
      claimLink: async () =>
        ++claims === 1 ? { state: 'paused', reason: 'holidays', by: 'anna', epoch: 3 } : { state: 'open', reason: null, by: null, epoch: 4 },
      pumpWindows: endlessPump,
    });
    const { handle: chain } = await start(stub);
    await vi.waitFor(
      async () => expect(await chain.query<ForwardProgress>('progress')).toMatchObject({ phase: 'is paused', paused: { reason: 'holidays' } }),
      20_000,
    );
    expect(stub.names()).not.toContain('checkCertificate');
    await chain.signal('resumeLink', { by: 'ben' });
    await vi.waitFor(() => expect(stub.names()).toContain('pumpWindows'), 20_000);
  });

  it('does not lose a pause that comes while the run is being closed', async () => {
    let closes = 0;
    let release = (): void => {};
    const stub = stubActivities({
      closeRun: async () => {
        closes += 1;
        if (closes === 1) await new Promise<void>((resolve) => void (release = resolve));
        return { windows: 1, collections: [], books: { offered: 0, applied: 0, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 } };
      },
    });
    const { handle: chain } = await start(stub);
    await vi.waitFor(() => expect(closes).toBe(1), 20_000);
    await chain.signal('pauseLink', { reason: 'now', by: 'anna' });
    release();
    await vi.waitFor(() => expect(stub.inputs('setLinkPaused')).toHaveLength(1), 20_000);
    expect(stub.inputs('pumpWindows')).toHaveLength(1);
  });
});
