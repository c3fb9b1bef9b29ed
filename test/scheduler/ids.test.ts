import { describe, expect, it } from 'vitest';
import { forwardChainId, runUrl, workflowIdOfRun } from '../../scheduler/ids.ts';
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
