import { randomUUID } from 'node:crypto';
import { ScheduleNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TidegateError } from '../../exchange/errors.ts';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { forwardScheduleId, pruneScheduleId, reconcileScheduleId, reverseScheduleId } from '../../scheduler/ids.ts';
import { deleteSchedules, ensurePruneSchedule, ensureSchedules, setSchedulePeriod } from '../../scheduler/schedules.ts';
import { codeOf } from '../support/code-of.ts';
import { testTemporal } from '../support/temporal.ts';

let temporal: TemporalClient;
const identity = { tenant: 'acme', environment: 'test', link: `s-${randomUUID().slice(0, 8)}` };
const name = `acme/test/${identity.link}`;

beforeAll(async () => {
  temporal = await connectTemporal(await testTemporal());
});
afterAll(async () => {
  await deleteSchedules(temporal.client, name);
  await temporal.close();
});

describe('the Schedules of a link', () => {
  it('start the requesting workflows, the reverse one with one firing buffered', async () => {
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules: { forwardEveryMs: 3_600_000, reverseEveryMs: 7_200_000 } });
    const [forward, reverse] = await Promise.all(
      [forwardScheduleId(name), reverseScheduleId(name)].map((id) => temporal.client.schedule.getHandle(id).describe()),
    );
    expect(forward?.action).toMatchObject({ workflowType: 'requestForwardSync', taskQueue: 'queue', args: [{ link: name }] });
    expect(forward?.policies.overlap).toBe('SKIP');
    expect(reverse?.action).toMatchObject({ workflowType: 'requestReverseSync', taskQueue: 'queue', args: [{ link: name }] });
    expect(reverse?.policies.overlap).toBe('BUFFER_ONE');
    expect(reverse?.spec.intervals).toMatchObject([{ every: 7_200_000 }]);
  });

  it('lead to the CRM’s page where its address is known: to a view before they start, and by what they are told to the runs', async () => {
    const schedules = { forwardEveryMs: 3_600_000, reverseEveryMs: 7_200_000 };
    const page = 'https://crm.example.com';
    const actionOf = async (id: string) => (await temporal.client.schedule.getHandle(id).describe()).action;
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules, reconciliation: { scheduled: true, everyMs: 3_600_000 } }, page);
    const told = { args: [{ link: name, runPage: `${page}/console?tab=runs&run=` }] };
    const view = (tab: string) => ({ staticDetails: `[See it on the CRM’s page](${page}/console?tab=${tab})` });
    for (const id of [forwardScheduleId(name), reverseScheduleId(name)]) expect(await actionOf(id)).toMatchObject({ ...told, ...view('runs') });
    expect(await actionOf(reconcileScheduleId(name))).toMatchObject(view('comparison'));
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules });
    expect((await actionOf(forwardScheduleId(name))) as { args: unknown }).toMatchObject({ args: [{ link: name }] });
  });

  it('follow a changed period, and stay paused where somebody paused them', async () => {
    await temporal.client.schedule.getHandle(reverseScheduleId(name)).pause('audit');
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules: { forwardEveryMs: 60_000, reverseEveryMs: 120_000 } });
    const reverse = await temporal.client.schedule.getHandle(reverseScheduleId(name)).describe();
    expect(reverse.spec.intervals).toMatchObject([{ every: 120_000 }]);
    expect(reverse.state).toMatchObject({ paused: true, note: 'audit' });
  });

  it('has one for reconciliation where it is switched on, and none after it was switched off', async () => {
    const schedules = { forwardEveryMs: 60_000, reverseEveryMs: 120_000 };
    const reconcile = () => temporal.client.schedule.getHandle(reconcileScheduleId(name)).describe();
    await expect(reconcile()).rejects.toBeInstanceOf(ScheduleNotFoundError);
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules, reconciliation: { scheduled: true, everyMs: 3_600_000 } });
    const { action, policies, spec } = await reconcile();
    expect(action).toMatchObject({ workflowType: 'reconcile', taskQueue: 'queue', args: [{ link: name }] });
    expect([policies.overlap, spec.intervals?.[0]?.every]).toEqual(['SKIP', 3_600_000]);
    await ensureSchedules(temporal.client, 'queue', { ...identity, schedules, reconciliation: { scheduled: false, everyMs: 3_600_000 } });
    await expect(reconcile()).rejects.toBeInstanceOf(ScheduleNotFoundError);
  });

  it('are removed, twice without complaint', async () => {
    await deleteSchedules(temporal.client, name);
    await deleteSchedules(temporal.client, name);
    await expect(temporal.client.schedule.getHandle(forwardScheduleId(name)).describe()).rejects.toBeInstanceOf(ScheduleNotFoundError);
  });
});

