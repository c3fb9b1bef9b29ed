import type { PoolClient } from 'pg';
import { ident, literal } from '../quoting.ts';
import { isRecordFault, mayPassAgain } from './fault-of.ts';
import { anyPendingSql } from './judge-forward.ts';
import { givenFields } from './merge-records.ts';
import { type Receiver, SELECTED } from './receiver.ts';

/** So many rows are looked up to learn whether a window meets records that are there. */
export const PROBED_ROWS = 100;

/** The statements that add the rows of a window which brings new records only. */
export interface InsertStatements {
  /** Whether some record is there already, or an edit of the cloud's users waits to be decided. $1 to $4 as judgeForwardSql's $4 to $7. */
  readonly probe: string;
  /** Whether such an edit has come since. The same parameters. */
  readonly pending: string;
  /** Its parameters are `values`. */
  readonly insert: string;
  readonly values: readonly unknown[];
}

/** Rows that are to be added, as SQL. */
export interface AddedRows {
  /** The first of them, as `s` with the values of their keys as `$k1`, ... */
  readonly first: string;
  /** All of them, as `s`, and the parameters in it. */
  readonly all: string;
  readonly values: readonly unknown[];
}

/** All rows of the first pass of a receiver's stage. */
function stagedRows({ stage, selected }: Receiver): AddedRows {
  return {
    first: selected.replace(SELECTED, `s."$n" <= ${PROBED_ROWS}`),
    all: `${stage} s where ${SELECTED}`,
    values: [1, 1, Number.MAX_SAFE_INTEGER],
  };
}

/**
 * Statements that add new records as one INSERT: no locks, no verdicts and no merge, which take four times as long.
 * Undefined where a row can need any of these: at the CRM, where keys are paired, or where something of the table's owner
 * alters what is written.
 */
export function insertStatements(receiver: Receiver, rows: AddedRows = stagedRows(receiver)): InsertStatements | undefined {
  const { plan, table, match } = receiver;
  if (plan.side !== 'cloud' || receiver.linked || receiver.altersInserts) return undefined;
  const given = givenFields(receiver);
  if (!receiver.key.every((f) => given.includes(f))) return undefined;
  const { tenantColumn } = plan.binding;
  const tenant = tenantColumn === undefined ? [] : [[tenantColumn, literal(plan.link.tenant)] as const];
  const constants = Object.entries(plan.binding.constants).map(([column, value]) => [column, literal(value)] as const);
  const all = [...tenant, ...constants, ...given.map((f) => [f.column.name, f.value] as const)];
  const overriding = given.some((f) => f.column.identityAlways) ? ' overriding system value' : '';
  // Each row is looked up by itself: PostgreSQL knows nothing of a table that was just filled, and a join would read all of it.
  const there = `select from ${rows.first} cross join lateral (select from ${table} t where ${match} limit 1) t`;
  return {
    probe: `select (exists (${there}) or ${anyPendingSql(1)})::text as found`,
    pending: `select ${anyPendingSql(1)}::text as found`,
    insert: `insert into ${table} (${all.map(([column]) => ident(column)).join(', ')})${overriding}
      select ${all.map(([, value]) => value).join(', ')} from ${rows.all}`,
    values: rows.values,
  };
}

/**
 * Tries to add the staged rows as new records. Answers their number; undefined, with nothing written, where one of them is
 * there already, cannot be taken, or may be held back: then all go the usual way. To be called behind a savepoint `records`.
 */
export async function insertNew(client: PoolClient, statements: InsertStatements, judge: readonly unknown[]): Promise<number | undefined> {
  const isFound = async (sql: string): Promise<boolean> => {
    const { rows } = await client.query<{ found: string }>(sql, [...judge]);
    return rows[0]?.found !== 'false';
  };
  try {
    if (await isFound(statements.probe)) return undefined;
    const { rowCount } = await client.query(statements.insert, [...statements.values]);
    // A record that a user deleted meanwhile would come back: the edit is in the log as soon as the record is gone.
    if (!(await isFound(statements.pending))) return rowCount ?? 0;
  } catch (error) {
    if (!isRecordFault(error) && !mayPassAgain(error)) throw error;
  }
  await client.query('rollback to savepoint records');
  return undefined;
}
