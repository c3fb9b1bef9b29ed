import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { TidegateError } from '../exchange/errors.ts';
import { isCancelled, toFailure } from './failure.ts';
import { startBeating } from './heartbeat.ts';

/** Called with what an activity threw, before it is put into the words of the catalogue. */
export type OnFailure = (failed: {
  readonly activity: string;
  readonly workflowId: string | undefined;
  readonly attempt: number;
  readonly error: unknown;
  readonly failure: Error;
}) => void;

/**
 * Around every activity: gives a sign of life while it runs, and puts what it throws into the words of the catalogue before
 * it reaches a history.
 */
export class ActivityInterceptor implements ActivityInboundCallsInterceptor {
  readonly #context: Context;
  readonly #onFailure: OnFailure;

  constructor(context: Context, onFailure: OnFailure = () => {}) {
    this.#context = context;
    this.#onFailure = onFailure;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const stopBeating = startBeating(this.#context);
    try {
      return await next(input);
    } catch (error) {
      const isLeaving = this.#context.cancellationDetails?.workerShutdown === true;
      const failure = isLeaving && isCancelled(error) ? toFailure(new TidegateError('worker-lost', 'It was told to stop.')) : toFailure(error);
      const { activityType, attempt, workflowExecution } = this.#context.info;
      this.#onFailure({ activity: activityType, workflowId: workflowExecution?.workflowId, attempt, error, failure });
      throw failure;
    } finally {
      stopBeating();
    }
  }
}
