import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporalClient } from './connection.ts';

/** A task queue that nothing is ever put on. */
const QUEUE = 'tidegate-clock';

/** The server refuses polls that end sooner than it takes to find work. */
const POLL_MS = 6000;
const TRIES = 20;

/**
 * The Temporal server's clock, in milliseconds since 1970. The API tells no time, but of every task queue who asked for
 * work when: so one is asked on which there never is any. Undefined where the server does not note it.
 */
export async function readServerTime({ client, namespace }: TemporalClient): Promise<number | undefined> {
  const { connection } = client;
  const identity = `tidegate doctor ${process.pid} ${Date.now()}`;
  const taskQueue = { name: QUEUE };
  const over = new AbortController();
  const ask = () => client.workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity });
  const poll = connection.withAbortSignal(over.signal, () => connection.withDeadline(Date.now() + POLL_MS, ask)).catch(() => undefined);
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { pollers } = await client.workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: 2 });
      const time = pollers?.find((poller) => poller.identity === identity)?.lastAccessTime;
      if (time != null) return Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6;
      await sleep(50);
    }
    return undefined;
  } finally {
    over.abort();
    await poll;
  }
}
