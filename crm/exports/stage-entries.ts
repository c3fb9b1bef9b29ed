import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { copyText } from '../../adaptor/data/import/csv-staging.ts';
import { type Entry, type EntryLimits, readEntries } from '../../adaptor/data/import/entries/read-entries.ts';
import { isVcalendar, modernised } from '../../adaptor/data/import/entries/vcalendar.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import { appointmentOf } from './appointment-of.ts';
import { contactOf } from './contact-of.ts';
import type { MappedRecord, Mapping, MappingContext } from './mapped-record.ts';
import { digestOf, originalOf } from './original.ts';
import { taskOf } from './task-of.ts';

/** Name of the temporary table that holds a file's entries as records. */
export const STAGED_ENTRIES = 'pg_temp.tidegate_entries';

/** How a file is read. */
export interface ExportOptions extends EntryLimits {
  /** Label (Encoding Standard) of the character set of lines that declare none. Default UTF-8. */
  readonly charset?: string | undefined;
  /** What zones mean that the file names and nobody knows: TZID -> IANA name. */
  readonly zones?: ReadonlyMap<string, string>;
  readonly onProgress?: (entries: number) => void;
}

/** An entry that did not go in, and why. */
export interface RefusedExportEntry {
  /** Its place among the file's entries, from 1. */
  readonly entry: number;
  /** Line of the file at which it begins. */
  readonly line: number;
  /** VCARD, VEVENT... */
  readonly component: string;
  readonly code: ErrorCode;
  /** Property that is the reason, where one is. */
  readonly property: string | null;
  readonly reason: string;
}

/** What was staged of a file. */
export interface StagedEntries {
  readonly entries: number;
  readonly refused: RefusedExportEntry[];
}

const MAPPINGS: Readonly<Record<string, Mapping>> = { VCARD: contactOf, VEVENT: appointmentOf, VTODO: taskOf };

/**
 * `part` counts occurrences that a series adds beside its rule; the entry itself is part 0. `rank` orders the merge: what stands by
 * itself (0), what changes the rest of a series (1), single occurrences (2).
 */
const CREATE = `create temporary table tidegate_entries (
  entry integer not null, part integer not null, line integer not null, component text not null, kind text not null, uid text not null,
  occurrence text, occurrence_at timestamptz, written_occurrence text, sequence integer not null, modified timestamptz, digest text not null,
  record jsonb not null, original jsonb not null, later jsonb, id uuid, series_id uuid, state text, code text, reason text, property text,
  rank smallint not null generated always as (case when occurrence is not null then 2 when later is not null then 1 else 0 end) stored,
  primary key (entry, part))`;

const COPIED = 'entry, part, line, component, kind, uid, occurrence, occurrence_at, written_occurrence, sequence, modified, digest, record, original, later';

/** Why an entry is refused. What nobody foresaw in one entry must not keep out the others. */
function refusal({ number, line, component }: Entry, error: unknown): RefusedExportEntry {
  const known = error instanceof TidegateError ? error : new TidegateError('import-failed', 'The entry cannot be read.', {}, { cause: error });
  const property = typeof known.facts['property'] === 'string' ? known.facts['property'] : null;
  return { entry: number, line, component: componentName(component.name), code: known.code, property, reason: known.message };
}

/** Names of components are the format's words; what is none is not repeated in a report. */
function componentName(name: string): string {
  return /^[A-Z][A-Z0-9-]{0,30}$/.test(name) ? name : '(unreadable)';
}

function map(entry: Entry, context: MappingContext): MappedRecord {
  const { component, fault } = entry;
  if (fault === 'unfinished') throw new TidegateError('import-failed', 'The entry has no end.');
  if (fault === 'too-large') throw new TidegateError('too-large', 'The entry is larger than 16 MiB.');
  const mapping = MAPPINGS[component.name];
  if (mapping === undefined) throw new TidegateError('entry-unsupported', `It is a ${componentName(component.name)}.`);
  if (component.name !== 'VCARD' && isVcalendar(entry)) return mapping({ ...entry, component: modernised(entry, context.charset) }, context);
  return mapping(entry, context);
}

/** Rows of COPY's text format for an entry: its record, and the occurrences that it adds. */
function* copyRows(entry: Entry, mapped: MappedRecord, context: MappingContext): Generator<string> {
  const digest = digestOf(entry.component);
  const { kind, occurrence, values, added, later, sequence, modified } = mapped;
  // RFC 7986 section 5.3: what has no identity gets one that the same content always gets.
  const uid = mapped.uid ?? `import-${digest}`;
  const row = (part: number, at: { text: string; instant: string | null } | null, record: object, original: object, partDigest: string): string => {
    const texts = [JSON.stringify(record), JSON.stringify(original)];
    if ([uid, ...texts].some((text) => text.includes('\u0000') || text.includes(String.raw`\u0000`)))
      throw new TidegateError('value-invalid', 'It holds a NUL character.');
    const whole = part === 0 && later !== undefined ? JSON.stringify(later) : '';
    const columns = [
      entry.number,
      part,
      entry.line,
      entry.component.name,
      kind,
      uid,
      at?.text ?? '',
      at?.instant ?? '',
      at?.text ?? '',
      sequence,
      modified ?? '',
      partDigest,
      ...texts,
      whole,
    ];
    return `${columns.map((column) => copyText(String(column))).join('\t')}\n`;
  };
  yield row(0, occurrence, values, originalOf(entry, mapped, context), digest);
  for (const [i, { text, values: own }] of added.entries()) {
    yield row(i + 1, { text, instant: null }, own, { format: 'icalendar', derived: true, sequence, modified }, `${digest} ${text}`);
  }
}

/**
 * Reads a file's entries one after another into STAGED_ENTRIES of the client's session, in bounded memory. Throws
 * `encoding-unknown` where the file as a whole cannot be read, and `import-failed` where it holds no card and no calendar.
 */
export async function stageEntries(client: PoolClient, file: string, context: MappingContext, options: ExportOptions = {}): Promise<StagedEntries> {
  await client.query(`drop table if exists ${STAGED_ENTRIES}`);
  await client.query(CREATE);
  const refused: RefusedExportEntry[] = [];
  let entries = 0;
  async function* rows(): AsyncGenerator<string> {
    for await (const entry of readEntries(createReadStream(file), options)) {
      if (entry.component.name === 'VTIMEZONE') continue;
      entries += 1;
      if (entries % 1000 === 0) options.onProgress?.(entries);
      try {
        yield [...copyRows(entry, map(entry, context), context)].join('');
      } catch (error) {
        refused.push(refusal(entry, error));
      }
    }
  }
  await pipeline(Readable.from(rows()), client.query(copyFrom(`copy ${STAGED_ENTRIES} (${COPIED}) from stdin`)));
  await client.query(`analyze ${STAGED_ENTRIES}`);
  options.onProgress?.(entries);
  return { entries, refused };
}
