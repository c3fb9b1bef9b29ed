import { createReadStream } from 'node:fs';
import type { PoolClient } from 'pg';
import { DatabaseError } from 'pg';
import { controlRows } from '../../adaptor/data/control-rows.ts';
import { zonesOf } from '../../adaptor/data/import/entries/zones.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { endSeriesBeforeLaterParts } from './end-series.ts';
import { type MappedKind, TABLES } from './mapped-record.ts';
import {
  DROP_WITHOUT_SERIES,
  FIND_SERIES,
  IDENTIFY,
  IDENTIFY_OVERRIDES,
  IDENTIFY_SERIES,
  JOIN_SERIES,
  REMOVE_DROPPED_OCCURRENCES,
  type Rank,
  STAGED_OVERRIDES,
  WAITING_OVERRIDES,
  add,
  decide,
  update,
} from './merge-sql.ts';
import { type ExportOptions, type RefusedExportEntry, STAGED_ENTRIES, stageEntries } from './stage-entries.ts';
import { tellLaterParts } from './tell-later-parts.ts';

/** What became of a vCard or iCalendar file: entries = added + updated + present + superseded + refused. */
export interface ExportResult {
  readonly entries: number;
  readonly added: number;
  readonly updated: number;
  /** Imported before, unchanged. */
  readonly present: number;
  /** Older than another entry of the same identity, in the file or in the CRM. */
  readonly superseded: number;
  readonly refused: readonly RefusedExportEntry[];
}

interface Chosen {
  readonly kind: MappedKind;
  readonly rank: Rank;
  readonly state: 'add' | 'update';
}

/** Classes of SQLSTATE (PostgreSQL manual, appendix A) that are about the record: data, integrity, a limit of the program. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = { 22: 'value-invalid', 23: 'constraint-violated', 54: 'constraint-violated' };

/** Writes the entries of a range; where a table refuses, halves the range until the refused entries stand alone. */
async function writeRange(client: PoolClient, chosen: Chosen, entries: readonly number[]): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  await client.query('savepoint tidegate_import');
  try {
    const statement = chosen.state === 'add' ? add(chosen.kind) : update(chosen.kind);
    await client.query(statement, [chosen.kind, chosen.rank, chosen.state, first, entries.at(-1)]);
    await client.query('release savepoint tidegate_import');
    return;
  } catch (error) {
    await client.query('rollback to savepoint tidegate_import');
    const code = error instanceof DatabaseError ? REFUSALS[error.code?.slice(0, 2) ?? ''] : undefined;
    if (code === undefined) throw error;
    if (entries.length === 1) return void (await refuse(client, chosen, first, code));
  }
  const middle = entries.length >> 1;
  await writeRange(client, chosen, entries.slice(0, middle));
  await writeRange(client, chosen, entries.slice(middle));
}

async function refuse(client: PoolClient, { kind, rank }: Chosen, entry: number, code: ErrorCode): Promise<void> {
  await client.query(`update ${STAGED_ENTRIES} set state = 'refused', code = $4 where entry = $1 and kind = $2 and rank = $3`, [entry, kind, rank, code]);
}

/** Decides about the entries of a kind and writes them. */
async function merge(client: PoolClient, kind: MappedKind, rank: Rank): Promise<void> {
  await client.query(decide(kind, rank));
  for (const state of ['add', 'update'] as const) {
    const rows = await controlRows<{ entry: number }>(
      client,
      `select distinct entry from ${STAGED_ENTRIES} where kind = $1 and rank = $2 and state = $3 order by entry`,
      [kind, rank, state],
    );
    await writeRange(
      client,
      { kind, rank, state },
      rows.map(({ entry }) => entry),
    );
  }
}

async function isThere(client: PoolClient, question: string): Promise<boolean> {
  const { rowCount } = await client.query(question);
  return rowCount !== 0;
}

