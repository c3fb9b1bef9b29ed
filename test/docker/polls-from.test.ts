import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { pollsFrom } from '../../docker/polls-from.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { startTestWorker } from '../support/temporal-worker.ts';

describe('the health of a worker without a port', () => {
  it('is that its host asks the task queue for work', async () => {
    await using worker = await startTestWorker({});
    await using temporal = await connectTemporal(worker);
    await expect.poll(() => pollsFrom(temporal, worker.taskQueue, hostname()), { timeout: 30_000 }).toBe(true);
    expect(await pollsFrom(temporal, worker.taskQueue, `another-${hostname()}`)).toBe(false);
    expect(await pollsFrom(temporal, `${worker.taskQueue}-unused`, hostname())).toBe(false);
  });
});
