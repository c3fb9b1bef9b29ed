import { trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../observability/logging/create-log.ts';
import { noteLogFields, withLogFields } from '../../../observability/logging/log-fields.ts';
import { recordSpans } from '../../support/spans.ts';

recordSpans();

function record(level = 'debug') {
  const lines: Record<string, unknown>[] = [];
  return { lines, log: createLog('test', level, { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }) };
}

describe('a log', () => {
  it('puts the ids of the work on each of its lines, inner ones beside outer ones', async () => {
    const { lines, log } = record();
    await withLogFields({ runId: 'w/r', link: 'l' }, async () => {
      log.info('outer');
      await withLogFields({ ordinal: 1 }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        noteLogFields({ batchId: 'b' });
        log.warn({ code: 'link-stopped' }, 'inner');
      });
      log.info('outer again');
    });
    log.info('outside');
    expect(lines.map(({ msg, runId, link, ordinal, batchId, code }) => ({ msg, runId, link, ordinal, batchId, code }))).toEqual([
      { msg: 'outer', runId: 'w/r', link: 'l' },
      { msg: 'inner', runId: 'w/r', link: 'l', ordinal: 1, batchId: 'b', code: 'link-stopped' },
      { msg: 'outer again', runId: 'w/r', link: 'l' },
      { msg: 'outside' },
    ]);
  });

  it('keeps pieces of work that run beside each other apart', async () => {
    const { lines, log } = record();
    const piece = (batchId: string) =>
      withLogFields({}, async () => {
        noteLogFields({ batchId });
        await new Promise((resolve) => setImmediate(resolve));
        log.info('piece');
      });
    await Promise.all([piece('a'), piece('b')]);
    expect(lines.map(({ batchId }) => batchId)).toEqual(['a', 'b']);
  });

  it('names the trace where one is recorded', () => {
    const { lines, log } = record();
    trace.getTracer('test').startActiveSpan('work', (span) => {
      log.info('inside');
      span.end();
      expect(lines).toMatchObject([{ traceId: span.spanContext().traceId, spanId: span.spanContext().spanId }]);
    });
    log.info('outside');
    expect(lines[1]).not.toHaveProperty('traceId');
  });
});
