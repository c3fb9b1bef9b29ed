import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import type pino from 'pino';
import type { ObservedWindow, WindowObserver } from '../../activities/observe-window.ts';
import { OUTCOMES } from '../../exchange/books.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { noteLogFields, withLogFields } from '../../observability/logging/log-fields.ts';
import type { Metrics } from '../../observability/metrics/metrics.ts';
import { aloud } from '../../observability/tracing/trace-statements.ts';

const tracer = trace.getTracer('tidegate');

/** Counts, times, traces and logs every window that the worker moves; a line a window is of level debug, a failed one a warning. */
export function windowObserver(log: pino.Logger, metrics?: Metrics): WindowObserver {
  return async (window, move) => {
    const { link, collection, direction } = window;
    const span = tracer.startSpan(`window ${direction}`, { attributes: attributesOf(window) });
    const startedAt = performance.now();
    const count = (outcome: string): void => metrics?.counter('windows').inc({ link, collection, direction, outcome });
    const note = (batchId: string): void => {
      noteLogFields({ batchId });
      span.setAttribute('tidegate.batch', batchId);
    };
    const observe = async () => {
      try {
        const { result, books } = await move(note);
        if (books === null) return result;
        count('receipted');
        metrics?.histogram('windowSeconds').observe({ direction }, (performance.now() - startedAt) / 1000);
        for (const outcome of OUTCOMES) metrics?.counter('records').inc({ link, collection, direction, outcome }, books[outcome]);
        span.setAttribute('tidegate.records', books.offered);
        log.debug({ direction, books }, 'window receipted');
        return result;
      } catch (error) {
        const code = error instanceof TidegateError ? error.code : 'unexpected';
        count('failed');
        span.setStatus({ code: SpanStatusCode.ERROR, message: code });
        log.warn({ direction, code }, 'window failed');
        throw error;
      } finally {
        span.end();
      }
    };
    const { direction: _direction, ...fields } = window;
    return context.with(aloud(trace.setSpan(context.active(), span)), () => withLogFields(fields, observe));
  };
}

function attributesOf({ link, collection, ordinal, chunk, batchId }: ObservedWindow) {
  return { 'tidegate.link': link, 'tidegate.collection': collection, 'tidegate.ordinal': ordinal, 'tidegate.chunk': chunk, 'tidegate.batch': batchId };
}
