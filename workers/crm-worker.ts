import { NativeConnection, Runtime, type TelemetryOptions, Worker } from '@temporalio/worker';
import type pino from 'pino';
import { signHead } from '../activities/ledger/sign-head.ts';
import { openCodec } from '../adaptor/auth/codec/payload-codec.ts';
import { postgresKeyRegistry } from '../adaptor/auth/key-registry.ts';
import { pruneUsedIds } from '../adaptor/auth/single-use.ts';
import { postgresStandingTrust } from '../adaptor/auth/standing-trust.ts';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { followTrust } from '../adaptor/data/control/trust-notice.ts';
import { connect, createPool } from '../adaptor/data/pool.ts';
import { assertRolesSafe } from '../adaptor/data/roles/assert-roles-safe.ts';
import { STORE_ROLES } from '../adaptor/data/roles/role-names.ts';
import { ruledRoles } from '../configuration/config.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { retentionOf } from '../configuration/retention.ts';
import { type CrmWorkerSettings, crmWorkerSettingsSchema } from '../configuration/settings/crm.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { readyUntilStopped } from '../embedded/supervised.ts';
import { TidegateError } from '../exchange/errors.ts';
import { connectTemporal, connectionOptions } from '../scheduler/connection.ts';
import { announceApproval } from '../scheduler/approval-run.ts';
import { ensureForwardChain } from '../scheduler/forward-chain.ts';
import { triggerReverse } from '../scheduler/schedules.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';
import { openLinks, producerTls } from './crm/link-setups.ts';
import { logFailure, temporalLogger } from './crm/logging.ts';
import { windowObserver } from './crm/observe-windows.ts';
import { startsInTrace } from './crm/trace-workflows.ts';
import { workerOptions } from './crm/worker-options.ts';
import { withBundle } from './crm/workflow-bundle.ts';
import { openLiveMaterial } from './observation/live-material.ts';
import { observeProcess, tellCertificateFiles } from './observation/observe-process.ts';
import { startProcess } from './observation/start-process.ts';
import { hostInUrl } from '../observability/http/host-in-url.ts';

/*
 * The CRM worker: hosts the workflows and their activities, keeps the Schedules as configured, and sees to it that every
 * link's chain runs. SIGTERM lets windows in hand end.
 */

/** How often ids that can't be used again anyway are forgotten. */
const PRUNE_EVERY_MS = 10 * 60_000;
/** How often the ledger's head is signed, where no run ends meanwhile. */
const SIGN_EVERY_MS = 60_000;
const TEMPORAL_TIMEOUT_MS = 60_000;

