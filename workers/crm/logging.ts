import { DefaultLogger, type Logger } from '@temporalio/worker';
import type pino from 'pino';
import type { OnFailure } from '../../activities/activity-interceptor.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { stackFrames } from '../observation/stack-frames.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** Temporal's own log lines within ours. Its errors may carry messages of ours only: activities throw in the words of the catalogue. */
export function temporalLogger(log: pino.Logger): Logger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { workflowId, runId, workflowRunId, activityType, attempt, taskQueue } = meta ?? {};
    // Lines of workflows and lines of activities name the run in two ways.
    const run: unknown = runId ?? workflowRunId;
    const named = workflowId === undefined || run === undefined ? undefined : `${workflowId}/${String(run)}`;
    log[LEVELS[level]]({ runId: named, activity: activityType, attempt, taskQueue }, message);
  });
}

/** Logs what an activity threw: the code, and for what is not in the catalogue the frames of its stack, without its text. Its ids come with the line. */
export function logFailure(log: pino.Logger): OnFailure {
  return ({ error, failure }) => {
    const code = (failure as { type?: string | null }).type ?? failure.name;
    const facts = error instanceof TidegateError ? error.facts : undefined;
    const frames = error instanceof Error && code === 'unexpected' ? stackFrames(error) : undefined;
    log[code === 'unexpected' ? 'error' : 'warn']({ code, facts, frames }, failure.message);
  };
}
