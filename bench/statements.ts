import type { Client } from 'pg';
import { controlRows } from '../adaptor/data/control-rows.ts';

/** What a server's statements took, nested ones included (pg_stat_statements). */
interface StatementTime {
  readonly calls: number;
  readonly ms: number;
  readonly query: string;
}

/** Statements of less are not told, in milliseconds. */
const LEAST_MS = 3;

/** Begins to count the time of a server's statements anew. */
export async function resetStatements(server: Client): Promise<void> {
  await server.query('select pg_stat_statements_reset()');
}

/** The statements that took most since then, as lines of text: milliseconds, calls, beginning of the statement. */
export async function topStatements(name: string, server: Client, most = 14): Promise<readonly string[]> {
  const rows = await controlRows<StatementTime>(
    server,
    `select sum(calls)::int8 as calls, sum(total_exec_time + total_plan_time) as ms, left(regexp_replace(query, '\\s+', ' ', 'g'), 110) as query
     from pg_stat_statements where query not like '%pg_stat_statements%' group by 3 having sum(total_exec_time + total_plan_time) > $2 order by 2 desc limit $1`,
    [most, LEAST_MS],
  );
  return rows.map(({ calls, ms, query }) => `    ${name} ${ms.toFixed(0).padStart(6)} ms ${String(calls).padStart(5)} x ${query}`);
}
