import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { inTransaction } from '../pool.ts';
import { PRUNE_LOCK_TIMEOUT_MS } from './retention.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Runs a step again and again, each time in a transaction of its own, until it says that nothing is left. A lock that does not
 * come in time ends it: the rest is left for the next time. Gives how many rows were taken.
 */
export async function inBatches(pool: Pool, step: (client: PoolClient) => Promise<{ readonly rows: number; readonly more: boolean }>): Promise<number> {
  let rows = 0;
  for (;;) {
    const done = await inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL lock_timeout = ${PRUNE_LOCK_TIMEOUT_MS}`);
      try {
        return await step(client);
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
        await client.query('ROLLBACK AND CHAIN');
        return { rows: 0, more: false };
      }
    });
    rows += done.rows;
    if (!done.more) return rows;
  }
}
