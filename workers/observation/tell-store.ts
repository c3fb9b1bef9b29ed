import type { Pool } from 'pg';
import { readTrustExpiry } from '../../adaptor/auth/trust-expiry.ts';
import { countQuarantine } from '../../adaptor/data/control/quarantine-counts.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Tells what both sides read from their stores alike: what waits in quarantine, and until when whom is believed. */
export async function tellStore(metrics: Metrics, pool: Pool): Promise<void> {
  const [counts, trust] = await Promise.all([countQuarantine(pool), readTrustExpiry(pool)]);
  await forgetStore(metrics);
  for (const { records, ...labels } of counts) metrics.gauge('quarantine').set(labels, records);
  for (const { kind, party, notAfterMs } of trust) {
    if (kind === 'key') metrics.gauge('keyExpiry').set({ party }, notAfterMs / 1000);
    else metrics.gauge('certificateExpiry').set({ certificate: 'registered', party }, notAfterMs / 1000);
  }
}

/** Takes away what was told of a store: what was revoked expires no more, and what cannot be read is not known. */
export async function forgetStore(metrics: Metrics): Promise<void> {
  for (const key of ['quarantine', 'keyExpiry'] as const) metrics.gauge(key).reset();
  // Beside these it tells of the process's own files.
  const certificates = metrics.gauge('certificateExpiry');
  for (const { labels } of (await certificates.get()).values) if (labels.certificate === 'registered') certificates.remove(labels);
}
