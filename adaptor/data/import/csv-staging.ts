import { createReadStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import type { PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { TidegateError } from '../../../exchange/errors.ts';
import { translateDatabaseError } from '../database-error.ts';

/** Name of the temporary table that holds a file's entries as text: `line` and one column for each of the file's headers. */
export const IMPORT_STAGING = 'pg_temp.tidegate_import';

/** Value of COPY's text format (PostgreSQL manual, COPY, Text Format); an empty CSV value is NULL. */
export function copyText(value: string): string {
  if (value === '') return '\\N';
  return value.replaceAll(/[\\\n\r\t]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c] ?? c);
}

/** Greatest size of an entry, in characters: what has no line feeds is no CSV, and must not fill the memory. */
const MAX_ENTRY = 16 * 1024 * 1024;

/** Text of a file, piece by piece. Throws `encoding-unknown` where it is not UTF-8: no character is put in the place of what is none. */
async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of createReadStream(file)) yield decode(() => decoder.decode(piece as Buffer, { stream: true }));
  yield decode(() => decoder.decode());
}

function decode(decoding: () => string): string {
  try {
    return decoding();
  } catch (cause) {
    throw new TidegateError('encoding-unknown', 'Save the file as UTF-8 (CSV UTF-8, as spreadsheets call it).', {}, { cause });
  }
}

/** First line of a CSV file as names. */
async function readHeader(file: string): Promise<readonly string[]> {
  const text = Readable.from(textOf(file));
  const parser = parse({ toLine: 1, maxRecordSize: MAX_ENTRY });
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  try {
    for await (const row of parser) return (row as string[]).map((name) => name.trim());
  } catch (cause) {
    throw csvFault(cause);
  } finally {
    text.destroy();
  }
  throw new TidegateError('import-failed', 'The file is empty.');
}

/** What keeps a file out: a fault of the catalogue, a store or a file that does not answer, or a line that is no CSV. */
function csvFault(cause: unknown): unknown {
  const known = translateDatabaseError(cause);
  if (known instanceof TidegateError && known.code !== 'database-refused') return known;
  const { syscall, lines, code } = cause as Partial<CsvError> & { syscall?: string };
  if (syscall !== undefined) return cause;
  if (code === 'CSV_MAX_RECORD_SIZE') return new TidegateError('too-large', `The entry at line ${lines} is longer than 16 MiB: this is no CSV.`, {}, { cause });
  return new TidegateError('import-failed', typeof lines === 'number' ? `Line ${lines} is not CSV.` : undefined, {}, { cause });
}

/** What a file holds: names of its columns, number of entries, lines of entries that have too few or too many values. */
export interface StagedCsv {
  readonly headers: readonly string[];
  readonly entries: number;
  readonly malformedLines: readonly number[];
}

/**
 * Copies a CSV file (RFC 4180, UTF-8, first line names) into IMPORT_STAGING of the client's session, in constant memory.
 * `line` is the line at which an entry ends. Throws `import-failed` with the line where the file cannot be read as CSV, `encoding-unknown`, `too-large`,
 * `database-unavailable`, and what `node:fs` throws.
 */
export async function stageCsv(client: PoolClient, file: string, onProgress?: (entries: number) => void): Promise<StagedCsv> {
  const headers = await readHeader(file);
  const columns = headers.map((h) => `${escapeIdentifier(h)} text`);
  if (new Set(headers).size !== headers.length) throw new TidegateError('import-failed', 'Two columns of the file have the same name.');
  await client.query(`drop table if exists ${IMPORT_STAGING}`);
  await client.query(`create temporary table tidegate_import (line bigint not null, ${columns.join(', ')})`);
  let entries = 0;
  const malformedLines: number[] = [];
  const toCopyText = new Transform({
    writableObjectMode: true,
    transform(entry: { info: { lines: number }; record: string[] }, _encoding, done) {
      entries += 1;
      if (entries % 10_000 === 0) onProgress?.(entries);
      const malformed = entry.record.length !== headers.length;
      if (malformed) malformedLines.push(entry.info.lines);
      done(null, malformed ? undefined : `${[String(entry.info.lines), ...entry.record.map(copyText)].join('\t')}\n`);
    },
  });
  try {
    await pipeline(
      textOf(file),
      parse({ fromLine: 2, info: true, skipEmptyLines: true, relaxColumnCount: true, maxRecordSize: MAX_ENTRY }),
      toCopyText,
      client.query(copyFrom(`copy ${IMPORT_STAGING} from stdin`)),
    );
  } catch (cause) {
    throw csvFault(cause);
  }
  await client.query(`analyze ${IMPORT_STAGING}`);
  onProgress?.(entries);
  return { headers, entries, malformedLines };
}
