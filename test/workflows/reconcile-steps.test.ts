import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

/* The workflow's own logic: which steps, in which order, and what becomes of a failure. */

let worker: TestWorker | undefined;
afterEach(async () => {
  await worker?.[Symbol.asyncDispose]();
  worker = undefined;
});

const two = {
  trigger: 'user',
  reconciliations: [
    { id: 'c1', collection: 'contacts' },
    { id: 'c2', collection: 'tasks' },
  ],
} as const;

async function run(stub: StubActivities): Promise<unknown> {
  worker = await startTestWorker(stub.activities);
  return worker.client.workflow.execute('reconcile', {
    workflowId: `reconcile/${randomUUID()}`,
    taskQueue: worker.taskQueue,
    args: [{ link: 'a/b/c', requestId: 'r' }],
  });
}

it('compares collection by collection and repairs only where that was asked for and something differs', async () => {
  const stub = stubActivities({
    openReconciliation: async () => two,
    compareCollection: async ({ id }) => ({ differences: id === 'c1' ? 2 : 0, waiting: 1, truncated: false, repair: true }),
  });
  expect(await run(stub)).toEqual({
    collections: [
      { collection: 'contacts', differences: 2, waiting: 1, repaired: 2, failed: null },
      { collection: 'tasks', differences: 0, waiting: 1, repaired: 0, failed: null },
    ],
  });
  expect(stub.names()).toEqual([
    'openReconciliation',
    'compareCollection',
    'repairDifferences',
    'finishReconciliation',
    'compareCollection',
    'finishReconciliation',
  ]);
});

it('repairs nothing where nobody asked for it', async () => {
  const stub = stubActivities();
  expect(await run(stub)).toMatchObject({ collections: [{ differences: 2, repaired: 0 }] });
  expect(stub.names()).not.toContain('repairDifferences');
});

it('ends the comparison that failed with its code, goes on with the others, and fails with the first code', async () => {
  const stub = stubActivities({
    openReconciliation: async () => two,
    compareCollection: async ({ id }) => {
      if (id === 'c1') throw failureWith('load-incomplete');
      return { differences: 0, waiting: 0, truncated: false, repair: false };
    },
  });
  await expect(run(stub)).rejects.toMatchObject({ cause: { type: 'load-incomplete' } });
  expect(stub.inputs('finishReconciliation')).toEqual([
    { id: 'c1', errorCode: 'load-incomplete' },
    { id: 'c2', errorCode: null },
  ]);
});
