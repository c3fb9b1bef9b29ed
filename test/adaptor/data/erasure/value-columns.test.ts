import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { controlRow, controlRows } from '../../../../adaptor/data/control-rows.ts';
import { createPool } from '../../../../adaptor/data/pool.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../../../support/migrated-database.ts';
import { KEY_COLUMNS, PLAIN_COLUMNS, VALUE_COLUMNS, columnNames } from '../../../support/value-columns.ts';

let store: MigratedDatabase<'crm'>;
let admin: Pool;

beforeAll(async () => {
  store = await createMigratedDatabase('crm');
  admin = createPool(store.adminUrl, { applicationName: 'test', maxConnections: 1 });
});
afterAll(async () => {
  await admin.end();
  await store[Symbol.asyncDispose]();
});

/** Columns that could hold a value of a record: what is neither a number, a time, a yes or no, an id, nor a transaction's. */
const UNKNOWING = ['bigint', 'integer', 'boolean', 'uuid', 'timestamp with time zone', 'pg_snapshot', 'xid8'];

const read = async (): Promise<readonly string[]> =>
  (
    await controlRows<{ name: string }>(
      admin,
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'tidegate' AND table_name NOT LIKE '\\_prisma%' AND NOT (CASE data_type WHEN 'USER-DEFINED' THEN udt_name ELSE data_type END = ANY ($1))`,
      [UNKNOWING],
    )
  ).map(({ name }) => name);

describe('every column of the control plane that could hold a value', () => {
  it('is known for what it holds, so that none is forgotten by erasure and retention', async () => {
    const known = columnNames(VALUE_COLUMNS, KEY_COLUMNS, PLAIN_COLUMNS);
    expect((await read()).toSorted()).toEqual(known);
    expect(new Set(known).size).toBe(known.length);
  });

  it('is missed where a table is new: the list is the database’s own', async () => {
    await admin.query('CREATE TABLE tidegate.newcomer (id int, rows jsonb, words varchar(10), parts text[], raw bytea, day date)');
    const known = new Set(columnNames(VALUE_COLUMNS, KEY_COLUMNS, PLAIN_COLUMNS));
    expect((await read()).filter((name) => !known.has(name)).toSorted()).toEqual(['day', 'parts', 'raw', 'rows', 'words'].map((name) => `newcomer.${name}`));
    await admin.query('DROP TABLE tidegate.newcomer');
  });

  it('that holds values can be emptied or its row deleted by the worker, which erases', async () => {
    for (const [table, columns] of Object.entries(VALUE_COLUMNS)) {
      // Values of the ledger go by one function alone, which leaves its trace.
      if (table === 'ledger_entry') continue;
      for (const column of columns) {
        const sql = `SELECT has_table_privilege('tidegate_consumer', $1, 'DELETE') OR has_column_privilege('tidegate_consumer', $1, $2, 'UPDATE') AS may`;
        expect([table, column, await controlRow(admin, sql, [`tidegate.${table}`, column])]).toEqual([table, column, { may: true }]);
      }
    }
  });
});
