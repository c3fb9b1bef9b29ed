import { createRequire } from 'node:module';
import type { Pool } from 'pg';
import type pino from 'pino';
import { readFile } from 'node:fs/promises';
import { certificateFacts } from '../../adaptor/auth/certificate.ts';
import type { ObservedSettings } from '../../configuration/settings/observed.ts';
import { createLog } from '../../observability/logging/create-log.ts';
import type { Part } from '../../observability/metrics/catalogue.ts';
import { Metrics } from '../../observability/metrics/metrics.ts';
import { type MetricsServer, serveMetrics } from '../../observability/metrics/serve-metrics.ts';
import { traceStatements } from '../../observability/tracing/trace-statements.ts';
import { type Tracing, startTracing } from '../../observability/tracing/tracing.ts';

// By its own name: the package's files lie deeper than a checkout's.
const { version } = createRequire(import.meta.url)('tidegate/package.json') as { version: string };

/** What a process tells of itself: its log, and metrics and traces where they are switched on. */
export interface Observation {
  readonly log: pino.Logger;
  readonly metrics: Metrics | undefined;
  readonly tracing: Tracing | undefined;
  /** Serves the metrics; undefined where they are off. Throws `port-busy`. */
  serve(): Promise<MetricsServer | undefined>;
  /** Sends the spans that wait. */
  stop(): Promise<void>;
}

/** Begins to observe a process, with the pools that its statements run on. Call it before they connect. */
export function observeProcess(part: Part, settings: ObservedSettings, pools: Readonly<Record<string, Pool>>): Observation {
  const { TIDEGATE_METRICS_PORT: port, TIDEGATE_METRICS_HOST: host, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings;
  const log = createLog(part, settings.TIDEGATE_LOG_LEVEL);
  const metrics = port === undefined ? undefined : new Metrics(part, version);
  const tracing =
    endpoint === undefined
      ? undefined
      : startTracing({ part, version, endpoint, ratio: settings.TIDEGATE_TRACE_RATIO, delayMs: settings.OTEL_BSP_SCHEDULE_DELAY });
  if (tracing !== undefined) for (const pool of Object.values(pools)) traceStatements(pool);
  metrics?.onScrape(() => tellConnections(metrics, pools));
  return {
    log,
    metrics,
    tracing,
    serve: async () => (metrics === undefined || port === undefined ? undefined : serveMetrics(metrics, { host, port })),
    stop: async () => {
      await tracing?.stop().catch((error: unknown) => log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'spans not sent'));
    },
  };
}

function tellConnections(metrics: Metrics, pools: Readonly<Record<string, Pool>>): void {
  const connections = metrics.gauge('connections');
  for (const [pool, { totalCount, idleCount, waitingCount }] of Object.entries(pools)) {
    connections.set({ pool, state: 'used' }, totalCount - idleCount);
    connections.set({ pool, state: 'idle' }, idleCount);
    connections.set({ pool, state: 'waiting' }, waitingCount);
  }
}

/** Tells when certificates in files expire, as they are on disk now: they may have been replaced. Files that cannot be read are left out. */
export function tellCertificateFiles(metrics: Metrics, files: { readonly own?: string | undefined; readonly authority?: string | undefined }): void {
  const expiry = metrics.gauge('certificateExpiry');
  metrics.onScrape(async () => {
    for (const certificate of ['own', 'authority'] as const) {
      const file = files[certificate];
      if (file === undefined) continue;
      const facts = await readFile(file, 'utf8')
        .then(certificateFacts)
        .catch(() => undefined);
      if (facts === undefined) expiry.remove({ certificate, party: '' });
      else expiry.set({ certificate, party: '' }, facts.notAfterMs / 1000);
    }
  });
}
