import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { toFailure } from './failure.ts';

/** Called with what an activity threw, before it is put into the words of the catalogue. */
export type OnFailure = (failed: {
  readonly activity: string;
  readonly workflowId: string | undefined;
  readonly attempt: number;
  readonly error: unknown;
  readonly failure: Error;
}) => void;

/** Puts every error of every activity into the words of the catalogue before it reaches a history. */
export class FailureInterceptor implements ActivityInboundCallsInterceptor {
  readonly #context: Context;
  readonly #onFailure: OnFailure;

  constructor(context: Context, onFailure: OnFailure = () => {}) {
    this.#context = context;
    this.#onFailure = onFailure;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      const failure = toFailure(error);
      const { activityType, attempt, workflowExecution } = this.#context.info;
      this.#onFailure({ activity: activityType, workflowId: workflowExecution?.workflowId, attempt, error, failure });
      throw failure;
    }
  }
}
