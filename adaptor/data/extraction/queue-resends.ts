import { CHANGE_CHANNEL } from '../capture/capture-function.ts';
import { type CollectionPlan, logKeyColumns } from '../plan.ts';
import type { Queryable } from '../pool.ts';
import { ident } from '../quoting.ts';
import { tableSql, tenantCondition } from './collection-sql.ts';

/** Which records go again, and what of them. */
export interface Resend {
  /** The captured table's number. */
  readonly source: number;
  /** Condition on the table's columns, as SQL. */
  readonly condition: string;
  /** `old` of their log rows, as SQL: an object whose keys are the columns that go; `NULL` where all do. */
  readonly old: string;
}

/** Queues records to be sent again over this link (`R` rows of the change log), and tells the pump. Gives their number. */
export async function queueResends(client: Queryable, plan: CollectionPlan, { source, condition, old }: Resend): Promise<number> {
  const key = logKeyColumns(plan).map((column) => `${ident(column)}::text`);
  const { rowCount } = await client.query(
    `INSERT INTO tidegate.change_log (source, key, op, old, origin)
     SELECT $1, ARRAY[${key.join(', ')}], 'R', ${old}, $2 FROM ${tableSql(plan)} WHERE ${[...tenantCondition(plan), condition].join(' AND ')}`,
    [source, plan.linkName],
  );
  await client.query('SELECT pg_notify($1, $2)', [CHANGE_CHANNEL, String(source)]);
  return rowCount ?? 0;
}
