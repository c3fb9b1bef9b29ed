import type { Pool } from 'pg';
import { readTrustExpiry } from '../../adaptor/auth/trust-expiry.ts';
import { countQuarantine } from '../../adaptor/data/control/quarantine-counts.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/** Tells what both sides read from their stores alike: what waits in quarantine, and until when whom is believed. */
export async function tellStore(metrics: Metrics, pool: Pool): Promise<void> {
  const [counts, trust] = await Promise.all([countQuarantine(pool), readTrustExpiry(pool)]);
  const quarantine = metrics.gauge('quarantine');
  quarantine.reset();
  for (const { records, ...labels } of counts) quarantine.set(labels, records);
  for (const { kind, party, notAfterMs } of trust) {
    if (kind === 'key') metrics.gauge('keyExpiry').set({ party }, notAfterMs / 1000);
    else metrics.gauge('certificateExpiry').set({ certificate: 'registered', party }, notAfterMs / 1000);
  }
}
