import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporalSyncControl } from '../../crm/temporal-sync-control.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { reverseScheduleId } from '../../scheduler/ids.ts';
import { deleteSchedules, ensureSchedules } from '../../scheduler/schedules.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { codeOf } from '../support/code-of.ts';
import { testTemporal } from '../support/temporal.ts';
import { openLink } from './control-plane.ts';
import { startTestCrm, type TestCrm } from './test-crm.ts';

let crm: TestCrm;
beforeAll(async () => {
  crm = await startTestCrm();
  await openLink(crm.admin);
});
afterAll(() => crm[Symbol.asyncDispose]());

const countRequests = async (): Promise<number> =>
  (await crm.admin.query<{ count: number }>('select count(*)::int from tidegate.sync_request')).rows[0]?.count ?? 0;

describe('a job scheduler that is away', () => {
  it('is said to be, and nothing is written', async () => {
    await using control = temporalSyncControl({ address: '127.0.0.1:9', namespace: 'tidegate', taskQueue: 'none', pool: crm.database.pool });
    expect(await control.isReachable()).toBe(false);
    const order = { link: 'acme/test/hub', by: 'uwe@crm.example' };
    expect(await codeOf(control.orderReverse(order))).toBe('temporal-unavailable');
    expect(await codeOf(control.requestForward(order))).toBe('temporal-unavailable');
    expect(await codeOf(Promise.resolve(control.pause(order.link, { reason: 'why', by: order.by })))).toBe('temporal-unavailable');
    expect(await countRequests()).toBe(0);
    expect((await crm.admin.query('select state from tidegate.link')).rows).toEqual([{ state: 'open' }]);
  });
});

describe('a job scheduler that is there', () => {
  it('is connected when first needed, and its Schedule is fired by an order', async () => {
    const { address, namespace } = await testTemporal();
    const link = 'acme/test/page-order';
    const taskQueue = 'page-order';
    await using control = temporalSyncControl({ address, namespace, taskQueue, pool: crm.database.pool });
    expect(await control.isReachable()).toBe(true);
    await using temporal = await connectTemporal({ address, namespace });
    await ensureSchedules(temporal.client, taskQueue, {
      tenant: 'acme',
      environment: 'test',
      link: 'page-order',
      schedules: BY_HAND_ONLY,
    });
    try {
      const { requestId } = await control.orderReverse({ link, by: 'uwe@crm.example', reason: 'call at two' });
      const { rows } = await crm.admin.query('select direction, requested_by, reason from tidegate.sync_request where id = $1', [requestId]);
      expect(rows).toEqual([{ direction: 'reverse', requested_by: 'uwe@crm.example', reason: 'call at two' }]);
      const schedule = temporal.client.schedule.getHandle(reverseScheduleId(link));
      await expect.poll(async () => (await schedule.describe()).info.numActionsTaken, { timeout: 15_000 }).toBe(1);
      for (const { action } of (await schedule.describe()).info.recentActions) {
        await temporal.client.workflow.getHandle(action.workflow.workflowId).terminate('end of the test');
      }
    } finally {
      await deleteSchedules(temporal.client, link);
    }
  });
});