describe('a period that somebody sets', () => {
  const id = { ...identity, link: `${identity.link}-p` };
  const link = `acme/test/${id.link}`;
  const everyMs = async (schedule: string) => (await temporal.client.schedule.getHandle(schedule).describe()).spec.intervals?.[0]?.every;
  afterAll(() => deleteSchedules(temporal.client, link));

  it('is kept only where there is a Schedule to follow it', async () => {
    let kept = 0;
    const set = () => setSchedulePeriod(temporal.client, { link, direction: 'reverse', everyMs: 1000 }, async () => void kept++);
    expect(await codeOf(set())).toBe('link-mismatch');
    expect(kept).toBe(0);
    await ensureSchedules(temporal.client, 'queue', { ...id, schedules: { forwardEveryMs: 3_600_000, reverseEveryMs: 7_200_000 } });
    await set();
    expect(kept).toBe(1);
  });

  it('is that of one direction, and changes nothing else of the Schedule', async () => {
    const handle = temporal.client.schedule.getHandle(forwardScheduleId(link));
    const told = async () => {
      const { action, policies, state } = await handle.describe();
      return [action.workflowType, action.taskQueue, action.args, action.staticSummary, policies, state.paused];
    };
    const before = await told();
    await setSchedulePeriod(temporal.client, { link, direction: 'forward', everyMs: 5000 }, async () => {});
    expect([await everyMs(forwardScheduleId(link)), await everyMs(reverseScheduleId(link))]).toEqual([5000, 1000]);
    expect(await told()).toEqual(before);
  });

  it('is not followed where it could not be kept: a restart would go back to the old one', async () => {
    const set = setSchedulePeriod(temporal.client, { link, direction: 'forward', everyMs: 9000 }, () =>
      Promise.reject(new TidegateError('database-unavailable')),
    );
    expect(await codeOf(set)).toBe('database-unavailable');
    expect(await everyMs(forwardScheduleId(link))).toBe(5000);
  });
});

describe('the Schedule of pruning', () => {
  it('is one for all links of a task queue, of no link, and follows its period', async () => {
    const queue = `prune-${identity.link}`;
    const handle = temporal.client.schedule.getHandle(pruneScheduleId(queue));
    try {
      await ensurePruneSchedule(temporal.client, queue, 3_600_000);
      await ensurePruneSchedule(temporal.client, queue, 1_800_000);
      const { action, policies, spec } = await handle.describe();
      expect(action).toMatchObject({ workflowType: 'prune', taskQueue: queue, args: [] });
      expect([policies.overlap, spec.intervals?.[0]?.every]).toEqual(['SKIP', 1_800_000]);
    } finally {
      await handle.delete();
    }
  });
});

describe('a Schedule', () => {
  it('leaves out firings that were missed for longer than a minute: the next does the same', async () => {
    const missed = { ...identity, link: `${identity.link}-m` };
    const ofIt = `acme/test/${missed.link}`;
    await ensureSchedules(temporal.client, 'queue', { ...missed, schedules: { forwardEveryMs: 3_600_000, reverseEveryMs: 7_200_000 } });
    for (const id of [forwardScheduleId(ofIt), reverseScheduleId(ofIt)])
      expect((await temporal.client.schedule.getHandle(id).describe()).policies.catchupWindow).toBe(60_000);
    await deleteSchedules(temporal.client, ofIt);
  });
});

describe('connecting', () => {
  it('gives up with a code of the catalogue', async () => {
    expect(await codeOf(connectTemporal({ address: '127.0.0.1:1', namespace: 'x', timeoutMs: 10 }))).toBe('temporal-unavailable');
  });
});
