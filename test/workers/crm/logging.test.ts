import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { temporalLogger } from '../../../workers/crm/logging.ts';

/** The line that the SDK's logger writes for one of its own. */
function lineOf(meta: Record<string, unknown>): Record<string, unknown> {
  const lines: string[] = [];
  temporalLogger(pino({ base: null }, { write: (line: string) => void lines.push(line) })).warn('Activity failed', meta);
  return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
}

describe('a line of the Temporal SDK', () => {
  it.each([
    ['of a workflow', { workflowId: 'forward/a/b/c/1', runId: 'r-1' }],
    ['of an activity', { workflowId: 'forward/a/b/c/1', workflowRunId: 'r-1', activityType: 'pumpWindows', attempt: 2 }],
  ])('%s names the run as every other line does', (_what, meta) => {
    expect(lineOf(meta)).toMatchObject({ runId: 'forward/a/b/c/1/r-1', msg: 'Activity failed' });
  });

  it('names no run where none is told, and nothing else that the SDK knows', () => {
    expect(lineOf({ workflowId: 'forward/a/b/c/1', error: new Error('content'), input: 'content' })).toEqual({
      level: 40,
      time: expect.any(Number) as number,
      msg: 'Activity failed',
    });
  });
});
