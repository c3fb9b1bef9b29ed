import type { Pool, PoolClient, QueryResult } from 'pg';
import type { CollectionPlan } from '../plan.ts';
import { type TransactionOptions, inTransaction } from '../pool.ts';
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

/** READ COMMITTED on purpose: what is read after a lock was waited for must be seen. The session has the staging tables. */
export function injectionOptions(plans: readonly CollectionPlan[]): Required<TransactionOptions> {
  return {
    begin: 'begin isolation level read committed',
    prepare: async (client) => {
      for (const plan of plans) await prepareStage(client, plan);
    },
  };
}

/**
 * Runs a body in such a transaction. `prepare`: makes what else the session needs. Errors of the database leave without record
 * content (see translateDatabaseError).
 */
export async function inInjection<T>(
  pool: Pool,
  plans: CollectionPlan | readonly CollectionPlan[],
  body: (client: PoolClient) => Promise<T>,
  prepare?: (client: PoolClient) => Promise<void>,
): Promise<T> {
  const options = injectionOptions([plans].flat());
  const prepareAll = async (client: PoolClient): Promise<void> => {
    await options.prepare(client);
    await prepare?.(client);
  };
  return inTransaction(pool, body, { ...options, prepare: prepareAll });
}
