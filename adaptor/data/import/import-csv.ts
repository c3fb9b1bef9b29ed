import type { PoolClient } from 'pg';
import { DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { type ErrorCode, TidegateError } from '../../../exchange/errors.ts';
import { controlRows } from '../control-rows.ts';
import { createTableFor } from './create-table.ts';
import { IMPORT_STAGING, stageCsv } from './csv-staging.ts';

/** Into which table a file goes. */
export interface ImportTarget {
  readonly schema: string;
  readonly table: string;
  /** Columns that form the key: an entry whose key exists already is left as it is. */
  readonly key: readonly string[];
  /** Makes the table from the file where it does not exist. */
  readonly create: boolean;
}

/** An entry that did not go in. */
export interface RefusedEntry {
  readonly line: number;
  readonly code: ErrorCode;
  /** Column that is the reason, where one is. */
  readonly column: string | null;
}

/** What became of a file. */
export interface ImportResult {
  readonly entries: number;
  readonly added: number;
  readonly present: number;
  readonly refused: readonly RefusedEntry[];
  readonly created: boolean;
}

interface TargetColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

/** Columns of the table that the file fills. Throws `import-failed` for headers that the table does not have. */
async function targetColumns(client: PoolClient, target: ImportTarget, headers: readonly string[]): Promise<readonly TargetColumn[]> {
  const rows = await controlRows<TargetColumn>(
    client,
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull and not a.atthasdef as required
       from pg_attribute a
      where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''`,
    [`${escapeIdentifier(target.schema)}.${escapeIdentifier(target.table)}`],
  );
  const unknown = headers.filter((h) => !rows.some((column) => column.name === h));
  if (unknown.length > 0) throw new TidegateError('import-failed', `The table has no column ${unknown.map((u) => `"${u}"`).join(', ')}.`, { columns: unknown });
  return rows.filter((column) => headers.includes(column.name));
}

/** Entries that cannot go in whatever the table holds, each with its first reason. */
async function refuseInvalid(client: PoolClient, columns: readonly TargetColumn[], key: readonly string[]): Promise<RefusedEntry[]> {
  const tests = columns.flatMap(({ name, type, required }) => {
    const column = escapeIdentifier(name);
    const invalid = `when not pg_input_is_valid(${column}, ${escapeLiteral(type)}) then row('value-invalid', ${escapeLiteral(name)})`;
    const code = key.includes(name) ? 'key-invalid' : 'constraint-violated';
    return required || key.includes(name) ? [`when ${column} is null then row('${code}', ${escapeLiteral(name)})`, invalid] : [invalid];
  });
  const { rows } = await client.query<{ line: string; code: ErrorCode; column: string }>(
    `with judged as (
       select line, case ${tests.join('\n                 ')} end as reason from ${IMPORT_STAGING}
     ), gone as (
       delete from ${IMPORT_STAGING} s using judged j where j.line = s.line and j.reason is not null returning s.line, j.reason::text as reason
     )
     select line, (regexp_match(reason, '^\\(([^,]+),'))[1] as code, trim(both '"' from (regexp_match(reason, ',(.*)\\)$'))[1]) as column from gone`,
  );
  return rows.map((r) => ({ line: Number(r.line), code: r.code, column: r.column }));
}

/** Inserts the staged lines of a range; where the table refuses, halves the range until the refused lines stand alone. */
async function insertRange(client: PoolClient, insert: string, lines: readonly number[], refused: RefusedEntry[]): Promise<number> {
  if (lines.length === 0) return 0;
  await client.query('savepoint tidegate_import');
  try {
    const { rowCount } = await client.query(insert, [lines[0], lines.at(-1)]);
    await client.query('release savepoint tidegate_import');
    return rowCount ?? 0;
  } catch (error) {
    await client.query('rollback to savepoint tidegate_import');
    if (!(error instanceof DatabaseError) || !/^(22|23)/.test(error.code ?? '')) throw error;
    if (lines.length === 1) {
      const code = error.code === '23503' ? 'unknown-parent' : error.code === '22001' ? 'value-too-long' : 'constraint-violated';
      refused.push({ line: lines[0] ?? 0, code, column: error.column ?? null });
      return 0;
    }
  }
  const middle = lines.length >> 1;
  return (await insertRange(client, insert, lines.slice(0, middle), refused)) + (await insertRange(client, insert, lines.slice(middle), refused));
}

/**
 * Imports a CSV file into a table, in one transaction: entries whose key exists stay as they are (so a second import adds
 * nothing), entries that the table cannot take are reported by line and reason, the rest goes in. The file's name is
 * recorded as the actor of the change.
 */
export async function importCsv(
  client: PoolClient,
  file: string,
  target: ImportTarget,
  options: { actor: string; onProgress?: (entries: number) => void },
): Promise<ImportResult> {
  await client.query('begin');
  try {
    await client.query(`select set_config('tidegate.actor', $1, true)`, [options.actor]);
    const { headers, entries, malformedLines } = await stageCsv(client, file, options.onProgress);
    const exists = await client.query<{ oid: string | null }>('select to_regclass($1) as oid', [
      `${escapeIdentifier(target.schema)}.${escapeIdentifier(target.table)}`,
    ]);
    const created = target.create && exists.rows[0]?.oid === null;
    if (created) await createTableFor(client, { ...target, headers });
    const columns = await targetColumns(client, target, headers);
    const refused: RefusedEntry[] = malformedLines.map((line) => ({ line, code: 'import-failed', column: null }));
    refused.push(...(await refuseInvalid(client, columns, target.key)));
    const names = columns.map((c) => escapeIdentifier(c.name)).join(', ');
    const insert = `insert into ${escapeIdentifier(target.schema)}.${escapeIdentifier(target.table)} (${names})
      select ${columns.map((c) => `${escapeIdentifier(c.name)}::${c.type}`).join(', ')} from ${IMPORT_STAGING} where line between $1 and $2
      on conflict (${target.key.map((k) => escapeIdentifier(k)).join(', ')}) do nothing`;
    const lines = await client.query<{ line: string }>(`select line from ${IMPORT_STAGING} order by line`);
    const refusedBefore = refused.length;
    const added = await insertRange(
      client,
      insert,
      lines.rows.map((r) => Number(r.line)),
      refused,
    );
    await client.query(`drop table ${IMPORT_STAGING}`);
    await client.query('commit');
    refused.sort((a, b) => a.line - b.line);
    return { entries, added, present: lines.rows.length - added - (refused.length - refusedBefore), refused, created };
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
