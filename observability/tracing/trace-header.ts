import { ROOT_CONTEXT, type Context, TraceFlags, context, isSpanContextValid, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** What a Temporal header holds (workflows/trace-context.ts). */
interface Carrier {
  readonly traceparent?: string | undefined;
}

/** The context that a carrier names as parent; the root where it names none. `isRecorded` decides by the trace's id. */
export function parentOf(carrier: Carrier | undefined, isRecorded: (traceId: string) => boolean): Context {
  const parent = parseTraceParent(carrier?.traceparent ?? '');
  if (parent === null) return ROOT_CONTEXT;
  const traceFlags = isRecorded(parent.traceId) ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags, isRemote: true });
}

/** The carrier of what is active now; undefined outside a trace. */
export function activeCarrier(): Carrier | undefined {
  const active = trace.getSpanContext(context.active());
  if (active === undefined || !isSpanContextValid(active)) return undefined;
  return { traceparent: `00-${active.traceId}-${active.spanId}-0${active.traceFlags.toString(16)}` };
}
