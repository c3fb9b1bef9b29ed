import Fastify from 'fastify';
import { Readable } from 'node:stream';
import { request } from 'undici';
import { beforeEach, describe, expect, it } from 'vitest';
import { observeRequests } from '../../../observability/http/observe-requests.ts';
import { currentLogFields, noteLogFields } from '../../../observability/logging/log-fields.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { activeCarrier } from '../../../observability/tracing/trace-header.ts';
import { recordSpans } from '../../support/spans.ts';

const spans = recordSpans();
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
beforeEach(() => spans.reset());

function build(metrics?: Metrics) {
  const app = Fastify();
  observeRequests(app, metrics);
  app.post('/records/:key', async () => {
    noteLogFields({ batchId: 'b1' });
    await new Promise((resolve) => setImmediate(resolve));
    return { carrier: activeCarrier(), fields: currentLogFields() };
  });
  app.get('/broken', async () => {
    throw new Error('canary');
  });
  return app;
}

describe('an observed application', () => {
  it('goes on with the trace of its caller, also after a body was read', async () => {
    const app = build();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    // Over a real connection, and with a body that comes in pieces: what reads it runs for the connection, not for the request.
    const pieces = async function* () {
      yield Buffer.from('{"a":');
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield Buffer.from('1}');
    };
    const { body } = await request(`${url}/records/canary?q=canary`, {
      method: 'POST',
      headers: { traceparent, 'content-type': 'application/json' },
      body: Readable.from(pieces()),
    });
    const answer = await body.json();
    await app.close();
    const [span] = spans.getFinishedSpans();
    expect(span?.name).toBe('POST /records/:key');
    expect(span?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(answer).toEqual({ carrier: { traceparent: `00-${traceparent.slice(3, 35)}-${span?.spanContext().spanId}-01` }, fields: { batchId: 'b1' } });
    expect(JSON.stringify(span?.attributes)).not.toContain('canary');
  });

  it('begins a trace where the caller names none, or nonsense', async () => {
    const app = build();
    await app.inject({ method: 'POST', url: '/records/1', headers: { traceparent: `${traceparent}; drop` }, payload: {} });
    const [span] = spans.getFinishedSpans();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.attributes).toMatchObject({ 'http.response.status_code': 200 });
  });

  it('counts by route and status, so that paths make no series', async () => {
    const metrics = new Metrics('producer', '1');
    const app = build(metrics);
    for (const key of ['a', 'b']) await app.inject({ method: 'POST', url: `/records/${key}`, payload: {} });
    await app.inject('/nowhere/canary');
    await app.inject('/broken');
    const { text } = await metrics.expose();
    expect(text).toContain('tidegate_http_requests_total{method="POST",route="/records/:key",status="200"} 2');
    expect(text).toContain('tidegate_http_requests_total{method="GET",route="unknown",status="404"} 1');
    expect(text).toContain('tidegate_http_requests_total{method="GET",route="/broken",status="500"} 1');
    expect(text).toContain('tidegate_http_request_duration_seconds_count{method="POST",route="/records/:key"} 2');
    expect(text).not.toContain('canary');
    expect(JSON.stringify(spans.getFinishedSpans().map(({ name, attributes, status, events }) => [name, attributes, status, events]))).not.toContain('canary');
  });
});
