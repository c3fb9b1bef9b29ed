import { randomUUID } from 'node:crypto';
import type { ApplicationFailure } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReverseProgress } from '../../workflows/reverse-messages.ts';
import type { reverseSync } from '../../workflows/reverse-sync.ts';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

let worker: TestWorker | undefined;
afterEach(async () => {
  await worker?.[Symbol.asyncDispose]();
  worker = undefined;
});

/** Starts a run as the delivering activity does. */
async function deliver(stub: StubActivities, jws = 'signed') {
  worker = await startTestWorker(stub.activities);
  const messageId = randomUUID();
  const handle = await worker.client.workflow.signalWithStart<typeof reverseSync, [unknown]>('reverseSync', {
    workflowId: messageId,
    taskQueue: worker.taskQueue,
    signal: 'reverseMessage',
    signalArgs: [{ messageId, jws }],
  });
  return { messageId, handle };
}

async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await result.catch((failed: unknown) => failed);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause as ApplicationFailure;
}

describe('a reverse run', () => {
  it('verifies its message, then receives and receipts window by window, parents first', async () => {
    const orders = [
      { collection: 'contacts', afterOrdinal: 4, maxWindows: 10 },
      { collection: 'tasks', afterOrdinal: 0, maxWindows: 2 },
    ];
    const stub = stubActivities({
      verifyMessage: async () => ({ link: 'a/b/c', cause: 'user', requestedBy: 'anna', orders }),
      receiveWindow: async ({ collection, afterOrdinal }) =>
        collection === 'contacts' && afterOrdinal === 5
          ? { ordinal: null, offered: 0, last: true, breach: null }
          : { ordinal: afterOrdinal + 1, offered: 3, last: false, breach: null },
    });
    const { handle, messageId } = await deliver(stub);
    await handle.result();
    expect(stub.names()).toEqual([
      'verifyMessage',
      'openRun',
      'checkCertificate',
      'obtainToken',
      'receiveWindow',
      'returnReceipt',
      'receiveWindow',
      'receiveWindow',
      'returnReceipt',
      'receiveWindow',
      'returnReceipt',
      'retryWaiting',
      'spendMessage',
      'verifyReceipts',
      'closeRun',
    ]);
    expect(stub.inputs('returnReceipt').map(({ collection, ordinal }) => `${collection} ${ordinal}`)).toEqual(['contacts 5', 'tasks 1', 'tasks 2']);
    expect(stub.inputs('openRun')).toMatchObject([{ link: 'a/b/c', direction: 'reverse', trigger: 'user', messageId, requestedBy: 'anna' }]);
    const description = await handle.describe();
    expect(description.searchAttributes).toMatchObject({
      TidegateMessageId: [messageId],
      TidegateTrigger: ['user'],
      TidegateOutcome: ['completed'],
      TidegateLink: ['a/b/c'],
    });
  });

  it('started by hand, without a signal, asks nobody and fails as message-missing', async () => {
    const stub = stubActivities();
    worker = await startTestWorker(stub.activities);
    const workflowId = randomUUID();
    const handle = await worker.client.workflow.start<typeof reverseSync>('reverseSync', { workflowId, taskQueue: worker.taskQueue });
    expect((await failureOf(handle.result())).type).toBe('message-missing');
    expect(stub.names()).toEqual(['recordRefusal']);
    expect(stub.inputs('recordRefusal')).toMatchObject([{ link: null, event: 'reverse-refused', code: 'message-missing' }]);
  });

  it.each(['issuer-not-crm', 'invalid-token', 'message-expired', 'message-not-accepted', 'link-mismatch'] as const)(
    'with a message that is refused as %s asks nobody',
    async (code) => {
      const stub = stubActivities({
        verifyMessage: async () => {
          throw failureWith(code);
        },
      });
      const { handle } = await deliver(stub, 'forged');
      expect((await failureOf(handle.result())).type).toBe(code);
      expect(stub.names()).toEqual(['verifyMessage', 'recordRefusal']);
    },
  );

  it('takes the first signal only; what follows changes nothing and is counted', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => void (release = resolve));
    const stub = stubActivities({
      receiveWindow: async ({ afterOrdinal }) => {
        await held;
        return { ordinal: afterOrdinal + 1, offered: 3, last: true, breach: null };
      },
    });
    const { handle, messageId } = await deliver(stub, 'genuine');
    await vi.waitFor(() => expect(stub.names()).toContain('receiveWindow'), 20_000);
    await handle.signal('reverseMessage', { messageId, jws: 'forged' });
    await vi.waitFor(async () => expect(await handle.query<ReverseProgress>('progress')).toMatchObject({ ignoredSignals: 1 }), 20_000);
    release();
    await handle.result();
    expect(stub.inputs('verifyMessage').map(({ jws }) => jws)).toEqual(['genuine']);
  });

  it('asks again after a lost connection, and ends its message when a refusal comes', async () => {
    let asked = 0;
    const stub = stubActivities({
      receiveWindow: async () => {
        asked += 1;
        throw failureWith(asked === 1 ? 'connection-failed' : 'batch-refused');
      },
    });
    const { handle, messageId } = await deliver(stub);
    expect((await failureOf(handle.result())).type).toBe('batch-refused');
    expect(asked).toBe(2);
    expect(stub.inputs('spendMessage')).toEqual([{ messageId, state: 'refused' }]);
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'refused', errorCode: 'batch-refused' }]);
    expect(stub.names()).not.toContain('returnReceipt');
  });

  it('is not green where its books do not balance', async () => {
    const stub = stubActivities({
      verifyReceipts: async () => {
        throw failureWith('books-unbalanced');
      },
    });
    const { handle } = await deliver(stub);
    expect((await failureOf(handle.result())).type).toBe('books-unbalanced');
    expect(stub.inputs('closeRun')).toMatchObject([{ state: 'failed' }]);
  });
});
