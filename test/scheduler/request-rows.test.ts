import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { claimReverseRequests } from '../../activities/requests/claim-reverse-requests.ts';
import { finishRequests } from '../../adaptor/data/control/sync-requests.ts';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { ensureLink } from '../../adaptor/data/state/link.ts';
import { stubActivities } from '../support/stub-activities.ts';
import { startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

let link: TestLink;
beforeAll(async () => {
  link = await startTestLink();
  await ensureLink(link.consumer, link.setup.identity);
});
afterAll(() => link[Symbol.asyncDispose]());

const rows = () =>
  controlRows<{ state: string; cause: string; claimed: string }>(
    link.consumer,
    'SELECT state, cause, claimed_by AS claimed FROM tidegate.sync_request WHERE link = $1',
    [link.name],
  );

describe('request rows under overlapping firings of the Schedule', () => {
  it('are all served, one run at a time, each by one message', async () => {
    let running = 0;
    let most = 0;
    // By message: a repetition of an attempt whose answer was late signs the same one.
    const served = new Map<string, readonly string[]>();
    const stub = stubActivities({
      claimReverseRequests: async (input) => claimReverseRequests({ links: new Map([[link.name, link.setup]]), consumer: link.consumer }, input),
      finishRequests: async ({ requests, state }) => finishRequests(link.consumer, requests, state),
      signReverseMessage: async ({ messageId, requests }) => {
        served.set(messageId, requests);
        return { collections: ['contacts'], expiresAt: 'x' };
      },
      awaitReverseSync: async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(300);
        running -= 1;
        return { code: null };
      },
    });
    await using worker = await startTestWorker(stub.activities);
    const tidegate = link.tidegate(worker.client, worker.taskQueue);
    await tidegate.ensureSchedules({ links: [{ ...link.setup.identity, schedules: { forwardEveryMs: 86_400_000, reverseEveryMs: 86_400_000 } }] });
    try {
      const asked: string[] = [];
      for (let click = 0; click < 12; click++) {
        asked.push(
          (await tidegate.orderReverse({ link: link.name, by: `user ${click}`, ...(click % 3 === 0 ? { collections: ['contacts'] } : {}) })).requestId,
        );
        await sleep(100);
      }
      await vi.waitFor(async () => expect((await rows()).filter(({ state }) => state !== 'done')).toEqual([]), 40_000);
      expect([...served.values()].flat().toSorted()).toEqual(asked.toSorted());
      expect(most).toBe(1);
      // Fewer runs than clicks: firings were joined.
      expect(served.size).toBeLessThan(asked.length);
    } finally {
      await tidegate.deleteSchedules(link.name);
    }
  });
});

describe('claiming', () => {
  const context = () => ({ links: new Map([[link.name, link.setup]]), consumer: link.consumer });
  const write = (values: string) =>
    link.crmAdmin.query(
      `INSERT INTO tidegate.sync_request (link, direction, cause, collections, records, requested_by) VALUES ('${link.name}', 'reverse', ${values})`,
    );
  const reset = () => link.crmAdmin.query('DELETE FROM tidegate.sync_request');

  it('writes the row of the period itself, once a period, where nobody asked', async () => {
    await reset();
    const first = await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' });
    expect(first).toMatchObject({ state: 'claimed', cause: 'period', collections: [] });
    await finishRequests(link.consumer, first.requests, 'done');
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'b' })).toMatchObject({ state: 'nothing', requests: [] });
  });

  it('joins rows: everything where one asks for everything, else the union; the weightiest cause names the message', async () => {
    await reset();
    await write(`'user', '{contacts}', null, 'anna'`);
    await write(`'records', '{}', '[{"collection": "tasks", "key": ["1"]}]', 'ben'`);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({ cause: 'records', collections: ['contacts', 'tasks'] });
    await write(`'user', '{}', null, 'carl'`);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({
      cause: 'records',
      collections: [],
      requests: { length: 3 },
    });
  });

  it('takes over rows that a run claimed and left behind', async () => {
    await reset();
    await write(`'user', '{}', null, 'anna'`);
    const first = await claimReverseRequests(context(), { link: link.name, claimedBy: 'terminated' });
    const second = await claimReverseRequests(context(), { link: link.name, claimedBy: 'next' });
    expect(second.requests).toEqual(first.requests);
    expect(await rows()).toMatchObject([{ claimed: 'next', state: 'claimed' }]);
  });

  it('leaves the rows of a paused link open', async () => {
    await reset();
    await write(`'user', '{}', null, 'anna'`);
    await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'paused' WHERE name = $1`, [link.name]);
    expect(await claimReverseRequests(context(), { link: link.name, claimedBy: 'a' })).toMatchObject({ state: 'held', requests: [] });
    expect(await rows()).toMatchObject([{ state: 'open' }]);
    await link.crmAdmin.query(`UPDATE tidegate.link SET state = 'open' WHERE name = $1`, [link.name]);
  });
});
