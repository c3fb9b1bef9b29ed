import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  approvalRunId,
  erasureRunId,
  forwardChainId,
  forwardScheduleId,
  planRunId,
  pruneScheduleId,
  reconcileRunId,
  reconcileScheduleId,
  releaseRunId,
  reverseScheduleId,
  runUrl,
  workflowIdOfRun,
} from '../../scheduler/ids.ts';
import { SEARCH_ATTRIBUTES, SEARCH_ATTRIBUTE_TYPES } from '../../scheduler/search-attributes.ts';
import { ATTRIBUTES } from '../../workflows/search-attributes.ts';

describe('ids', () => {
  it('stay readable, and lead to the Temporal UI', () => {
    const id = forwardChainId('acme/test/hub', 7);
    expect(id).toBe('forward/acme/test/hub/7');
    expect(workflowIdOfRun(`${id}/0190-run`)).toBe(id);
    expect(runUrl('http://127.0.0.1:8080/', 'tidegate', id, 'run')).toBe(
      'http://127.0.0.1:8080/namespaces/tidegate/workflows/forward%2Facme%2Ftest%2Fhub%2F7/run/history',
    );
    expect(runUrl('http://127.0.0.1:8080', 'tidegate', id)).toBe('http://127.0.0.1:8080/namespaces/tidegate/workflows/forward%2Facme%2Ftest%2Fhub%2F7');
  });

  it('of two kinds of runs are never the same, whatever the link is called: one would be taken for the other', () => {
    const name = fc.constantFrom('a', 'forward', 'reverse', 'erase', 'approval', 'reconcile', 'plan', 'release', 'prune');
    const link = fc.tuple(name, name, name).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(link, fc.nat(), (of, number) => {
        const ids = [
          forwardScheduleId(of),
          reverseScheduleId(of),
          reconcileScheduleId(of),
          pruneScheduleId(of),
          forwardChainId(of, number),
          erasureRunId(of, number),
          approvalRunId(of, number),
          releaseRunId(of),
          planRunId(of),
          reconcileRunId(of, String(number)),
        ];
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set([forwardChainId(of, number), forwardChainId(of, number + 1)]).size).toBe(2);
      }),
    );
  });

  it('in an address are encoded: a name cannot lead elsewhere', () => {
    expect(runUrl('https://ui.example', 'a/b', '../x?y#z')).toBe('https://ui.example/namespaces/a%2Fb/workflows/..%2Fx%3Fy%23z');
  });
});

describe('search attributes', () => {
  it('are registered as the workflows set them', () => {
    expect(SEARCH_ATTRIBUTES).toEqual(ATTRIBUTES);
    expect(SEARCH_ATTRIBUTE_TYPES).toEqual({
      TidegateLink: 'Keyword',
      TidegateDirection: 'Keyword',
      TidegateCollection: 'KeywordList',
      TidegateTrigger: 'Keyword',
      TidegateOutcome: 'Keyword',
      TidegateMessageId: 'Keyword',
      TidegateRecords: 'Int',
      TidegateDifferences: 'Int',
    });
  });
});
