import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { activeCarrier, parentOf } from '../../../observability/tracing/trace-header.ts';
import { recordSpans } from '../../support/spans.ts';

recordSpans();
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('the header that carries a trace through Temporal', () => {
  it('names the parent, and whether its trace is recorded is decided by its id', () => {
    expect(trace.getSpanContext(parentOf({ traceparent }, () => true))).toMatchObject({
      traceId: traceparent.slice(3, 35),
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    });
    expect(trace.getSpanContext(parentOf({ traceparent }, () => false))).toMatchObject({ traceFlags: 0 });
  });

  it.each([undefined, {}, { traceparent: '' }, { traceparent: 'nonsense' }, { traceparent: traceparent.replaceAll(/[1-9a-f]/g, '0') }])(
    'that names none is the root: %j',
    (carrier) => {
      expect(parentOf(carrier, () => true)).toBe(ROOT_CONTEXT);
    },
  );

  it('is made of what is active, and of nothing outside a trace', () => {
    expect(activeCarrier()).toBeUndefined();
    trace.getTracer('test').startActiveSpan('active', (span) => {
      const { traceId, spanId } = span.spanContext();
      expect(activeCarrier()).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
      span.end();
    });
  });
});
