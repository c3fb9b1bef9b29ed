import { EventEmitter } from 'node:events';
import { type Context, type Span, SpanKind, SpanStatusCode, context, createContextKey, trace } from '@opentelemetry/api';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { statementText, statementVerb } from './statement-text.ts';

const tracer = trace.getTracer('tidegate');
const QUIET = createContextKey('statements are not traced');

/** A context in which statements make no spans: a pump looks for changes every other second, for as long as it runs. */
export function quietly(parent: Context): Context {
  return parent.setValue(QUIET, true);
}

/** The same context, with statements traced again. */
export function aloud(parent: Context): Context {
  return parent.deleteValue(QUIET);
}

/** Traces the statements of a pool's connections, from the next connection on: what was run and how long, no values. */
export function traceStatements(pool: Pool): void {
  pool.on('connect', traceClient);
}

type Query = (...args: unknown[]) => unknown;

function traceClient(client: PoolClient): void {
  const query = client.query.bind(client) as Query;
  client.query = ((...args: unknown[]) => {
    const parent = context.active();
    if (trace.getSpan(parent)?.isRecording() !== true || parent.getValue(QUIET) === true) return query(...args);
    const text = textOf(args[0]);
    const verb = statementVerb(text);
    const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': verb, 'db.query.text': statementText(text) };
    const span = tracer.startSpan(verb, { kind: SpanKind.CLIENT, attributes }, parent);
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (error: unknown, ...rest: unknown[]) => {
        end(span, error);
        context.with(parent, callback as Query, undefined, error, ...rest);
      };
      return query(...args);
    }
    return whenDone(query(...args), span);
  }) as typeof client.query;
}

/** Statements come as a text, as `{ text }`, or as an object that submits itself (COPY). */
function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const { text } = (statement ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : '';
}

function whenDone(result: unknown, span: Span): unknown {
  if (result instanceof EventEmitter) {
    result.once('error', (error) => end(span, error));
    result.once('close', () => end(span));
    return result;
  }
  if (!(result instanceof Promise)) {
    end(span);
    return result;
  }
  return result.then(
    (value: unknown) => {
      end(span);
      return value;
    },
    (error: unknown) => {
      end(span, error);
      throw error;
    },
  );
}

/** Ends a span once. Of an error its SQLSTATE is told: its message may quote values. */
function end(span: Span, error?: unknown): void {
  if (!span.isRecording()) return;
  if (error != null) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    if (error instanceof DatabaseError && error.code !== undefined) span.setAttribute('db.response.status_code', error.code);
  }
  span.end();
}
