import {
  ApplicationFailure,
  ContinueAsNew,
  type Sinks,
  type WorkflowInterceptorsFactory,
  defaultPayloadConverter,
  isCancellation,
  proxySinks,
  workflowInfo,
} from '@temporalio/workflow';

/**
 * Header of starts and activities that carries a trace: `{ traceparent }` (W3C trace context), under the name that Temporal's
 * own interceptors use, so that a run started by a traced program belongs to its trace.
 */
const TRACE_HEADER = '_tracer-data';

/** A workflow run that ended, as a span. Times in milliseconds since 1970, of the workflow's own clock. */
export interface EndedRun {
  readonly workflowType: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Absent where the run begins its trace. */
  readonly parentSpanId?: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** A code of the catalogue where the run failed. */
  readonly code?: string;
}

/** Where the worker is told of runs that ended. Nothing is told on replay. */
export interface TraceSinks extends Sinks {
  trace: { runEnded(run: EndedRun): void };
}

const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/;

/**
 * Hands the trace from a run's start to its activities. Ids are taken from the run's id: a workflow must not draw numbers
 * for them, because `uuid4()` draws from the same source and a replay with tracing switched over would get other ids. So
 * this may always be there, whether traces are recorded or not. A run that continues another begins a trace of its own.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const { runId, workflowType, runStartTime } = workflowInfo();
  const digits = runId.replaceAll('-', '');
  const spanId = digits.slice(16);
  let traceId = digits;
  let parentSpanId: string | undefined;
  return {
    inbound: [
      {
        async execute(input, next) {
          const carrier = input.headers[TRACE_HEADER];
          const given =
            carrier === undefined ? null : TRACEPARENT.exec(defaultPayloadConverter.fromPayload<{ traceparent?: string }>(carrier).traceparent ?? '');
          if (given?.[1] !== undefined) {
            traceId = given[1];
            parentSpanId = given[2];
          }
          const end = (code?: string): void =>
            proxySinks<TraceSinks>().trace.runEnded({
              workflowType,
              traceId,
              spanId,
              ...(parentSpanId === undefined ? {} : { parentSpanId }),
              startedAt: runStartTime.getTime(),
              endedAt: Date.now(),
              ...(code === undefined ? {} : { code }),
            });
          try {
            const result = await next(input);
            end();
            return result;
          } catch (error) {
            end(codeOf(error));
            throw error;
          }
        },
      },
    ],
    outbound: [
      {
        async scheduleActivity(input, next) {
          const carrier = defaultPayloadConverter.toPayload({ traceparent: `00-${traceId}-${spanId}-01` });
          return next({ ...input, headers: { ...input.headers, [TRACE_HEADER]: carrier } });
        },
      },
    ],
  };
};

function codeOf(error: unknown): string | undefined {
  if (error instanceof ContinueAsNew) return undefined;
  if (isCancellation(error)) return 'run-cancelled';
  return error instanceof ApplicationFailure ? (error.type ?? 'unexpected') : 'unexpected';
}
