import { type HrTime, SpanKind, SpanStatusCode, TraceFlags, context, trace } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Context as ActivityContext } from '@temporalio/activity';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { type Headers, defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, InjectedSinks } from '@temporalio/worker';
import { quietly } from '../../observability/tracing/trace-statements.ts';
import { activeCarrier, parentOf } from '../../observability/tracing/trace-header.ts';
import type { Tracing } from '../../observability/tracing/tracing.ts';
import type { EndedRun, TraceSinks } from '../../workflows/trace-context.ts';

/** As in workflows/trace-context.ts, which must not be imported here: it runs in the workflows' own place. */
const TRACE_HEADER = '_tracer-data';

const tracer = trace.getTracer('tidegate');

/** Around every activity: a span below its workflow's. What a pump asks while it waits is left out of the trace. */
export function activitySpans({ info }: ActivityContext, tracing: Tracing): ActivityInboundCallsInterceptor {
  return {
    execute: (input, next) => {
      const carrier = input.headers[TRACE_HEADER];
      const parent = parentOf(carrier === undefined ? undefined : defaultPayloadConverter.fromPayload(carrier), tracing.isRecorded);
      const attributes = {
        'temporal.workflow.id': info.workflowExecution?.workflowId,
        'temporal.run.id': info.workflowExecution?.runId,
        'temporal.activity.attempt': info.attempt,
      };
      const span = tracer.startSpan(`activity ${info.activityType}`, { kind: SpanKind.CONSUMER, attributes }, parent);
      const inside = trace.setSpan(parent, span);
      return context.with(info.activityType === 'pumpWindows' ? quietly(inside) : inside, async () => {
        try {
          return await next(input);
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: (error as { type?: string }).type ?? 'cancelled' });
          throw error;
        } finally {
          span.end();
        }
      });
    },
  };
}

/** Makes a span of every run that ended, where tracing is on; the workflows tell of it in any case. */
export function runSpans(tracing: Tracing | undefined): InjectedSinks<TraceSinks> {
  return {
    trace: {
      runEnded: {
        callDuringReplay: false,
        fn: ({ workflowId, runId }, run) => {
          if (tracing?.isRecorded(run.traceId) === true) tracing.export(spanOf(workflowId, runId, run));
        },
      },
    },
  };
}

function spanOf(
  workflowId: string,
  runId: string,
  { workflowType, traceId, spanId, parentSpanId, startedAt, endedAt, code }: EndedRun,
): Parameters<Tracing['export']>[0] {
  const ids = { traceId, traceFlags: TraceFlags.SAMPLED };
  const duration: HrTime = millisToHrTime(Math.max(0, endedAt - startedAt));
  return {
    name: `workflow ${workflowType}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ ...ids, spanId }),
    ...(parentSpanId === undefined ? {} : { parentSpanContext: { ...ids, spanId: parentSpanId } }),
    startTime: millisToHrTime(startedAt),
    endTime: millisToHrTime(Math.max(startedAt, endedAt)),
    duration,
    ended: true,
    status: code === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: code },
    attributes: { 'temporal.workflow.id': workflowId, 'temporal.run.id': runId },
    links: [],
    events: [],
    instrumentationScope: { name: 'tidegate' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** Runs that this process starts belong to the trace of what started them. */
export const startsInTrace: WorkflowClientInterceptor = {
  startWithDetails: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
  signalWithStart: (input, next) => next({ ...input, headers: withTrace(input.headers) }),
};

function withTrace(headers: Headers): Headers {
  const carrier = activeCarrier();
  return carrier === undefined ? headers : { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) };
}
