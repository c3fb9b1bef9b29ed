import { type Span, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withLogFields } from '../logging/log-fields.ts';
import type { Metrics } from '../metrics/metrics.ts';

const tracer = trace.getTracer('tidegate');

/**
 * Has every request of an application counted, timed, traced as a child of what its `traceparent` says, and its log lines
 * carry the ids that become known of it. Call it before other hooks are added: they shall run inside. Routes are told as
 * they were declared: paths would multiply the series, and may hold keys of records.
 */
export function observeRequests(app: FastifyInstance, metrics?: Metrics): void {
  const observed = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request;
    const parent = propagation.extract(context.active(), headers);
    const attributes = { 'http.request.method': method, 'http.route': routeOf(request) };
    const span = tracer.startSpan(`${method} ${routeOf(request)}`, { kind: SpanKind.SERVER, attributes }, parent);
    observed.set(request, span);
    context.with(trace.setSpan(parent, span), () => withLogFields({}, done));
  });
  const requests = metrics?.counter('httpRequests');
  const seconds = metrics?.histogram('httpSeconds');
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: routeOf(request) };
    requests?.inc({ ...labels, status: String(reply.statusCode) });
    seconds?.observe(labels, reply.elapsedTime / 1000);
    const span = observed.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
