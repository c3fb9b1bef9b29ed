import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterEach, describe, expect, it } from 'vitest';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type { EndedRun } from '../../workflows/trace-context.ts';
import type { requestReverseSync } from '../../workflows/request-reverse-sync.ts';
import { WORKFLOW_INTERCEPTORS } from '../../workers/crm/worker-options.ts';
import { bundleOnce } from '../../workers/crm/workflow-bundle.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { failureWith, stubActivities } from '../support/stub-activities.ts';
import { type TestWorker, WORKFLOWS_PATH, startTestWorker } from '../support/temporal-worker.ts';

const link = 'acme/test/hub';
const traceId = '0af7651916cd43dd8448eb211c80319c';
let worker: TestWorker | undefined;
afterEach(async () => {
  await worker?.[Symbol.asyncDispose]();
  worker = undefined;
});

/** Runs the requesting workflow with the interceptors; gives the traceparents of its activities and what it told at its end. */
async function run({ stub = stubActivities(), traceparent }: { stub?: ReturnType<typeof stubActivities>; traceparent?: string } = {}) {
  const seen: string[] = [];
  const ended: EndedRun[] = [];
  worker = await startTestWorker(() => ({
    activities: stub.activities,
    interceptors: {
      workflowModules: [...WORKFLOW_INTERCEPTORS],
      activity: [
        () => ({
          inbound: {
            execute: (input, next) => {
              const carrier = input.headers['_tracer-data'];
              if (carrier !== undefined) seen.push(defaultPayloadConverter.fromPayload<{ traceparent: string }>(carrier).traceparent);
              return next(input);
            },
          },
        }),
      ],
    },
    sinks: { trace: { runEnded: { fn: (_info: unknown, told: EndedRun) => void ended.push(told), callDuringReplay: false } } },
  }));
  const given: WorkflowClientInterceptor = {
    startWithDetails: (input, next) => next({ ...input, headers: { ...input.headers, '_tracer-data': defaultPayloadConverter.toPayload({ traceparent }) } }),
  };
  await using client = await connectTemporal({ ...worker, interceptors: traceparent === undefined ? [] : [given] });
  const workflowId = randomUUID();
  const result = await client.client.workflow
    .execute<typeof requestReverseSync>('requestReverseSync', { workflowId, taskQueue: worker.taskQueue, args: [{ link }] })
    .catch((error: unknown) => error);
  const handle = client.client.workflow.getHandle(workflowId);
  const { runId } = await handle.describe();
  return { seen, ended, result, workflowId, digits: runId.replaceAll('-', ''), history: await handle.fetchHistory() };
}

describe('the trace of a run', () => {
  it('has the run’s own id, where nothing else began it, and reaches every activity', async () => {
    const { seen, ended, digits } = await run();
    expect(seen).toHaveLength(5);
    expect(new Set(seen)).toEqual(new Set([`00-${digits}-${digits.slice(16)}-01`]));
    expect(ended).toMatchObject([{ workflowType: 'requestReverseSync', traceId: digits, spanId: digits.slice(16) }]);
    expect(ended[0]).not.toHaveProperty('code');
    expect(ended[0]?.endedAt).toBeGreaterThanOrEqual(ended[0]?.startedAt ?? Infinity);
  });

  it('is that of the program which started it, where that is traced', async () => {
    const { seen, ended, digits } = await run({ traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    expect(new Set(seen)).toEqual(new Set([`00-${traceId}-${digits.slice(16)}-01`]));
    expect(ended).toMatchObject([{ traceId, parentSpanId: 'b7ad6b7169203331' }]);
  });

  it('is the run’s own where the header holds nonsense', async () => {
    const { ended, digits } = await run({ traceparent: 'nonsense' });
    expect(ended).toMatchObject([{ traceId: digits }]);
  });

  it('tells a failed run by its code', async () => {
    const stub = stubActivities({ claimReverseRequests: async () => Promise.reject(failureWith('link-mismatch')) });
    const { ended } = await run({ stub });
    expect(ended).toMatchObject([{ code: expect.any(String) as string }]);
  });
});

describe('recorded histories', () => {
  it('replay alike with the interceptors and without: they draw no numbers and make no commands', async () => {
    const { history, workflowId } = await run();
    for (const workflowInterceptorModules of [[...WORKFLOW_INTERCEPTORS], []]) {
      const workflowBundle = { code: await bundleOnce({ workflowsPath: WORKFLOWS_PATH, workflowInterceptorModules }) };
      const messages: string[] = [];
      const sinks = { trace: { runEnded: { fn: () => void messages.push('told'), callDuringReplay: false } } };
      await expect(Worker.runReplayHistory({ workflowBundle, sinks }, history, workflowId)).resolves.toBeUndefined();
      expect(messages).toEqual([]);
    }
  });
});
