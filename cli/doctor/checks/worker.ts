import { linkName } from '../../../exchange/names.ts';
import { postgresLinkStore } from '../../../adaptor/data/control/link-store.ts';
import { TidegateClient } from '../../../scheduler/tidegate-client.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** Numbers of the kinds of task queue in Temporal's API (temporal.api.enums.v1.TaskQueueType). */
const QUEUES = { workflows: 1, activities: 2 } as const;

/** A poll lasts up to a minute; who has not asked for longer is gone. */
const SILENT_MS = 3 * 60_000;

/** A worker asks for tasks, and the forward chain of every link that is open runs. */
export const worker: Check<Parts> = {
  name: 'worker',
  run: async (parts) => {
    const taskQueue = parts.setting('TIDEGATE_TASK_QUEUE');
    const { client, namespace } = await parts.temporal();
    const findings: Finding[] = [];
    for (const [what, type] of Object.entries(QUEUES)) {
      const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: taskQueue }, taskQueueType: type });
      const live = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 > parts.nowMs() - SILENT_MS);
      const subject = `${taskQueue} (${what})`;
      findings.push(
        live.length > 0
          ? ok(subject, `${live.length} poller(s)`)
          : fault(
              subject,
              'no worker asks for tasks',
              'Start the CRM worker (tidegate worker); if it runs, compare its TIDEGATE_TASK_QUEUE and namespace with these.',
            ),
      );
    }
    const store = postgresLinkStore(parts.store);
    const tidegate = new TidegateClient({ client, store, taskQueue });
    for (const link of (await parts.config()).links.map(linkName)) {
      const standing = await store.readLink(link);
      // A paused or stopped link has none; links tells of it.
      if (standing !== undefined && standing.state !== 'open') continue;
      if ((await tidegate.progress(link)).running) findings.push(ok(link, 'its forward chain runs'));
      else findings.push(fault(link, 'no forward chain runs', `Start the CRM worker, which starts one; or tidegate sync --link ${link}.`));
    }
    return findings;
  },
};
