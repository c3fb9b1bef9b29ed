import type { Context } from '@temporalio/activity';
import { type ApplicationFailure, CancelledFailure, type Payload } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../activities/failure.ts';
import type { ObservedWindow } from '../../../activities/observe-window.ts';
import type { TemporalCodec } from '../../../adaptor/auth/codec/payload-codec.ts';
import { EMPTY_BOOKS } from '../../../exchange/books.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { createLog } from '../../../observability/logging/create-log.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { dataConverterOf } from '../../../workers/crm/encode-payloads.ts';
import { logFailure, temporalLogger } from '../../../workers/crm/logging.ts';
import { observeActivity } from '../../../workers/crm/observe-activities.ts';
import { windowObserver } from '../../../workers/crm/observe-windows.ts';
import { type WorkerContext, workerOptions } from '../../../workers/crm/worker-options.ts';

/* What the worker puts around activities and windows: its log, its counts, its codec. None of it may hold what records hold. */

type Line = Readonly<Record<string, unknown>>;
function recorded(level = 'debug') {
  const lines: Line[] = [];
  return { lines, log: createLog('test', level, { write: (line) => void lines.push(JSON.parse(line) as Line) }) };
}

/** Values of one metric, by their labels. */
async function counted(metrics: Metrics, name: string): Promise<Readonly<Record<string, number>>> {
  const { text } = await metrics.expose();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')).replaceAll('"', ''), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const contextOf = (attempt = 1, workflowId = 'forward/acme/test/hub/1') =>
  ({ info: { activityType: 'receiveWindow', attempt, workflowExecution: { workflowId, runId: 'run' } } }) as unknown as Context;
const inputOf = (...args: unknown[]) => ({ args, headers: {} }) as unknown as ActivityExecuteInput;

describe('an activity that is observed', () => {
  const run = (metrics: Metrics, act: () => Promise<unknown>, attempt = 1) => observeActivity(contextOf(attempt), metrics).execute?.(inputOf(), act);

  it('is counted by how it ended, a refusal by its code; one that was told to end is no failure', async () => {
    const metrics = new Metrics('crm-worker', '1');
    await run(metrics, async () => 'ok');
    for (const error of [toFailure(new TidegateError('link-stopped')), new CancelledFailure('paused'), new Error('x')])
      await expect(run(metrics, () => Promise.reject(error))).rejects.toBe(error);
    expect(await counted(metrics, 'tidegate_activities_total')).toEqual({
      '{activity=receiveWindow,outcome=completed}': 1,
      '{activity=receiveWindow,outcome=failed}': 2,
      '{activity=receiveWindow,outcome=cancelled}': 1,
    });
    expect(await counted(metrics, 'tidegate_failures_total')).toEqual({ '{code=link-stopped}': 1, '{code=unexpected}': 1 });
  });

  it('is counted as a retry from its second attempt on', async () => {
    const metrics = new Metrics('crm-worker', '1');
    for (const attempt of [1, 2, 3]) await run(metrics, async () => 'ok', attempt);
    expect(await counted(metrics, 'tidegate_activity_retries_total')).toEqual({ '{activity=receiveWindow}': 2 });
  });

  it('has its run, link, collection and message on each line, and nothing else of what it was called with', async () => {
    const { lines, log } = recorded();
    const input = { link: 'acme/test/hub', collection: 'contacts', messageId: 'm', jws: 'secret', reason: 'because of Ada' };
    await observeActivity(contextOf(2)).execute?.(inputOf(input), async () => log.info('inside'));
    expect(lines[0]).toMatchObject({
      activity: 'receiveWindow',
      attempt: 2,
      runId: 'forward/acme/test/hub/1/run',
      link: 'acme/test/hub',
      collection: 'contacts',
      messageId: 'm',
    });
    expect(JSON.stringify(lines)).not.toMatch(/secret|Ada/);
  });

  it('of a reverse run has the message by the run’s own name', async () => {
    const { lines, log } = recorded();
    const id = '6f9c1d1e-6a53-4c07-9a3c-2a4f0a3a6a01';
    await observeActivity(contextOf(1, id)).execute?.(inputOf({ messageId: 'another' }), async () => log.info('inside'));
    await observeActivity({ info: { activityType: 'a', attempt: 1 } } as unknown as Context).execute?.(inputOf(), async () => log.info('outside of any run'));
    expect(lines.map(({ messageId, runId }) => [messageId, runId])).toEqual([
      [id, `${id}/run`],
      [undefined, undefined],
    ]);
  });
});

describe('a window that is observed', () => {
  const window: ObservedWindow = { link: 'acme/test/hub', collection: 'contacts', direction: 'forward', ordinal: 4 };
  const books = { ...EMPTY_BOOKS, offered: 5, applied: 3, quarantined: 2 };

  it('is counted with its books, record by record, and told with its batch', async () => {
    const metrics = new Metrics('crm-worker', '1');
    const { lines, log } = recorded();
    const result = await windowObserver(log, metrics)(window, async (note) => {
      note('batch-1');
      return { result: 'done', books };
    });
    const of = '{link=acme/test/hub,collection=contacts,direction=forward,outcome=';
    expect(result).toBe('done');
    expect(await counted(metrics, 'tidegate_windows_total')).toEqual({ [`${of}receipted}`]: 1 });
    expect(await counted(metrics, 'tidegate_records_total')).toMatchObject({ [`${of}applied}`]: 3, [`${of}quarantined}`]: 2, [`${of}conflicted}`]: 0 });
    expect(lines).toMatchObject([{ link: 'acme/test/hub', collection: 'contacts', ordinal: 4, batchId: 'batch-1', direction: 'forward', books }]);
  });

  it('is not counted again where it had been before, or where there was none', async () => {
    const metrics = new Metrics('crm-worker', '1');
    await windowObserver(pino({ level: 'silent' }), metrics)(window, async () => ({ result: null, books: null }));
    expect(await counted(metrics, 'tidegate_windows_total')).toEqual({});
    expect(await counted(metrics, 'tidegate_records_total')).toEqual({});
  });

  it('that fails is counted and told by its code, never by its text', async () => {
    const metrics = new Metrics('crm-worker', '1');
    const { lines, log } = recorded();
    const errors = [new TidegateError('batch-refused'), new Error('Key (email)=(ada@example.com)')];
    for (const error of errors) await expect(windowObserver(log, metrics)(window, () => Promise.reject(error))).rejects.toBe(error);
    expect(Object.values(await counted(metrics, 'tidegate_windows_total'))).toEqual([2]);
    expect(lines.map(({ level, code }) => [level, code])).toEqual([
      [40, 'batch-refused'],
      [40, 'unexpected'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('ada@');
  });
});

describe('the worker’s log', () => {
  const failureOf = (error: unknown) => ({ activity: 'receiveWindow', workflowId: 'w', attempt: 1, error, failure: toFailure(error) });

  it('has a refusal by its code and facts, as a warning', () => {
    const { lines, log } = recorded();
    logFailure(log)(failureOf(new TidegateError('link-stopped', 'It is paused.', { link: 'acme/test/hub' })));
    expect(lines).toMatchObject([{ level: 40, code: 'link-stopped', facts: { link: 'acme/test/hub' } }]);
    expect(lines[0]).not.toHaveProperty('frames');
  });

  it('has what nobody expected with the frames of its stack, and none of its text, also where that has many lines', () => {
    const { lines, log } = recorded();
    const error = new Error('name=Ada\n    Lovelace\nborn=1815');
    error.stack = `Error: ${error.message}\n    at inject (/srv/adaptor/data/injection/inject-window.ts:10:5)\n${'    at next (/srv/x.ts:1:1)\n'.repeat(30)}`;
    logFailure(log)(failureOf(error));
    expect(lines).toMatchObject([{ level: 50, code: 'unexpected' }]);
    const frames = (lines[0]?.['frames'] ?? []) as readonly string[];
    expect(frames[0]).toBe('at inject (/srv/adaptor/data/injection/inject-window.ts:10:5)');
    expect(frames.length).toBeLessThanOrEqual(12);
    expect(JSON.stringify(lines)).not.toMatch(/Ada|Lovelace|1815/);
  });

  it('says that a step was told to end without calling it unexpected', () => {
    const { lines, log } = recorded();
    logFailure(log)(failureOf(new CancelledFailure('paused')));
    expect(lines).toMatchObject([{ level: 40, code: 'CancelledFailure' }]);
  });

  it('has the SDK’s own lines with their run, and of what comes with them only ids', () => {
    const { lines, log } = recorded();
    const sdk = temporalLogger(log);
    sdk.warn('Activity failed', { workflowId: 'w', runId: 'r', activityType: 'a', attempt: 2, taskQueue: 'q', error: new Error('Ada'), args: ['Ada'] });
    sdk.info('Worker state changed');
    sdk.debug('left out');
    expect(lines.map(({ level, runId, activity, msg }) => [level, runId, activity, msg])).toEqual([
      [40, 'w/r', 'a', 'Activity failed'],
      [20, undefined, undefined, 'Worker state changed'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('Ada');
  });
});

describe('payloads', () => {
  const payload: Payload = { data: new Uint8Array([1]) };
  const codec = (told: Partial<TemporalCodec>): TemporalCodec => ({
    decodes: true,
    encodes: true,
    encode: async (all) => all,
    decode: async (all) => all,
    ...told,
  });

  it('that do not decode are told in the words of the catalogue, to the log as well', async () => {
    const told: string[] = [];
    const refusing = codec({ decode: () => Promise.reject(new TidegateError('codec-key-missing', undefined, { keyId: 'k-9' })) });
    const [converter] =
      dataConverterOf(refusing, ({ activity, failure }) => told.push(`${activity} ${(failure as ApplicationFailure).type}`)).payloadCodecs ?? [];
    await expect(converter?.decode([payload])).rejects.toMatchObject({ type: 'codec-key-missing', details: [{ facts: { keyId: 'k-9' } }] });
    expect(told).toEqual(['decode codec-key-missing']);
  });

  it('that decode pass, and failures are encoded only where what is new is encoded', async () => {
    const [converter] = dataConverterOf(codec({})).payloadCodecs ?? [];
    expect(await converter?.decode([payload])).toEqual([payload]);
    expect(dataConverterOf(codec({})).failureConverterPath).toMatch(/workflows\/failure-converter/);
    expect(dataConverterOf(codec({ encodes: false })).failureConverterPath).toBeUndefined();
  });
});

describe('a worker', () => {
  const context = { links: new Map(), taskQueue: 'q' } as unknown as WorkerContext;

  it('lets a window in hand end when it stops, and is missed soon where it is killed', () => {
    expect(workerOptions(context)).toMatchObject({
      taskQueue: 'q',
      shutdownGraceTime: '8 s',
      stickyQueueScheduleToStartTimeout: '3 s',
      maxHeartbeatThrottleInterval: '500 ms',
    });
  });

  it('traces only where tracing is on; its activities are watched and put into words in any case', () => {
    expect(workerOptions(context).interceptors?.activity).toHaveLength(2);
    expect(workerOptions(context, { tracing: {} as never }).interceptors?.activity).toHaveLength(3);
  });
});
