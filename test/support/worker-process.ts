import { triggerReverse } from '../../scheduler/schedules.ts';
import { once } from 'node:events';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { OnFailure } from '../../activities/activity-interceptor.ts';
import { postgresKeyRegistry } from '../../adaptor/auth/key-registry.ts';
import { type PrivateJwk, signingKeyFrom } from '../../adaptor/auth/signing-key.ts';
import { postgresStandingTrust } from '../../adaptor/auth/standing-trust.ts';
import { type TlsMaterial, clientTlsOptions } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { postgresLinkStore } from '../../adaptor/data/control/link-store.ts';
import { createPool } from '../../adaptor/data/pool.ts';
import type { LinkConfig } from '../../configuration/config.ts';
import { connectTemporal } from '../../scheduler/connection.ts';
import { ensureForwardChain } from '../../scheduler/forward-chain.ts';
import { retentionOf, retentionSchema } from '../../configuration/retention.ts';
import { linkSetup, producerAuth } from '../../workers/crm/link-setups.ts';
import { workerOptions } from '../../workers/crm/worker-options.ts';

/*
 * The CRM worker in a process of its own, for tests that kill or freeze it: like workers/crm-worker.ts, but its settings
 * come as one message, and it can be told a point at which it does away with itself as the kernel would.
 */

/** What the process is told. */
export interface WorkerProcessSettings {
  readonly temporal: { readonly address: string; readonly namespace: string; readonly taskQueue: string };
  readonly urls: { readonly consumer: string; readonly reverse: string; readonly verifier: string };
  readonly producerUrl: string;
  /** Code of the bundled workflows: each process would take seconds to make its own. */
  readonly bundle: string;
  readonly tls: TlsMaterial;
  readonly key: PrivateJwk;
  readonly config: LinkConfig;
  /** Where the process dies: at the n-th passing of a point. */
  readonly death?: { readonly point: string; readonly passing: number; readonly signal: 'SIGKILL' | 'SIGSTOP' } | undefined;
}

Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } } });
const [settings] = (await once(process, 'message')) as [WorkerProcessSettings];
const { address, namespace, taskQueue } = settings.temporal;
const identity = { tenant: settings.config.tenant, environment: settings.config.environment, link: settings.config.link };
const signingKey = await signingKeyFrom(settings.key);
const consumer = createPool(settings.urls.consumer, { applicationName: 'test consumer', maxConnections: 12 });
const producer = new ProducerClient({
  baseUrl: settings.producerUrl,
  tls: clientTlsOptions(settings.tls, '127.0.0.1'),
  link: identity,
  auth: producerAuth(() => signingKey, postgresStandingTrust(consumer)),
});
const setup = linkSetup(settings.config, { signingKey, producer, readCertificate: async () => settings.tls.certificate });
const reverse = createPool(settings.urls.reverse, { applicationName: 'test reverse', maxConnections: 4 });
const verifier = createPool(settings.urls.verifier, { applicationName: 'test verifier', maxConnections: 2 });
const temporal = await connectTemporal({ address, namespace });
let passings = 0;
const context = {
  links: new Map([[setup.name, setup]]),
  consumer,
  reverse,
  verifier,
  registry: postgresKeyRegistry(verifier),
  retention: retentionOf(retentionSchema.parse({})),
  temporal: temporal.client,
  taskQueue,
  hooks: {
    at: async (point: string) => {
      if (point !== settings.death?.point) return;
      passings += 1;
      if (passings === settings.death.passing) process.kill(process.pid, settings.death.signal);
    },
  },
  triggerReverse: (link: string) => triggerReverse(temporal.client, link),
  ensureForwardChain: (link: string) => ensureForwardChain({ client: temporal.client, store: postgresLinkStore(consumer), taskQueue }, link),
};
const connection = await NativeConnection.connect({ address });
const tell: OnFailure = ({ activity, attempt, error, failure }) => {
  process.send?.({ failed: { activity, code: failure instanceof ApplicationFailure ? (failure.type ?? null) : null } });
  if (process.env['TEST_LOG_LEVEL'] !== undefined) console.error(process.pid, activity, attempt, error);
};
const { workflowsPath: _, ...options } = workerOptions(context, { onFailure: tell });
type Activity = (...input: unknown[]) => Promise<unknown>;
/** Every activity passes a point of its own, when all that it does is done and nobody has been told. */
const activities = Object.fromEntries(
  Object.entries(options.activities as Record<string, Activity>).map(([name, act]): [string, Activity] => [
    name,
    async (...input) => {
      const result = await act(...input);
      await context.hooks.at(`after ${name}`);
      return result;
    },
  ]),
);
// A task that waits for a worker which is gone is handed to another one soon, and a frozen one has few asked for: each of those is lost until it times out.
const stickyQueueScheduleToStartTimeout = '1 s';
const polls = { maxConcurrentWorkflowTaskPolls: 2, maxConcurrentActivityTaskPolls: 2 };
const worker = await Worker.create({
  ...options,
  activities,
  workflowBundle: { code: settings.bundle },
  connection,
  namespace,
  stickyQueueScheduleToStartTimeout,
  ...polls,
});
process.send?.({ ready: true });
await worker.runUntil(new Promise<void>((resolve) => process.once('SIGTERM', () => resolve())));
process.exit(0);
