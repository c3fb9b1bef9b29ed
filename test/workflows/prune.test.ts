import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { controlRow } from '../../adaptor/data/control-rows.ts';
import { retentionOf, retentionSchema } from '../../configuration/retention.ts';
import { pruneScheduleId } from '../../scheduler/ids.ts';
import { createActivities } from '../../workers/crm/worker-options.ts';
import { type TestLink, startTestLink } from '../support/test-link.ts';
import { type TestWorker, startTestWorker } from '../support/temporal-worker.ts';

let link: TestLink;
let worker: TestWorker;

beforeAll(async () => {
  link = await startTestLink();
  worker = await startTestWorker((client, taskQueue) => ({
    activities: createActivities({ ...link.context(client, taskQueue), retention: { ...retentionOf(retentionSchema.parse({})), historyMs: 0 } }),
  }));
});
afterAll(async () => {
  await worker.client.schedule
    .getHandle(pruneScheduleId(worker.taskQueue))
    .delete()
    .catch(() => undefined);
  await worker[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
});

describe('pruning the CRM', () => {
  it('is started by its own Schedule, which follows the configuration, and tells numbers only', async () => {
    const tidegate = link.tidegate(worker.client, worker.taskQueue);
    await tidegate.ensureSchedules({ links: [], retention: { everyMinutes: 60 } });
    await tidegate.ensureSchedules({ links: [], retention: { everyMinutes: 30 } });
    const schedule = worker.client.schedule.getHandle(pruneScheduleId(worker.taskQueue));
    const { spec, policies, action } = await schedule.describe();
    expect(spec.intervals).toMatchObject([{ every: 1_800_000 }]);
    expect(policies.overlap).toBe('SKIP');
    expect(action).toMatchObject({ workflowType: 'prune', args: [] });
    await link.crmAdmin.query(
      `insert into tidegate.sync_request (link, direction, cause, collections, state, finished_at) values ($1, 'forward', 'user', '{}', 'done', now() - interval '1 minute')`,
      [link.name],
    );
    await schedule.trigger();
    const started = await vi.waitFor(
      async () => {
        const [last] = (await schedule.describe()).info.recentActions;
        if (last === undefined) throw new Error('not started yet');
        return last.action.workflow;
      },
      { timeout: 20_000, interval: 100 },
    );
    const pruned = await worker.client.workflow.getHandle(started.workflowId, started.firstExecutionRunId).result();
    expect(pruned).toMatchObject({ requests: 1, changes: 0, outdated: [] });
    expect(await controlRow(link.crmAdmin, 'select from tidegate.sync_request')).toBeUndefined();
  });
});
