import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import type { PoolClient } from 'pg';
import { escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { TidegateError } from '../../../exchange/errors.ts';

/** Name of the temporary table that holds a file's entries as text: `line` and one column for each of the file's headers. */
export const IMPORT_STAGING = 'pg_temp.tidegate_import';

/** Value of COPY's text format (PostgreSQL manual, COPY, Text Format); an empty CSV value is NULL. */
export function copyText(value: string): string {
  if (value === '') return '\\N';
  return value.replaceAll(/[\\\n\r\t]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c] ?? c);
}

/** First line of a CSV file as names. */
async function readHeader(file: string): Promise<readonly string[]> {
  const parser = createReadStream(file).pipe(parse({ bom: true, toLine: 1 }));
  for await (const row of parser) return (row as string[]).map((name) => name.trim());
  throw new TidegateError('import-failed', 'The file is empty.');
}

/** What a file holds: names of its columns, number of entries, lines of entries that have too few or too many values. */
export interface StagedCsv {
  readonly headers: readonly string[];
  readonly entries: number;
  readonly malformedLines: readonly number[];
}

/**
 * Copies a CSV file (RFC 4180, UTF-8, first line names) into IMPORT_STAGING of the client's session, in constant memory.
 * `line` is the line at which an entry ends. Throws `import-failed` with the line where the file cannot be read as CSV.
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
      createReadStream(file),
      parse({ bom: true, fromLine: 2, info: true, skipEmptyLines: true, relaxColumnCount: true }),
      toCopyText,
      client.query(copyFrom(`copy ${IMPORT_STAGING} from stdin`)),
    );
  } catch (cause) {
    const line = (cause as CsvError).lines;
    throw new TidegateError('import-failed', typeof line === 'number' ? `Line ${line} is not CSV.` : undefined, {}, { cause });
  }
  await client.query(`analyze ${IMPORT_STAGING}`);
  onProgress?.(entries);
  return { headers, entries, malformedLines };
}
