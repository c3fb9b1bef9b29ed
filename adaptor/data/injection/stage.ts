import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { DatabaseError, type PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { sealedFields } from '../../../exchange/collection.ts';
import { ALL_FIELDS, type RowForm, WIRE_LIST_SEPARATOR, wireColumns } from '../../../exchange/wire-row.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import type { CollectionPlan } from '../plan.ts';
import { runPrepared } from '../prepared.ts';
import { ident, literal } from '../quoting.ts';

/*
 * Rows arrive in a temporary table of text columns: COPY is refused under row level security, and no value is cast before
 * it can be set aside alone. Columns named `$...` are the injector's own; no field can have such a name.
 *
 *   $n        place in the window, from 1                 $held    fields that are not taken, though changed
 *   $op $changed $base $actor   as on the wire            $kept    the record is left as it is
 *   $changes  names in $changed; null where all           $local   linked identity: the key in this store
 *   $bases    ordinals in $base                           $again   was waiting in quarantine, tried again with this row
 *   $round    pass in which the row is applied            $code $field $detail   why it is set aside
 *   $sealed   at the CRM: sealed fields as they came; their own columns hold what they were opened to (sealing/open-rows.ts)
 */

/** Verdicts on single fields or records of a window, one table for all shapes. */
export const VERDICTS = 'pg_temp."tidegate_verdict"';

/** Where the locked records of a window lie: place in the window, row of the table (see locatedReceiver). One table for all shapes. */
export const LOCATED = 'pg_temp."tidegate_located"';

/** Sessions and the temporary tables they already have. */
const prepared = new WeakMap<PoolClient, Set<string>>();

/** Windows of more rows than this are analysed before they are merged: else the planner hashes the whole table. */
export const LARGE_WINDOW_ROWS = 1_000;

/** The staging table of a collection's shape, as SQL. */
export function stageTable(plan: CollectionPlan): string {
  const shape = createHash('sha256').update(wireColumns(plan.definition).join('|')).digest('hex').slice(0, 20);
  return `pg_temp."tidegate_stage_${shape}"`;
}

/** Makes temporary tables where this session does not have them yet. Outside of a transaction: a rollback would take them away. */
export async function makeOnce(client: PoolClient, table: string, statements: readonly string[]): Promise<void> {
  let tables = prepared.get(client);
  if (tables === undefined) prepared.set(client, (tables = new Set()));
  if (tables.has(table)) return;
  await client.query(['set client_min_messages = warning', ...statements, 'reset client_min_messages'].join(';\n'));
  tables.add(table);
}

/** Makes the temporary tables that every window may need. */
export async function prepareStage(client: PoolClient, plan: CollectionPlan): Promise<void> {
  const stage = stageTable(plan);
  // The planner needs little more than the number of rows: a small sample of a window is enough.
  const sampled = analysedColumns(plan).map((column) => `alter column ${column} set statistics ${SAMPLE_STATISTICS}`);
  await makeOnce(client, stage, [
    `create temp table if not exists ${unqualified(stage)} (
      "$n" bigint generated always as identity,
      ${asText(wireStaging(plan))},
      "$changes" text[] generated always as (string_to_array(nullif("$changed", ${literal(ALL_FIELDS)}), ${literal(WIRE_LIST_SEPARATOR)})) stored,
      "$bases" bigint[] generated always as (string_to_array("$base", ${literal(WIRE_LIST_SEPARATOR)})::bigint[]) stored,
      "$round" int not null default 1, "$held" text[], "$kept" boolean not null default false, "$local" text[], "$again" boolean not null default false,
      "$sealed" jsonb, "$code" text, "$field" text, "$detail" text
    ) on commit delete rows`,
    `create temp table if not exists tidegate_verdict (n bigint not null, field text, kind text not null, crm text, cloud text) on commit delete rows`,
    `create temp table if not exists tidegate_located (n bigint not null, tid tid not null) on commit delete rows`,
    `alter table ${stage} ${sampled.join(', ')}`,
  ]);
}

/** The name of a temporary table as CREATE takes it. */
export const unqualified = (table: string): string => table.replace('pg_temp.', '');

/** The staging columns of the columns of the wire, in their order. */
export function wireStaging({ definition }: CollectionPlan): readonly string[] {
  return ['"$op"', '"$changed"', '"$base"', '"$actor"', ...definition.fields.map(({ name }) => ident(name))];
}

/** Columns of a staging table: all that comes is text. */
export const asText = (columns: readonly string[]): string => columns.map((name) => `${name} text`).join(', ');

/** The named columns of the wire, and the staging columns they go to. */
export function copyColumns(plan: CollectionPlan): string {
  const opened = hasOpenedRows(plan) ? ['"$sealed"', '"$code"', '"$field"', '"$detail"'] : [];
  return [...wireStaging(plan), ...opened].join(', ');
}

/** Whether rows come through `openRows`: into the CRM, of a collection with sealed fields. They may be marked already. */
export function hasOpenedRows({ side, definition }: Pick<CollectionPlan, 'side' | 'definition'>): boolean {
  return side === 'crm' && sealedFields(definition).length > 0;
}

/**
 * Copies the rows of a window into the staging table (or another one with the columns of the wire), as they come: back-pressure
 * reaches the sender, and memory stays bounded. Throws `batch-refused` where they are not of their form, or have other columns.
 */
export async function stageRows(
  client: PoolClient,
  plan: CollectionPlan,
  rows: AsyncIterable<Uint8Array>,
  { form = 'csv', table = stageTable(plan) }: { readonly form?: RowForm | undefined; readonly table?: string | undefined } = {},
): Promise<void> {
  const copy = client.query(copyFrom(`copy ${table} (${copyColumns(plan)}) from stdin (format ${form})`));
  await pipeline(rows, copy).catch(refuseRows);
}

/** Puts rows that were read already into the staging table: a value of each for every column of the wire. Throws as `stageRows`. */
export async function stageValues(client: PoolClient, plan: CollectionPlan, records: readonly (readonly (string | null)[])[]): Promise<void> {
  const columns = wireColumns(plan.definition);
  const values = columns.map((_, i) => records.map((record) => record[i] ?? null));
  const arrays = columns.map((_, i) => `$${i + 1}::text[]`);
  await runPrepared(client, `insert into ${stageTable(plan)} (${copyColumns(plan)}) select * from unnest(${arrays.join(', ')})`, values).catch(refuseRows);
}

/** Class 22: bytes that are not of their form, no UTF-8, or of other columns; 54000: longer than any value can be. The message would quote them. */
function refuseRows(error: unknown): never {
  if (error instanceof DatabaseError && (error.code?.startsWith('22') === true || error.code === '54000'))
    throw new TidegateError('batch-refused', 'Its rows cannot be read.', { sqlState: error.code });
  throw error;
}

/** Reads rows to their end without keeping them: a repeated window is proved like any other. */
export async function drainRows(rows: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of rows);
}

/** Rows that ANALYZE looks at, in 300. */
const SAMPLE_STATISTICS = 10;

/** Only what statements join and select by: a sample of every wide column costs more than the merge. */
function analysedColumns(plan: CollectionPlan): readonly string[] {
  return ['"$n"', '"$op"', '"$round"', '"$code"', '"$kept"', ...plan.definition.key.map((name) => ident(name))];
}

/** Staging tables, by session, that were last analysed when a large window was in them. */
const analysedLarge = new WeakMap<PoolClient, Set<string>>();

/**
 * Tells the planner of a large window, and of the next small one after it. Small windows are otherwise not analysed: their
 * plans are kept.
 */
export async function analyseStage(client: PoolClient, plan: CollectionPlan, rows: number): Promise<void> {
  const large = rows > LARGE_WINDOW_ROWS;
  const stage = stageTable(plan);
  const known = analysedLarge.get(client) ?? new Set();
  if (!large && !known.has(stage)) return;
  await client.query(`analyze ${stage} (${analysedColumns(plan).join(', ')})`);
  if (large) analysedLarge.set(client, known.add(stage));
  else known.delete(stage);
}