/** Merges what is staged: series before their overrides, which are told in the series' zone. */
async function mergeStaged(client: PoolClient): Promise<void> {
  await client.query(IDENTIFY);
  await merge(client, 'contact', 0);
  await merge(client, 'task', 0);
  await merge(client, 'task', 2);
  await client.query(IDENTIFY_SERIES);
  await merge(client, 'appointment', 0);
  if (await tellLaterParts(client)) await merge(client, 'appointment', 1);
  await client.query(DROP_WITHOUT_SERIES);
  // Reading the names of all zones costs more than a small file.
  if (await isThere(client, WAITING_OVERRIDES)) await client.query(JOIN_SERIES);
  if (await isThere(client, STAGED_OVERRIDES)) {
    await client.query(FIND_SERIES);
    await client.query(IDENTIFY_OVERRIDES);
    await merge(client, 'appointment', 2);
  }
  await client.query(REMOVE_DROPPED_OCCURRENCES);
  await endSeriesBeforeLaterParts(client);
}

/** Counts and refusals of what was staged. An entry is refused where any part of it was. */
async function outcome(client: PoolClient, refusedBefore: readonly RefusedExportEntry[]): Promise<Omit<ExportResult, 'entries'>> {
  const [counts] = await controlRows<{ added: number; updated: number; present: number; superseded: number }>(
    client,
    `select count(*) filter (where state = 'add') as added, count(*) filter (where state = 'update') as updated,
            count(*) filter (where state = 'present') as present, count(*) filter (where state = 'superseded') as superseded
       from ${STAGED_ENTRIES} e
      where part = 0 and not exists (select from ${STAGED_ENTRIES} o where o.entry = e.entry and o.state = 'refused')`,
  );
  const rows = await controlRows<RefusedExportEntry>(
    client,
    `select distinct on (entry) entry, line, component, code, property, reason from ${STAGED_ENTRIES} where state = 'refused' order by entry, part`,
  );
  const refused = rows.map((row) => ({ ...row, reason: row.reason ?? new TidegateError(row.code).message }));
  return {
    ...(counts ?? { added: 0, updated: 0, present: 0, superseded: 0 }),
    refused: [...refusedBefore, ...refused].toSorted((a, b) => a.entry - b.entry),
  };
}

/** Throws `import-failed` where the store is not the sample CRM, whose tables the mapping is for. */
async function checkTables(client: PoolClient): Promise<void> {
  const rows = await controlRows<{ name: string }>(client, `select name from unnest($1::text[]) as name where to_regclass(name) is null`, [
    Object.values(TABLES),
  ]);
  if (rows.length > 0) throw new TidegateError('import-failed', `The store has no table ${rows.map(({ name }) => name).join(', ')}.`);
}

/**
 * Imports a vCard or iCalendar file into the sample CRM, in one transaction: contacts, appointments and tasks. Entries that
 * cannot go in are reported, the rest goes in; the same file a second time adds and changes nothing; a changed export updates
 * what it changed. Writes as the owner of the tables, so that capture sees them like any other; `actor` is who did it.
 * Throws `encoding-unknown` or `import-failed` where the file as a whole cannot go in.
 */
export async function importExport(client: PoolClient, file: string, options: ExportOptions & { readonly actor: string }): Promise<ExportResult> {
  // The whole file is read for its zones: not while a transaction stands idle.
  const zones = await zonesOf(createReadStream(file), options.zones ?? new Map());
  await client.query('begin');
  try {
    await client.query(`select set_config('tidegate.actor', $1, true)`, [options.actor]);
    await checkTables(client);
    const { entries, refused } = await stageEntries(client, file, { zones, charset: options.charset }, options);
    // Two imports at a time would both find that an entry is not there yet.
    await client.query(`select pg_advisory_xact_lock(hashtextextended('tidegate import', 0))`);
    await mergeStaged(client);
    const result = { entries, ...(await outcome(client, refused)) };
    await client.query(`drop table ${STAGED_ENTRIES}`);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
