import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { requestReverseSync } from '../../workflows/request-reverse-sync.ts';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

const link = 'acme/test/hub';
let worker: TestWorker | undefined;
afterEach(async () => {
  await worker?.[Symbol.asyncDispose]();
  worker = undefined;
});

async function run(stub: StubActivities) {
  worker = await startTestWorker(stub.activities);
  return worker.client.workflow.execute<typeof requestReverseSync>('requestReverseSync', {
    workflowId: randomUUID(),
    taskQueue: worker.taskQueue,
    args: [{ link }],
  });
}

describe('the requesting workflow', () => {
  it('claims, signs, delivers, waits, and ends the rows', async () => {
    const stub = stubActivities();
    const result = await run(stub);
    expect(stub.names()).toEqual(['claimReverseRequests', 'signReverseMessage', 'deliverReverseMessage', 'awaitReverseSync', 'finishRequests']);
    const [messageId] = result.messages;
    expect(stub.inputs('signReverseMessage')).toEqual([{ link, messageId, cause: 'user', requests: ['r1'], collections: [] }]);
    expect(stub.inputs('deliverReverseMessage')).toEqual([{ link, messageId }]);
    expect(stub.inputs('finishRequests')).toEqual([{ requests: ['r1'], state: 'done' }]);
    expect(result).toMatchObject({ outcome: 'completed', code: null, requests: ['r1'] });
  });

  it('has nothing to do where no row waits', async () => {
    const stub = stubActivities({ claimReverseRequests: async () => ({ state: 'nothing', requests: [], cause: 'period', collections: [] }) });
    expect(await run(stub)).toMatchObject({ outcome: 'nothing-to-do', messages: [] });
    expect(stub.names()).toEqual(['claimReverseRequests']);
  });

  it('leaves the rows of a paused link alone', async () => {
    const stub = stubActivities({ claimReverseRequests: async () => ({ state: 'held', requests: [], cause: 'period', collections: [] }) });
    expect(await run(stub)).toMatchObject({ outcome: 'put-back', code: 'link-stopped' });
    expect(stub.names()).not.toContain('signReverseMessage');
  });

  it('puts rows back where the link is paused meanwhile', async () => {
    const stub = stubActivities({ awaitReverseSync: async () => ({ code: 'link-stopped' }) });
    expect(await run(stub)).toMatchObject({ outcome: 'put-back' });
    expect(stub.inputs('finishRequests')).toEqual([{ requests: ['r1'], state: 'open' }]);
  });

  it('signs another message, for all that waits by then, where the first ran out', async () => {
    let claims = 0;
    let waits = 0;
    const stub = stubActivities({
      claimReverseRequests: async () => ({ state: 'claimed', requests: ++claims === 1 ? ['r1'] : ['r1', 'r2'], cause: 'user', collections: [] }),
      awaitReverseSync: async () => ({ code: ++waits === 1 ? 'message-expired' : null }),
    });
    const result = await run(stub);
    expect(result.messages).toHaveLength(2);
    expect(new Set(result.messages).size).toBe(2);
    expect(stub.inputs('finishRequests')).toEqual([{ requests: ['r1', 'r2'], state: 'done' }]);
  });

  it('fails the rows where the run was refused', async () => {
    const stub = stubActivities({ awaitReverseSync: async () => ({ code: 'batch-refused' }) });
    expect(await run(stub)).toMatchObject({ outcome: 'failed', code: 'batch-refused' });
    expect(stub.inputs('finishRequests')).toEqual([{ requests: ['r1'], state: 'failed' }]);
  });

  it('waits while the load goes on, under one message', async () => {
    let attempts = 0;
    const stub = stubActivities({
      signReverseMessage: async () => {
        attempts += 1;
        if (attempts < 3) throw failureWith('load-incomplete');
        return { collections: ['contacts'], expiresAt: 'x' };
      },
    });
    expect(await run(stub)).toMatchObject({ outcome: 'completed' });
    expect(new Set(stub.inputs('signReverseMessage').map(({ messageId }) => messageId)).size).toBe(1);
  });
});
