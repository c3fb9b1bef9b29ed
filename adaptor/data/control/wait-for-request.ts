import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { LeftOut } from './left-out.ts';

/** How a request ended. */
export interface FinishedRequest {
  readonly state: 'done' | 'failed';
  /** The run or message that served it. */
  readonly servedBy: string | null;
  /** Why it failed. */
  readonly code: ErrorCode | null;
  /** Collections that were not served, each with the code that says why. */
  readonly leftOut: LeftOut;
}

const POLL_MS = 200;

const READ = `
  SELECT state, claimed_by AS "servedBy", error_code AS code, coalesce(left_out, '{}') AS "leftOut" FROM tidegate.sync_request WHERE id = $1`;

/** Waits until a request row is finished. Throws `run-failed` after `timeoutMs`. */
export async function waitForRequest(pool: Pool, requestId: string, timeoutMs: number): Promise<FinishedRequest> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const request = await controlRow<{ state: string } & Omit<FinishedRequest, 'state'>>(pool, READ, [requestId]);
    if (request?.state === 'done' || request?.state === 'failed') return { ...request, state: request.state };
    if (performance.now() > until)
      throw new TidegateError('run-failed', `The request is still ${request?.state ?? 'missing'} after ${Math.round(timeoutMs / 1000)} s; it goes on.`, {
        requestId,
      });
    await sleep(POLL_MS);
  }
}
