import { trace } from '@opentelemetry/api';
import pino from 'pino';
import { currentLogFields } from './log-fields.ts';

/** A process's log: JSON lines on standard output, each with the ids of what is being done, and of its trace where one is recorded. */
export function createLog(name: string, level: string, destination?: pino.DestinationStream): pino.Logger {
  const options = { name, level, mixin: () => ({ ...currentLogFields(), ...traceFields() }) };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function traceFields(): { readonly traceId?: string; readonly spanId?: string } {
  const span = trace.getActiveSpan();
  if (span === undefined || !span.isRecording()) return {};
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}
