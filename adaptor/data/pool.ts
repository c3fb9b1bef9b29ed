import { Pool, type PoolClient, type QueryResult } from 'pg';
import { WIRE_SETTINGS } from '../../exchange/protocol.ts';
import { translateDatabaseError } from './database-error.ts';

/** What runs SQL: a pool, or one of its connections. */
export interface Queryable {
  // oxlint-disable-next-line no-explicit-any
  query(text: string, values?: any[]): Promise<QueryResult>;
}

/** How a pool is made. */
export interface PoolOptions {
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** Greatest number of connections. Each long stream holds two. Default 10. */
  readonly maxConnections?: number;
  /** Gives a new connection up after so long, in milliseconds. Default: the system's own time. */
  readonly connectTimeoutMs?: number;
}

/**
 * An idle connection is kept so long: with it go the statements that its session has planned, and what comes after a silence would wait
 * for all of them.
 */
const KEPT_IDLE_MS = 5 * 60_000;

/** Room for the staged rows of a whole chunk; a session takes as much of it as it stages. With the default they go through files. */
const TEMP_BUFFERS = '32MB';

/**
 * A pool whose sessions turn values into text as the protocol says (WIRE_SETTINGS) and whose results are PostgreSQL's own
 * text: JavaScript interprets no value (rule 6). Control rows are read with `controlRows`, which does parse.
 */
export function createPool(url: string, { applicationName, maxConnections = 10, connectTimeoutMs = 0 }: PoolOptions): Pool {
  const options = Object.entries({ ...WIRE_SETTINGS, temp_buffers: TEMP_BUFFERS })
    .filter(([name]) => name !== 'client_encoding')
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', String.raw`\ `)}`)
    .join(' ');
  const pool = new Pool({
    connectionString: url,
    application_name: applicationName,
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: KEPT_IDLE_MS,
    options,
    types: { getTypeParser: () => (value: unknown) => value },
  });
  // Without listeners, a connection that the server ends would end the process, idle or in use: the next query tells.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** How a transaction begins. */
export interface TransactionOptions {
  /** Statement that begins it. Default `BEGIN`. */
  readonly begin?: string;
  /** What the session needs beforehand, and keeps if the transaction is rolled back. */
  readonly prepare?: (client: PoolClient) => Promise<void>;
}

/**
 * Runs a body in a transaction on a connection of its own: committed if it returns, rolled back if it throws. Errors of the
 * database leave as `database-refused`, `database-unavailable` or what the guard said, without record content.
 */
export async function inTransaction<T>(
  pool: Pool,
  body: (client: PoolClient) => Promise<T>,
  { begin = 'BEGIN', prepare }: TransactionOptions = {},
): Promise<T> {
  return onConnection(pool, async (client) => {
    await prepare?.(client);
    await client.query(begin);
    const result = await body(client);
    await client.query('COMMIT');
    return result;
  });
}

/** Lends a body a connection to begin and commit on: rolled back if it throws, errors as inTransaction. */
export async function onConnection<T>(pool: Pool, body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  let broken = false;
  try {
    return await body(client);
  } catch (error) {
    broken = await rollback(client);
    throw translateDatabaseError(error);
  } finally {
    client.release(broken);
  }
}

/** A connection of a pool. Throws `database-unavailable`. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw translateDatabaseError(error);
  }
}

/** Rolls back; returns true where even that failed, and the connection must not be used again. */
export async function rollback(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return false;
  } catch {
    return true;
  }
}
