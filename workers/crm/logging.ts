import { DefaultLogger, type Logger } from '@temporalio/worker';
import type pino from 'pino';
import type { OnFailure } from '../../activities/activity-interceptor.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { stackFrames } from '../observation/stack-frames.ts';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/** Temporal's own log lines within ours. Its errors may carry messages of ours only: activities throw in the words of the catalogue. */
export function temporalLogger(log: pino.Logger): Logger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { workflowId, runId, activityType, attempt, taskQueue } = meta ?? {};
    log[LEVELS[level]]({ runId: workflowId === undefined ? undefined : `${workflowId}/${runId}`, activity: activityType, attempt, taskQueue }, message);
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
