import type { Pool, PoolClient, QueryResult } from 'pg';
import { translateDatabaseError } from '../database-error.ts';
import type { CollectionPlan } from '../plan.ts';
import { connect, rollback } from '../pool.ts';
import { prepared } from '../prepared.ts';
import { prepareStage } from './stage.ts';

/** A session inside its transaction, and how its statements are run. */
export interface Session {
  readonly client: PoolClient;
  readonly large: boolean;
  /**
   * Runs a generated statement. Small windows use prepared statements with generic plans; large ones are planned for their
   * own size: a plan made for ten rows takes minutes for a hundred thousand, and the other way round reads the whole table.
   */
  run(sql: string, values: readonly unknown[]): Promise<QueryResult>;
}

/** A session for a window of known size. */
export function sessionFor(client: PoolClient, large: boolean): Session {
  return {
    client,
    large,
    run: (sql, values) => (large ? client.query(sql, [...values]) : client.query(prepared(sql, values))),
  };
}

/**
 * Runs a body in a transaction of a session that has the staging tables. READ COMMITTED on purpose: what is read after a lock
 * was waited for must be seen. Errors of the database leave without record content (see translateDatabaseError).
 */
export async function inInjection<T>(pool: Pool, plans: CollectionPlan | readonly CollectionPlan[], body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  let broken = false;
  try {
    for (const plan of [plans].flat()) await prepareStage(client, plan);
    await client.query('begin isolation level read committed');
    const result = await body(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = await rollback(client);
    throw translateDatabaseError(error);
  } finally {
    client.release(broken);
  }
}
