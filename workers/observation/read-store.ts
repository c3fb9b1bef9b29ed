import type pino from 'pino';
import type { Metrics } from '../../observability/metrics/metrics.ts';

/**
 * Reads gauges from a store before every scrape. Where that fails the scrape is answered all the same, `tidegate_store_up`
 * is 0, and `forget` takes away what is no longer known: an old value would look like a good one.
 */
export function readStore(metrics: Metrics, log: pino.Logger, read: () => Promise<void>, forget: () => Promise<void>): void {
  const up = metrics.gauge('storeUp');
  metrics.onScrape(async () => {
    try {
      await read();
      up.set(1);
    } catch (error) {
      await forget();
      up.set(0);
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'the store could not be read for metrics');
    }
  });
}
