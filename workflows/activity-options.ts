import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/*
 * Time-outs and retries by kind of step. What may be retried at all is said by the error itself (activities/failure.ts):
 * a refusal is never retried, a lost connection, database or worker is, without end.
 */

const retry = { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '30 s' } as const;

/** Every activity beats once a second (activities/heartbeat.ts): a worker that is gone, or frozen with a task in hand, is found out in this time. */
const heartbeatTimeout = '10 s';

/** Short steps on a database or on keys. */
export const shortStep: ActivityOptions = { startToCloseTimeout: '1 minute', heartbeatTimeout, retry };

/** Short steps that ask the other side: patient while it is down. */
export const wireStep: ActivityOptions = { startToCloseTimeout: '3 minutes', heartbeatTimeout, retry };

/** Steps whose length grows with what the run moved. */
export const proofStep: ActivityOptions = { startToCloseTimeout: '30 minutes', heartbeatTimeout, retry };

/**
 * Steps that must not be repeated under the same epoch: their attempt may live on in a frozen worker, and only a new
 * epoch fences that off. The workflow begins a new session instead of a retry.
 */
export const fencedStep: ActivityOptions = { startToCloseTimeout: '10 minutes', heartbeatTimeout, retry: { maximumAttempts: 1 } };

/** Initial loads: as long as they beat. A retry of a chunk happens inside; a lost worker means a new session. */
export const loadStep: ActivityOptions = {
  startToCloseTimeout: '7 days',
  heartbeatTimeout,
  retry: { maximumAttempts: 1 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};

/** The pump: ends by itself after some windows or minutes; when cancelled it finishes the window in hand. */
export const pumpStep: ActivityOptions = { ...loadStep, startToCloseTimeout: '1 day' };

/** One reverse window: asked again it is the same window, so it is retried for as long as its message is valid. */
export const reverseWindowStep: ActivityOptions = { startToCloseTimeout: '1 hour', heartbeatTimeout, retry };

/** Comparing a whole collection: as long as it beats. A collection that is not loaded yet is not waited for. */
export const compareStep: ActivityOptions = {
  startToCloseTimeout: '4 hours',
  heartbeatTimeout,
  retry: { ...retry, nonRetryableErrorTypes: ['load-incomplete'] },
};
/** Working out a plan: somebody waits for it, so a side that is away is not waited for long. */
export const planStep: ActivityOptions = { startToCloseTimeout: '10 minutes', heartbeatTimeout, retry: { ...retry, maximumAttempts: 4 } };

/** Waiting for another run. */
export const waitStep: ActivityOptions = { startToCloseTimeout: '1 day', heartbeatTimeout, retry };
