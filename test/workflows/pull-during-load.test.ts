import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { waitForRequest } from '../../adaptor/data/control/wait-for-request.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';
import { BY_HAND_ONLY } from '../support/by-hand-only.ts';
import { endLink } from '../support/end-link.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';

/* A pull that is ordered while the first load is held up waits for it; nothing of it is lost. */

let link: TestLink;
let worker: TestWorker;
let letGo = (): void => {};

beforeAll(async () => {
  const held = new Promise<void>((resolve) => (letGo = resolve));
  link = await startTestLink();
  const hooks = { at: async (point: string) => (point === 'load-answered' ? held : undefined) };
  worker = await startTestWorker((client, taskQueue) => workerOptions(link.context(client, taskQueue, hooks)));
}, 120_000);
afterAll(async () => {
  letGo();
  await endLink(link, worker);
}, 60_000);

describe('a pull during the first load', () => {
  it('waits for the load, and is done with all that it names', async () => {
    const tidegate = link.tidegate(worker.client, worker.taskQueue);
    await tidegate.ensureSchedules({ links: [{ ...link.setup.identity, schedules: BY_HAND_ONLY }] });
    await link.crmAdmin.query(`INSERT INTO crm.tasks (subject) VALUES ('Call')`);
    await tidegate.startForward(link.name);
    const { requestId: everything } = await tidegate.orderReverse({ link: link.name, by: 'anna' });
    const { requestId: tasks } = await tidegate.orderReverse({ link: link.name, collections: ['tasks'], by: 'ben' });
    await vi.waitFor(
      async () => {
        let waitingRun = '';
        for await (const { workflowId, type } of worker.client.workflow.list({ query: `TidegateLink = '${link.name}'` }))
          if (type === 'requestReverseSync') waitingRun = workflowId;
        const history = await worker.client.workflow.getHandle(waitingRun).fetchHistory();
        expect(history.events?.some((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'awaitLoads')).toBe(true);
      },
      { timeout: 30_000, interval: 100 },
    );
    const states = await controlRows(link.crmAdmin, `SELECT DISTINCT state FROM tidegate.sync_request WHERE direction = 'reverse'`);
    expect(states).toEqual([{ state: 'open' }]);
    letGo();
    for (const id of [everything, tasks]) expect(await waitForRequest(link.consumer, id, 45_000)).toMatchObject({ state: 'done', code: null, leftOut: {} });
    const ordered = await controlRows<{ collection: string }>(
      link.crmAdmin,
      `SELECT DISTINCT collection FROM tidegate.reverse_message_collection ORDER BY collection`,
    );
    expect(ordered.map(({ collection }) => collection)).toEqual(['appointments', 'contacts', 'tasks']);
  }, 90_000);

  it('that names a stopped collection has failed with its code, while the rest came in', async () => {
    const tidegate = link.tidegate(worker.client, worker.taskQueue);
    await link.crmAdmin.query(`UPDATE tidegate.channel SET state = 'stopped', state_reason = 'a test' WHERE collection = 'tasks' AND direction = 'forward'`);
    const { requestId } = await tidegate.orderReverse({ link: link.name, collections: ['contacts', 'tasks'], by: 'anna' });
    expect(await waitForRequest(link.consumer, requestId, 45_000)).toMatchObject({
      state: 'failed',
      code: 'collection-stopped',
      leftOut: { tasks: 'collection-stopped' },
    });
    const { requestId: sent } = await tidegate.requestForward({ link: link.name, collections: ['tasks'], by: 'anna' });
    expect(await waitForRequest(link.consumer, sent, 45_000)).toMatchObject({ state: 'failed', code: 'collection-stopped' });
  }, 90_000);
});
