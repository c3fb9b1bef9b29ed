import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ActivityInterceptor, type OnFailure } from '../../activities/activity-interceptor.ts';
import { beating, startBeating } from '../../activities/heartbeat.ts';
import { observed } from '../../activities/observe-window.ts';
import { TidegateError } from '../../exchange/errors.ts';

/** What Temporal tells an activity of itself, as far as it is asked for; beats are kept. */
function contextOf(told: { readonly heartbeatTimeoutMs?: number; readonly leaving?: boolean } = {}) {
  const beats: unknown[] = [];
  const context = {
    info: {
      activityType: 'pumpWindows',
      attempt: 3,
      workflowExecution: { workflowId: 'forward/acme/test/hub/1', runId: 'run' },
      heartbeatTimeoutMs: told.heartbeatTimeoutMs,
    },
    cancellationDetails: told.leaving === undefined ? undefined : { workerShutdown: told.leaving },
    heartbeat: (details: unknown) => beats.push(details),
  } as unknown as Context;
  return { context, beats };
}
const input = { args: [], headers: {} } as unknown as ActivityExecuteInput;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('around every activity', () => {
  const failing = async (context: Context, error: unknown) => {
    const told: Parameters<OnFailure>[0][] = [];
    const thrown: unknown = await new ActivityInterceptor(context, (failed) => told.push(failed))
      .execute(input, () => Promise.reject(error))
      .catch((e: unknown) => e);
    return { thrown, told };
  };

  it('what it gives passes', async () => {
    expect(await new ActivityInterceptor(contextOf().context).execute(input, async () => 42)).toBe(42);
  });

  it('what it throws is put into the words of the catalogue, and the log is told both', async () => {
    const error = new Error('name=Ada');
    const { thrown, told } = await failing(contextOf().context, error);
    expect(thrown).toMatchObject({ type: 'unexpected' });
    expect(told).toEqual([{ activity: 'pumpWindows', workflowId: 'forward/acme/test/hub/1', attempt: 3, error, failure: thrown }]);
  });

  it('an end because the worker leaves is told as that: the step is done again, nobody cancelled it', async () => {
    for (const error of [new CancelledFailure('shutdown'), new DOMException('aborted', 'AbortError')])
      expect((await failing(contextOf({ leaving: true }).context, error)).thrown).toMatchObject({ type: 'worker-lost', nonRetryable: false });
  });

  it('an end because somebody cancelled it stays one', async () => {
    expect((await failing(contextOf({ leaving: false }).context, new CancelledFailure('paused'))).thrown).toBeInstanceOf(CancelledFailure);
  });

  it('a refusal is told as it is, also while the worker leaves', async () => {
    expect((await failing(contextOf({ leaving: true }).context, new TidegateError('link-stopped'))).thrown).toMatchObject({ type: 'link-stopped' });
  });

  it('signs of life end with it, whether it ends well or not', async () => {
    const { context } = contextOf({ heartbeatTimeoutMs: 10_000 });
    await new ActivityInterceptor(context).execute(input, async () => {});
    await failing(context, new Error('x'));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('signs of life', () => {
  it('are given often enough for a step that is frozen to be missed in its ten seconds, and a slow one not', async () => {
    const { context, beats } = contextOf({ heartbeatTimeoutMs: 10_000 });
    const stop = startBeating(context);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats.length).toBeGreaterThanOrEqual(4);
    stop();
    const given = beats.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(given);
  });

  it('are not given where nobody waits for them', () => {
    startBeating(contextOf().context);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are not needed outside an activity: the body runs, and is told of no end', async () => {
    expect(
      await beating(
        () => 'details',
        async (signal) => signal.aborted,
      ),
    ).toBe(false);
  });
});

describe('a window that is moved', () => {
  const window = { link: 'acme/test/hub', collection: 'contacts', direction: 'forward', ordinal: 4 } as const;
  const move = async (note: (batchId: string) => void) => {
    note('batch');
    return { result: 'done', books: null };
  };

  it('is moved where nobody observes', async () => {
    expect(await observed({}, window, move)).toBe('done');
  });

  it('is moved once by who observes, who is told which', async () => {
    const seen: unknown[] = [];
    const result = await observed(
      {
        observeWindow: async (one, moved) => {
          seen.push(one);
          return (await moved((batch) => seen.push(batch))).result;
        },
      },
      window,
      move,
    );
    expect([result, seen]).toEqual(['done', [window, 'batch']]);
  });
});
