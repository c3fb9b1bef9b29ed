import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { type TemporalClient, connectTemporal } from '../../scheduler/connection.ts';
import { withBundle } from '../../workers/crm/workflow-bundle.ts';
import { testTemporal } from './temporal.ts';

/** A running worker on a task queue of its own, and a client beside it. `await using` shuts both down. */
export interface TestWorker extends AsyncDisposable {
  readonly client: TemporalClient['client'];
  readonly taskQueue: string;
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
  /** Ends the worker and starts another one on the same task queue, with nothing cached. */
  restart(): Promise<void>;
}

/** The entry of the product's workflows. */
export const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/all-workflows.ts', import.meta.url));

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } } });

/** What a test worker hosts: activities, or options that are made for its client and task queue. */
type Hosted = object | ((client: TemporalClient['client'], taskQueue: string) => Partial<WorkerOptions>);

/** Starts a worker with the product's workflows and the given activities. */
export async function startTestWorker(hosted: Hosted): Promise<TestWorker> {
  const { address, namespace, uiUrl } = await testTemporal();
  const taskQueue = `test-${randomUUID()}`;
  const temporal = await connectTemporal({ address, namespace });
  const connection = await NativeConnection.connect({ address });
  const options = typeof hosted === 'function' ? hosted(temporal.client, taskQueue) : { activities: hosted };
  const start = async () => {
    const bundled = await withBundle({ workflowsPath: WORKFLOWS_PATH, maxHeartbeatThrottleInterval: '500 ms', ...options });
    const worker = await Worker.create({ ...bundled, connection, namespace, taskQueue });
    const running = worker.run();
    running.catch(() => undefined);
    return { worker, running };
  };
  const stop = async ({ worker, running }: Awaited<ReturnType<typeof start>>): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
  };
  let current = await start();
  return {
    client: temporal.client,
    taskQueue,
    address,
    namespace,
    uiUrl,
    restart: async () => {
      await stop(current);
      current = await start();
    },
    [Symbol.asyncDispose]: async () => {
      await stop(current);
      await connection.close();
      await temporal.close();
    },
  };
}
