import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { LinkStore } from '../../scheduler/link-store.ts';
import { TidegateClient } from '../../scheduler/tidegate-client.ts';
import { historyText } from '../support/history-text.ts';
import { type StubActivities, failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

let worker: TestWorker | undefined;
afterEach(async () => {
  await worker?.[Symbol.asyncDispose]();
  worker = undefined;
});

const DECISION = { link: 'a/b/c', act: 'edit', subject: 7, values: { note: 'secret words' }, requestedBy: 'anna', reason: 'it was meant' } as const;

/** Has a decision carried out by the typed client, with activities that only remember. */
async function release(stub: StubActivities) {
  worker = await startTestWorker(stub.activities);
  const id = randomUUID();
  const written: unknown[] = [];
  const store = { writeRelease: async (decision: unknown) => (written.push(decision), id) } as unknown as LinkStore;
  const tidegate = new TidegateClient({ client: worker.client, store, taskQueue: worker.taskQueue });
  const started = await tidegate.release(DECISION);
  return { id, written, tidegate, started };
}

describe('a release', () => {
  it('is signed, verified, applied and closed, and found in the Temporal UI without content', async () => {
    const stub = stubActivities();
    const { id, written, tidegate, started } = await release(stub);
    expect(started).toEqual({ releaseId: id, workflowId: `release/${id}` });
    expect(written).toEqual([DECISION]);
    expect(await tidegate.awaitRelease(id)).toEqual({ outcome: 'applied' });
    expect(stub.names()).toEqual(['signRelease', 'verifyRelease', 'applyRelease', 'closeRelease', 'orderDependents']);
    expect(stub.inputs('closeRelease')).toMatchObject([{ releaseId: id, state: 'applied', outcome: 'applied' }]);
    const handle = worker?.client.workflow.getHandle(`release/${id}`);
    expect((await handle?.describe())?.searchAttributes).toMatchObject({
      TidegateLink: ['a/b/c'],
      TidegateDirection: ['reverse'],
      TidegateTrigger: ['release'],
      TidegateOutcome: ['completed'],
      TidegateCollection: ['contacts'],
      TidegateMessageId: [id],
    });
    const history = historyText(await handle?.fetchHistory());
    expect(history).toContain(id);
    expect(history).not.toContain('secret words');
  });

  it('goes on by itself after a lost database', async () => {
    let tried = 0;
    const stub = stubActivities({
      applyRelease: async () => {
        if (++tried === 1) throw failureWith('database-unavailable');
        return { outcome: 'unchanged', ordinal: null };
      },
    });
    const { id, tidegate } = await release(stub);
    expect(await tidegate.awaitRelease(id)).toEqual({ outcome: 'unchanged' });
    expect(tried).toBe(2);
  });

  it.each(['signRelease', 'verifyRelease', 'applyRelease'] as const)('refused at %s is closed as refused, and says why', async (step) => {
    const stub = stubActivities({
      [step]: async () => {
        throw failureWith('release-mismatch');
      },
    });
    const { id, tidegate } = await release(stub);
    await expect(tidegate.awaitRelease(id)).rejects.toMatchObject({ code: 'release-mismatch' });
    expect(stub.names().at(-1)).toBe('closeRelease');
    expect(stub.inputs('closeRelease')).toMatchObject([{ state: 'refused', outcome: null, errorCode: 'release-mismatch' }]);
  });
});
