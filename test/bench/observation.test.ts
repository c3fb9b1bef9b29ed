import { expect, it, vi } from 'vitest';
import { startObserver } from '../../bench/observation.ts';
import { Metrics } from '../../observability/metrics/metrics.ts';
import { serveMetrics } from '../../observability/metrics/serve-metrics.ts';

it('an observer takes traces, and asks every part for its metrics until it is disposed of', async () => {
  const parts = await Promise.all([1, 2].map(() => serveMetrics(new Metrics('producer', '1'), { host: '127.0.0.1', port: 0 })));
  try {
    using observer = await startObserver();
    const { status } = await fetch(`${observer.url}/v1/traces`, { method: 'POST', body: '{"resourceSpans":[]}' });
    expect([status, observer.traced()]).toEqual([200, 20]);
    const urls = { crmApp: parts[0]?.url, producer: parts[1]?.url, worker: undefined, temporalSdk: undefined, cloudPage: undefined };
    const scraped = observer.scrape(urls);
    // One of the two does not answer: that is no scrape.
    const broken = observer.scrape({ ...urls, worker: 'http://127.0.0.1:1/metrics' });
    await vi.waitFor(() => expect(scraped()).toBeGreaterThan(0), { timeout: 10_000 });
    expect(broken()).toBe(0);
  } finally {
    await Promise.all(parts.map((part) => part.close()));
  }
});
