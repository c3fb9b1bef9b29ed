import { SpanKind, SpanStatusCode, TraceFlags, context, propagation, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostInUrl } from '../../../observability/http/host-in-url.ts';
import { noteLogFields } from '../../../observability/logging/log-fields.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { serveMetrics } from '../../../observability/metrics/serve-metrics.ts';
import { type Tracing, startTracing } from '../../../observability/tracing/tracing.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';

let receiver: OtlpReceiver;
let tracing: Tracing;
const start = (ratio: number) => startTracing({ part: 'crm-worker', version: '1.2.3', endpoint: `${receiver.url}/`, ratio, delayMs: 60_000 });

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  tracing = start(1);
});
afterAll(() => receiver.close());

const traceId = fc.stringMatching(/^[\da-f]{32}$/).filter((id) => /[^0]/.test(id));

describe('traces that are recorded', () => {
  it('are all, none, or a share, by their ids alone: every process decides alike', () => {
    const [none, some, more] = [start(0), start(0.25), start(0.75)];
    fc.assert(
      fc.property(traceId, (id) => {
        expect([tracing.isRecorded(id), none.isRecorded(id)]).toEqual([true, false]);
        expect(some.isRecorded(id)).toBe(some.isRecorded(id));
        // Who records less records no trace that who records more does not have.
        if (some.isRecorded(id)) expect(more.isRecorded(id)).toBe(true);
      }),
    );
  });

  it('are sent when the process stops, with who it was; long texts are cut', async () => {
    const span = trace.getTracer('tidegate').startSpan('activity pumpWindows', { attributes: { text: 'x'.repeat(5000) } });
    context.with(trace.setSpan(context.active(), span), () => {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      // What the consumer's requests carry: W3C trace context.
      expect(carrier['traceparent']).toBe(`00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
    });
    span.end();
    const ids = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    tracing.export({
      name: 'workflow forwardSync',
      kind: SpanKind.INTERNAL,
      spanContext: () => ids,
      startTime: [1, 0],
      endTime: [2, 0],
      duration: [1, 0],
      ended: true,
      status: { code: SpanStatusCode.UNSET },
      attributes: {},
      links: [],
      events: [],
      instrumentationScope: { name: 'tidegate' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    });
    expect(receiver.spans()).toEqual([]);
    await tracing.stop();
    const spans = receiver.spans();
    expect(spans.map(({ service, name }) => [service, name]).toSorted()).toEqual([
      ['tidegate-crm-worker', 'activity pumpWindows'],
      ['tidegate-crm-worker', 'workflow forwardSync'],
    ]);
    expect(spans.find(({ name }) => name.startsWith('workflow'))).toMatchObject({ traceId: ids.traceId, spanId: ids.spanId });
    expect(String(spans.find(({ name }) => name.startsWith('activity'))?.attributes['text'])).toHaveLength(1000);
    expect(receiver.text()).toContain('1.2.3');
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['crm.example.com', 'crm.example.com'],
    ['::1', '[::1]'],
  ])('of %s stand in a URL as %s', (host, part) => expect(new URL(`http://${hostInUrl(host)}:1/`).host).toBe(`${part}:1`));
});

describe('metrics that are read before a scrape', () => {
  it('hold a scrape open no longer than the process lives: closing the listener ends it', async () => {
    const metrics = new Metrics('producer', '1');
    metrics.onScrape(() => new Promise<void>(() => {}));
    const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
    const scrape = fetch(server.url).then(
      () => 'answered',
      () => 'ended',
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    await server.close();
    expect(await scrape).toBe('ended');
  });
});

describe('a log field that becomes known outside of any work', () => {
  it('goes nowhere', () => expect(() => noteLogFields({ batchId: 'b' })).not.toThrow());
});
