import { ROOT_CONTEXT, context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Part } from '../metrics/catalogue.ts';

/** Where spans go, and how many of them. */
export interface TracingOptions {
  readonly part: Part;
  readonly version: string;
  /** Base URL of an OTLP receiver over HTTP; `/v1/traces` is appended. */
  readonly endpoint: string;
  /** Share of the traces that are recorded, from 0 to 1. A trace is recorded by all processes or by none. */
  readonly ratio: number;
  /** Spans are sent after so long. Default 5 s. */
  readonly delayMs?: number | undefined;
}

/** Tracing that is switched on. Without it the calls of `@opentelemetry/api` do nothing. */
export interface Tracing {
  /** Whether the trace of this id is recorded. */
  isRecorded(traceId: string): boolean;
  /** Hands on a span that was not made by a tracer: that of a workflow, which must not read clocks or draw numbers. */
  export(span: Omit<ReadableSpan, 'resource'>): void;
  /** Sends what waits, and stops. */
  stop(): Promise<void>;
}

/** Greatest length of an attribute's text. */
const MAX_ATTRIBUTE_LENGTH = 1000;

/**
 * Switches tracing on for this process: spans of workflows, activities, requests and statements go to an OTLP receiver, and
 * the consumer's requests carry W3C `traceparent` (https://www.w3.org/TR/trace-context/).
 */
export function startTracing({ part, version, endpoint, ratio, delayMs = 5000 }: TracingOptions): Tracing {
  const resource = resourceFromAttributes({ 'service.name': `tidegate-${part}`, 'service.version': version, 'service.instance.id': String(process.pid) });
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const processor = new BatchSpanProcessor({ exporter, scheduledDelayMillis: delayMs, maxQueueSize: 8192 });
  const root = new TraceIdRatioBasedSampler(ratio);
  const provider = new TracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root }),
    spanProcessors: [processor],
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const requests = new UndiciInstrumentation({ requireParentforSpans: true });
  requests.setTracerProvider(provider);
  requests.enable();
  return {
    isRecorded: (traceId) => root.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED,
    export: (span) => processor.onEnd({ ...span, resource }),
    stop: async () => {
      requests.disable();
      await provider.shutdown();
    },
  };
}
