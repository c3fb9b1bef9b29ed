import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { serveMetrics } from '../../../observability/metrics/serve-metrics.ts';

describe('the metrics of a process', () => {
  it('are told with their help, and are the same ones whenever they are asked for', async () => {
    const metrics = new Metrics('crm-worker', '1.2.3');
    metrics.counter('failures').inc({ code: 'link-stopped' });
    metrics.counter('failures').inc({ code: 'link-stopped' });
    const { text, contentType } = await metrics.expose();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('# TYPE tidegate_failures_total counter');
    expect(text).toContain('tidegate_failures_total{code="link-stopped"} 2');
    expect(text).toContain('tidegate_build_info{part="crm-worker",version="1.2.3"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });

  it('are those of the process, and no others', () => {
    expect(() => new Metrics('producer', '1').gauge('lag')).toThrow('tidegate_lag_seconds is no metric of producer');
  });

  it('are read from a store once for scrapes that come together', async () => {
    const metrics = new Metrics('crm-app', '1');
    let reads = 0;
    metrics.onScrape(async () => {
      reads += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
      metrics.gauge('storeUp').set(reads);
    });
    const [first, second] = await Promise.all([metrics.expose(), metrics.expose()]);
    await metrics.expose();
    expect(reads).toBe(1);
    for (const { text } of [first, second]) expect(text).toContain('tidegate_store_up 1\n');
  });
});

describe('the listener', () => {
  it('answers GET /metrics and nothing else', async () => {
    const server = await serveMetrics(new Metrics('producer', '1'), { host: '127.0.0.1', port: 0 });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const answer = await fetch(server.url);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await answer.text()).toContain('tidegate_build_info');
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(404);
    expect((await fetch(server.url.replace('/metrics', '/'))).status).toBe(404);
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });

  it('tells a scraper that it failed, without saying why', async () => {
    const metrics = new Metrics('producer', '1');
    metrics.onScrape(async () => {
      throw new Error('confidential');
    });
    const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    await server.close();
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(serveMetrics(new Metrics('producer', '1'), { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'port-busy', facts: { port } });
    other.close();
  });
});
