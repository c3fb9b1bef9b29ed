import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { TidegateError } from '../../../exchange/errors.ts';
import { type Reconciliation, readRequested } from './reconciliations.ts';

const POLL_MS = 200;

/** Waits until comparisons that were asked for together are finished. Throws `run-failed` after `timeoutMs`. */
export async function waitForReconciliation(pool: Pool, link: string, requestId: string, timeoutMs: number): Promise<readonly Reconciliation[]> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const rows = await readRequested(pool, link, requestId);
    if (rows.every(({ state }) => state === 'completed' || state === 'failed')) return rows;
    if (performance.now() > until)
      throw new TidegateError('run-failed', `The comparison is not done after ${Math.round(timeoutMs / 1000)} s; it goes on.`, { requestId });
    await sleep(POLL_MS);
  }
}
