import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';

/** How a request ended. */
export interface FinishedRequest {
  readonly state: 'done' | 'failed';
  /** The run or message that served it. */
  readonly servedBy: string | null;
}

const POLL_MS = 200;

/** Waits until a request row is finished. Throws `run-failed` after `timeoutMs`. */
export async function waitForRequest(pool: Pool, requestId: string, timeoutMs: number): Promise<FinishedRequest> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const { rows } = await pool.query<{ state: string; claimed_by: string | null }>('select state, claimed_by from tidegate.sync_request where id = $1', [
      requestId,
    ]);
    const request = rows[0];
    if (request?.state === 'done' || request?.state === 'failed') return { state: request.state, servedBy: request.claimed_by };
    if (performance.now() > until)
      throw new TidegateError('run-failed', `The request is still ${request?.state ?? 'missing'} after ${Math.round(timeoutMs / 1000)} s; it goes on.`, {
        requestId,
      });
    await sleep(POLL_MS);
  }
}
