import type { TestWorker } from './temporal-worker.ts';
import type { TestLink } from './test-link.ts';

/** Ends everything that runs on a link, with its Schedules, its worker and its stores; what did not even start is passed over. */
export async function endLink(link: TestLink | undefined, worker: TestWorker | undefined): Promise<void> {
  if (link !== undefined && worker !== undefined) {
    const query = `TidegateLink = '${link.name}' AND ExecutionStatus = 'Running'`;
    for await (const { workflowId } of worker.client.workflow.list({ query }))
      await worker.client.workflow
        .getHandle(workflowId)
        .terminate()
        .catch(() => undefined);
    await link.tidegate(worker.client, worker.taskQueue).deleteSchedules(link.name);
  }
  await worker?.[Symbol.asyncDispose]();
  await link?.[Symbol.asyncDispose]();
}
