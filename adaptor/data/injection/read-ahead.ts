import { isUtf8 } from 'node:buffer';
import { csvRecords, decodeValue } from '../csv-records.ts';

/** Windows of up to so many bytes are taken as a whole. */
const SMALL_WINDOW_BYTES = 64 * 1024;

/** Rows that came so far: all of them (`whole`), or the beginning of a stream that goes on. */
export interface RowsAhead {
  readonly whole: Buffer | undefined;
  /** The whole stream from its beginning, to be read once. */
  readonly rows: AsyncIterable<Uint8Array>;
}

/** Reads rows until they end, or are more than a small window has. */
export async function readAhead(rows: AsyncIterable<Uint8Array>): Promise<RowsAhead> {
  const pieces: Uint8Array[] = [];
  const rest = rows[Symbol.asyncIterator]();
  let bytes = 0;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) {
      const whole = Buffer.concat(pieces);
      return { whole, rows: piecesOf(pieces) };
    }
    // The source may use its memory again for what follows.
    pieces.push(Uint8Array.from(next.value));
    bytes += next.value.length;
    if (bytes > SMALL_WINDOW_BYTES) return { whole: undefined, rows: piecesOf(pieces, rest) };
  }
}

async function* piecesOf(pieces: Iterable<Uint8Array>, rest?: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (rest !== undefined) yield* { [Symbol.asyncIterator]: () => rest };
}

const QUOTE = 0x22;

/**
 * The values of wire CSV (exchange/wire-row.ts), each a text or null; undefined where PostgreSQL has to say what it is: bytes that are no
 * UTF-8, another number of columns, quotes within a value or a last line without an end.
 */
export async function valuesOf(bytes: Buffer, columns: number): Promise<readonly (readonly (string | null)[])[] | undefined> {
  if (!isUtf8(bytes) || bytes.includes(0) || bytes.includes('\r') || (bytes.length > 0 && bytes.at(-1) !== 0x0a)) return undefined;
  const values: (string | null)[][] = [];
  try {
    for await (const records of csvRecords([bytes])) {
      for (const record of records) {
        if (record.length !== columns || !record.every(isPlain)) return undefined;
        values.push(record.map(decodeValue));
      }
    }
  } catch {
    // A quote that has no end.
    return undefined;
  }
  return values;
}

/** Whether a raw value is quoted as a whole, every quote in it twice, or not at all. */
function isPlain(raw: Buffer): boolean {
  if (raw[0] !== QUOTE) return !raw.includes(QUOTE);
  if (raw.length < 2 || raw.at(-1) !== QUOTE) return false;
  return !raw.subarray(1, -1).toString('latin1').replaceAll('""', '').includes('"');
}
