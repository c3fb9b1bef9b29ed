import { type Context, type Span, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withLogFields, type LogFields } from '../logging/log-fields.ts';
import type { Metrics } from '../metrics/metrics.ts';

const tracer = trace.getTracer('tidegate');

interface Observed {
  readonly context: Context;
  readonly span: Span;
  readonly fields: LogFields;
}

/**
 * Has every request of an application counted, timed, traced as a child of what its `traceparent` says, and its log lines
 * carry the ids that become known of it. Call it before other hooks are added: they shall run inside. Routes are told as
 * they were declared: paths would multiply the series, and may hold keys of records.
 */
export function observeRequests(app: FastifyInstance, metrics?: Metrics): void {
  const observed = new WeakMap<FastifyRequest, Observed>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request;
    const parent = propagation.extract(context.active(), headers);
    const attributes = { 'http.request.method': method, 'http.route': routeOf(request) };
    const span = tracer.startSpan(`${method} ${routeOf(request)}`, { kind: SpanKind.SERVER, attributes }, parent);
    const entered: Observed = { context: trace.setSpan(parent, span), span, fields: {} };
    observed.set(request, entered);
    enter(entered, done);
  });
  // A body that was parsed comes on the connection's own way: what follows is brought back.
  app.addHook('preValidation', (request, _reply, done) => {
    const entered = observed.get(request);
    if (entered === undefined) done();
    else enter(entered, done);
  });
  const requests = metrics?.counter('httpRequests');
  const seconds = metrics?.histogram('httpSeconds');
  app.addHook('onResponse', async (request, reply) => {
    const labels = { method: request.method, route: routeOf(request) };
    requests?.inc({ ...labels, status: String(reply.statusCode) });
    seconds?.observe(labels, reply.elapsedTime / 1000);
    const span = observed.get(request)?.span;
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}

function enter({ context: inside, fields }: Observed, done: () => void): void {
  context.with(inside, () => withLogFields(fields, done));
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
