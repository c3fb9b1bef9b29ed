import { createHash } from 'node:crypto';
import type { QueryConfig, QueryResult } from 'pg';
import type { Queryable } from './pool.ts';

const names = new Map<string, string>();

/**
 * A statement that each session parses and plans once, under a name made of its text. For what runs with every small window:
 * planning it takes longer than running it. Not for statements whose right plan depends on how much they meet.
 */
export function prepared(text: string, values: readonly unknown[]): QueryConfig {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `tidegate_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`));
  return { name, text, values: [...values] };
}

/** Runs a prepared statement. */
export async function runPrepared(client: Queryable, text: string, values: readonly unknown[]): Promise<QueryResult> {
  const query = client.query.bind(client) as unknown as (config: QueryConfig) => Promise<QueryResult>;
  return query(prepared(text, values));
}