async function main(): Promise<void> {
  const settings = readSettings(crmWorkerSettingsSchema, process.env);
  const config = await loadConfig(settings.TIDEGATE_CONFIG);
  const consumer = createPool(settings.TIDEGATE_CRM_CONSUMER_URL, { applicationName: 'tidegate consumer', maxConnections: 24 });
  const reverse = createPool(settings.TIDEGATE_CRM_REVERSE_URL, { applicationName: 'tidegate reverse', maxConnections: 6 });
  const verifier = createPool(settings.TIDEGATE_CRM_VERIFIER_URL, { applicationName: 'tidegate verifier', maxConnections: 4 });
  const observation = observeProcess('crm-worker', settings, { consumer, reverse, verifier });
  const { log, metrics, tracing } = observation;
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [], telemetryOptions: sdkMetrics(settings) });
  const checked = await connect(consumer);
  await assertRolesSafe(checked, [...STORE_ROLES.crm, ...ruledRoles(config)]).finally(() => checked.release());
  // A chain that waits because something has expired or is unknown asks again as soon as there are new files, or somebody is registered.
  let beginAgain = (): void => undefined;
  using material = await openLiveMaterial(settings, log, metrics, {
    tls: (renewed) => {
      for (const { producer } of links.values()) producer.renew(producerTls(settings, renewed));
      beginAgain();
    },
    keys: () => beginAgain(),
  });
  const links = await openLinks(config, settings, { ...material, standing: postgresStandingTrust(consumer), pool: consumer });

  const place = await temporalPlace(settings);
  const { namespace } = place;
  const { TIDEGATE_TASK_QUEUE: taskQueue } = settings;
  const codec = await openCodec(settings.TIDEGATE_CODEC_KEYS, settings.TIDEGATE_CODEC_MODE);
  const temporal = await connectTemporal({
    ...place,
    codec,
    timeoutMs: TEMPORAL_TIMEOUT_MS,
    interceptors: [startsInTrace],
    crmPage: settings.TIDEGATE_CRM_APP_URL,
  });
  const connection = await NativeConnection.connect(connectionOptions(place));
  const store = postgresLinkStore(consumer);
  const chains = { client: temporal.client, store, taskQueue };
  const context = {
    links,
    consumer,
    reverse,
    verifier,
    registry: postgresKeyRegistry(verifier),
    temporal: temporal.client,
    taskQueue,
    announceApproval: (link: string, approval: number) => announceApproval(chains, link, approval),
    triggerReverse: (link: string) => triggerReverse(temporal.client, link),
    retention: retentionOf(config.retention),
    observeWindow: windowObserver(log, metrics),
    ensureForwardChain: (link: string) => ensureForwardChain(chains, link),
  };
  const options = await withBundle(workerOptions(context, { codec, onFailure: logFailure(log), metrics, tracing }));
  const worker = await Worker.create({ ...options, connection, namespace });
  if (metrics !== undefined) tellCertificateFiles(metrics, { own: settings.TIDEGATE_TLS_CERTIFICATE, authority: settings.TIDEGATE_TLS_CA });
  const metricsServer = await observation.serve();
  const tidegate = new TidegateClient({ client: temporal.client, store, taskQueue });
  const prune = setInterval(() => void pruneUsedIds(verifier).catch(() => undefined), PRUNE_EVERY_MS).unref();
  const [first] = links.values();
  const sign = setInterval(() => void (first && signHead(consumer, first.signingKey).catch(() => undefined)), SIGN_EVERY_MS).unref();

  await worker.runUntil(async () => {
    await tidegate.ensureSchedules(config, settings.TIDEGATE_CRM_APP_URL);
    for (const link of links.keys()) await startChain(tidegate, link, log);
    beginAgain = () => void Promise.all([...links.keys()].map((link) => startChain(tidegate, link, log))).catch(() => undefined);
    // Whoever is registered here mends what a chain was refused for.
    await using _trust = await followTrust(consumer, () => beginAgain());
    const told = metricsServer === undefined ? {} : { metricsUrl: metricsServer.url };
    log.info({ links: [...links.keys()], taskQueue, namespace, ...told }, 'ready');
    log.info({ reason: await readyUntilStopped(told) }, 'stopping');
  });
  clearInterval(prune);
  clearInterval(sign);
  await metricsServer?.close();
  await connection.close();
  await temporal.close();
  await Promise.all([...links.values()].map(({ producer }) => producer.close()));
  await Promise.all([consumer.end(), reverse.end(), verifier.end()]);
  await observation.stop();
  process.disconnect?.();
}

/** The Temporal SDK tells of itself from its own core, on a port of its own. */
function sdkMetrics({ TIDEGATE_TEMPORAL_METRICS_PORT: port, TIDEGATE_METRICS_HOST: host }: CrmWorkerSettings): TelemetryOptions {
  if (port === undefined) return {};
  return { metrics: { prometheus: { bindAddress: `${hostInUrl(host)}:${port}`, unitSuffix: true, countersTotalSuffix: true, useSecondsForDurations: true } } };
}

/** A stopped link waits for a person; that is no reason for the worker not to start. */
async function startChain(tidegate: TidegateClient, link: string, log: pino.Logger): Promise<void> {
  try {
    log.info({ link, ...(await tidegate.startForward(link)) }, 'forward chain');
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    log.warn({ link, code: error.code }, error.message);
  }
}

await startProcess('crm-worker', main);
