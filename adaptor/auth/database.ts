import type { ClientBase, Pool, QueryResult } from 'pg';
import { TidegateError } from '../../exchange/errors.ts';

/** Where a statement can be run: a pool (a transaction of its own) or a client (the caller's transaction). */
export type Database = Pool | ClientBase;

/** Row whose values come as text, however the pool reads types. */
export type TextRow = Readonly<Record<string, string | null>>;

/** SQLSTATE classes and codes that say that the server is away, not that it refuses. */
const AWAY = /^(08|57P|53300)/;

/**
 * Runs one prepared statement. Throws `database-unavailable` (retryable) or `database-refused` with the SQLSTATE; the
 * driver's own message may quote values and goes no further than `cause`.
 */
export async function runStatement(database: Database, name: string, text: string, values: readonly unknown[]): Promise<QueryResult<TextRow>> {
  try {
    return await database.query<TextRow>({ name, text, values: [...values] });
  } catch (cause) {
    const code = String((cause as { code?: unknown }).code ?? '');
    // A connection that breaks has an errno (ECONNREFUSED) or no code at all.
    if (AWAY.test(code) || !/^[0-9A-Z]{5}$/.test(code)) throw new TidegateError('database-unavailable', undefined, {}, { cause });
    throw new TidegateError('database-refused', undefined, { sqlState: code }, { cause });
  }
}
