import { type QueryConfig, types } from 'pg';
import type { Queryable } from './pool.ts';
import { prepared } from './prepared.ts';

const OID_INT8 = 20;

/** Parsers for control rows: 64-bit integers as numbers (ordinals and epochs stay far below 2^53), times as Date, JSON parsed. */
const CONTROL_TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === OID_INT8) return Number;
    return types.getTypeParser(oid, format ?? 'text');
  },
} as unknown as NonNullable<QueryConfig['types']>;

/** Reads rows of the control plane with their values parsed. Never for records: JavaScript would damage them. */
export async function controlRows<T>(client: Queryable, text: string, values: unknown[] = []): Promise<T[]> {
  return run<T>(client, { text, values });
}

/** The first row, where there is one. */
export async function controlRow<T>(client: Queryable, text: string, values: unknown[] = []): Promise<T | undefined> {
  const [row] = await controlRows<T>(client, text, values);
  return row;
}

/** As controlRows, by a prepared statement: for what runs with every window. */
export async function preparedRows<T>(client: Queryable, text: string, values: readonly unknown[]): Promise<T[]> {
  return run<T>(client, prepared(text, values));
}

/** The first row, where there is one, by a prepared statement. */
export async function preparedRow<T>(client: Queryable, text: string, values: readonly unknown[]): Promise<T | undefined> {
  const [row] = await preparedRows<T>(client, text, values);
  return row;
}

async function run<T>(client: Queryable, config: QueryConfig): Promise<T[]> {
  const query = client.query.bind(client) as unknown as (config: QueryConfig) => Promise<{ rows: T[] }>;
  const { rows } = await query({ ...config, types: CONTROL_TYPES });
  return rows;
}
