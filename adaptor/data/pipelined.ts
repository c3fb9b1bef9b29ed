import type { Pool, PoolClient } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';
import { type TransactionOptions, onConnection } from './pool.ts';

/**
 * Runs a body whose statements are sent one behind the other, without waiting for the answers before: one round trip for all that
 * the body does not await (the driver's pipeline mode). PostgreSQL runs them in their order, each as if it had come alone: after one
 * that fails in a transaction the others are refused, and a COMMIT rolls back. No COPY and no cursor can run meanwhile. The body must
 * come back only when all its statements have been answered (see `allInOrder`).
 */
export async function pipelined<T>(client: PoolClient, body: () => Promise<T>): Promise<T> {
  // The driver looks at it with every statement; its types know it as an option of the connection only.
  const session = client as { pipeline: boolean };
  const before = session.pipeline;
  session.pipeline = true;
  try {
    return await body();
  } finally {
    session.pipeline = before;
  }
}

/**
 * Results of what was begun together, when all of it is over; nothing is under way any more when it throws. Throws the first error
 * in the order given: in a pipeline the others only follow from it.
 */
export async function allInOrder<const T extends readonly unknown[]>(begun: T): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  const settled = await Promise.allSettled(begun);
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return settled.map((each) => (each.status === 'fulfilled' ? each.value : undefined)) as { -readonly [I in keyof T]: Awaited<T[I]> };
}

/** What a pipelined transaction's body comes back with: `last` was sent and need not be answered yet; the COMMIT goes behind it. */
export interface Ending<T> {
  readonly result: T;
  readonly last?: Promise<unknown>;
}

/**
 * As inTransaction, for a body that uses no COPY: its first statements go with the BEGIN, its last ones with the COMMIT, each in one
 * round trip. What fails last rolls everything back, whatever was sent behind it.
 */
export async function inPipelinedTransaction<T>(
  pool: Pool,
  body: (client: PoolClient) => Promise<Ending<T>>,
  { begin = 'BEGIN', prepare }: TransactionOptions = {},
): Promise<T> {
  return onConnection(pool, async (client) => {
    await prepare?.(client);
    return pipelined(client, async () => {
      const begun = client.query(begin);
      // Where it fails, so does all that is sent behind it.
      begun.catch(() => undefined);
      const { result, last } = await body(client);
      const [, { command }] = await allInOrder([last, client.query('COMMIT')]);
      if (command !== 'COMMIT') throw new TidegateError('database-unavailable', 'The transaction was not committed.');
      return result;
    });
  });
}
