import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { requestReverseSync } from '../../workflows/request-reverse-sync.ts';
import { type StubActivities, stubActivities } from '../support/stub-activities.ts';
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
    expect(stub.names()).toEqual(['claimReverseRequests', 'signReverseMessage', 'deliverReverseMessage', 'awaitReverseSync', 'settleRequests']);
    const [messageId] = result.messages;
    expect(stub.inputs('signReverseMessage')).toEqual([{ link, messageId, cause: 'user', requests: ['r1'], collections: [] }]);
    expect(stub.inputs('deliverReverseMessage')).toEqual([{ link, messageId }]);
    expect(stub.inputs('settleRequests')).toEqual([{ requests: ['r1'], leftOut: {}, served: true }]);
    expect(result).toMatchObject({ outcome: 'completed', code: null, requests: ['r1'] });
  });

  it('has nothing to do where no row waits', async () => {
    const stub = stubActivities({ claimReverseRequests: async () => ({ state: 'nothing', requests: [], cause: 'period', collections: [], waiting: 0 }) });
    expect(await run(stub)).toMatchObject({ outcome: 'nothing-to-do', messages: [] });
    expect(stub.names()).toEqual(['claimReverseRequests']);
  });

  it('leaves the rows of a paused link alone', async () => {
    const stub = stubActivities({ claimReverseRequests: async () => ({ state: 'held', requests: [], cause: 'period', collections: [], waiting: 0 }) });
    expect(await run(stub)).toMatchObject({ outcome: 'put-back', code: 'link-stopped' });
    expect(stub.names()).not.toContain('signReverseMessage');
  });

  it('puts rows back where the link is paused meanwhile', async () => {
    const stub = stubActivities({ awaitReverseSync: async () => ({ code: 'link-stopped' }) });
    expect(await run(stub)).toMatchObject({ outcome: 'put-back' });
    expect(stub.inputs('putBackRequests')).toEqual([{ requests: ['r1'] }]);
  });

  it('signs another message, for all that waits by then, where the first ran out', async () => {
    let claims = 0;
    let waits = 0;
    const stub = stubActivities({
      claimReverseRequests: async () => ({ state: 'claimed', requests: ++claims === 1 ? ['r1'] : ['r1', 'r2'], cause: 'user', collections: [], waiting: 0 }),
      awaitReverseSync: async () => ({ code: ++waits === 1 ? 'message-expired' : null }),
    });
    const result = await run(stub);
    expect(result.messages).toHaveLength(2);
    expect(new Set(result.messages).size).toBe(2);
    expect(stub.inputs('settleRequests')).toEqual([{ requests: ['r1', 'r2'], leftOut: {}, served: true }]);
  });

  it('fails the rows where the run was refused', async () => {
    const stub = stubActivities({ awaitReverseSync: async () => ({ code: 'batch-refused' }) });
    expect(await run(stub)).toMatchObject({ outcome: 'failed', code: 'batch-refused' });
    expect(stub.inputs('failRequests')).toEqual([{ requests: ['r1'], code: 'batch-refused' }]);
  });

  it('waits while all that is asked for is being loaded, and serves it then', async () => {
    let claims = 0;
    const stub = stubActivities({
      claimReverseRequests: async () =>
        ++claims < 3
          ? { state: 'loading', requests: [], cause: 'period', collections: [], waiting: 1 }
          : { state: 'claimed', requests: ['r1'], cause: 'user', collections: ['tasks'], waiting: 0 },
    });
    expect(await run(stub)).toMatchObject({ outcome: 'completed', messages: { length: 1 } });
    expect(stub.names().slice(0, 5)).toEqual(['claimReverseRequests', 'awaitLoads', 'claimReverseRequests', 'awaitLoads', 'claimReverseRequests']);
    expect(stub.inputs('signReverseMessage')).toMatchObject([{ collections: ['tasks'] }]);
  });

  it('brings in what is open and stays for the rest, which another message orders', async () => {
    let claims = 0;
    const stub = stubActivities({
      claimReverseRequests: async () => {
        claims += 1;
        if (claims === 2) return { state: 'loading', requests: [], cause: 'period', collections: [], waiting: 1 };
        return { state: 'claimed', requests: ['r1'], cause: 'user', collections: claims === 1 ? [] : ['tasks'], waiting: 0 };
      },
      signReverseMessage: async ({ collections }) =>
        collections.length === 0 ? { collections: ['contacts'], leftOut: { tasks: 'load-incomplete' } } : { collections: ['tasks'], leftOut: {} },
    });
    const result = await run(stub);
    expect(result).toMatchObject({ outcome: 'completed', requests: ['r1'], messages: { length: 2 } });
    expect(stub.inputs('settleRequests')).toEqual([
      { requests: ['r1'], leftOut: { tasks: 'load-incomplete' }, served: true },
      { requests: ['r1'], leftOut: {}, served: true },
    ]);
  });

  it('tells why where nothing that was asked for can be ordered, and starts no run', async () => {
    const stub = stubActivities({ signReverseMessage: async () => ({ collections: [], leftOut: { tasks: 'collection-stopped' } }) });
    expect(await run(stub)).toMatchObject({ outcome: 'completed', messages: [] });
    expect(stub.inputs('settleRequests')).toEqual([{ requests: ['r1'], leftOut: { tasks: 'collection-stopped' }, served: false }]);
    expect(stub.names()).not.toContain('deliverReverseMessage');
  });
});
