import type { Pool } from 'pg';
import type { Side } from '../../../exchange/names.ts';
import { controlRow } from '../control-rows.ts';
import { inTransaction, type Queryable } from '../pool.ts';
import { DDL_LOCK_TIMEOUT_MS } from './attach.ts';
import { removeAccessStatement } from '../roles/access-rules.ts';
import { captureFunctionName } from './capture-function.ts';
import { collectionRevokes } from './collection-rights.ts';
import { guardFunctionName, parentFunctionName } from './guard-function.ts';

/**
 * The SQL that detaches a table: the triggers go with their functions, then log rows, source row and (at the CRM) rights. A table
 * that was dropped (`isThere`) took its own rights along.
 */
export function detachStatements(side: Side, source: number, table: { readonly schema: string; readonly table: string }, isThere = true): readonly string[] {
  return [
    `DROP FUNCTION IF EXISTS ${captureFunctionName(source)}() CASCADE`,
    ...(side === 'crm'
      ? [
          `DROP FUNCTION IF EXISTS ${guardFunctionName(source)}() CASCADE`,
          `DROP FUNCTION IF EXISTS ${parentFunctionName(source)}(int, text[])`,
          ...collectionRevokes(table, isThere),
          ...(isThere ? [removeAccessStatement(table)] : []),
        ]
      : []),
    `DELETE FROM tidegate.change_log WHERE source = ${source}`,
    `DELETE FROM tidegate.source WHERE id = ${source}`,
  ];
}

/** What detaching a table would do: its SQL; empty where the table is not attached. */
export async function planDetachment(client: Queryable, side: Side, table: { readonly schema: string; readonly table: string }): Promise<readonly string[]> {
  const row = await controlRow<{ id: number; isThere: boolean }>(
    client,
    `SELECT id, to_regclass(format('%I.%I', schema_name, table_name)) IS NOT NULL AS "isThere" FROM tidegate.source WHERE schema_name = $1 AND table_name = $2`,
    [table.schema, table.table],
  );
  return row === undefined ? [] : detachStatements(side, row.id, table, row.isThere);
}

/** Detaches a table in one transaction, with a lock time-out; nothing of Tidegate stays on it. Returns the SQL that was run. */
export async function detachTable(pool: Pool, side: Side, table: { readonly schema: string; readonly table: string }): Promise<readonly string[]> {
  return inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('tidegate attach', 0))`);
    const statements = await planDetachment(client, side, table);
    await client.query(`SET LOCAL lock_timeout = ${DDL_LOCK_TIMEOUT_MS}`);
    for (const statement of statements) await client.query(statement);
    return statements;
  });
}
