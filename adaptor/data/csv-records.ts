import { TidegateError } from '../../exchange/errors.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const LINE_FEED = 0x0a;

/** A record that does not end within so many bytes is no record: what is read of it has to fit into memory. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024;

/** One record: its values as they stand in the stream, quotes included, so that what nobody looks at stays as it is. */
export type RawRecord = Buffer[];

/**
 * Cuts a stream of wire CSV (exchange/wire-row.ts) into records, wherever its pieces end. Throws `batch-refused` for a record
 * that does not end.
 */
export async function* csvRecords(rows: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<readonly RawRecord[]> {
  const splitter = new RecordSplitter();
  for await (const piece of rows) {
    const records = splitter.push(piece);
    if (records.length > 0) yield records;
  }
  if (!splitter.isEmpty) throw new TidegateError('batch-refused', 'Its rows cannot be read.');
}

class RecordSplitter {
  #rest: Buffer = Buffer.alloc(0);
  /** How far the rest was looked at, and how it stands there. */
  #at = 0;
  #fieldStart = 0;
  #quoted = false;
  #record: RawRecord = [];

  get isEmpty(): boolean {
    return this.#rest.length === 0 && this.#record.length === 0;
  }

  push(piece: Uint8Array): RawRecord[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#rest, piece]);
    const records: RawRecord[] = [];
    let recordStart = 0;
    let at = this.#at;
    for (; at < bytes.length; at++) {
      const byte = bytes[at];
      // A quote within a quoted value is written twice: the state is right again behind the second.
      if (byte === QUOTE) this.#quoted = !this.#quoted;
      else if (this.#quoted) continue;
      else if (byte === COMMA) this.#endField(bytes, at);
      else if (byte === LINE_FEED) {
        this.#endField(bytes, at);
        records.push(this.#record);
        this.#record = [];
        recordStart = at + 1;
      }
    }
    this.#keep(bytes, recordStart, at);
    return records;
  }

  #endField(bytes: Buffer, at: number): void {
    this.#record.push(bytes.subarray(this.#fieldStart, at));
    this.#fieldStart = at + 1;
  }

  /** What has no end yet is kept; values of an unfinished record point into bytes that stay. */
  #keep(bytes: Buffer, recordStart: number, at: number): void {
    if (bytes.length - recordStart > MAX_RECORD_BYTES) throw new TidegateError('batch-refused', 'A row is too long.');
    this.#rest = this.#fieldStart === bytes.length ? Buffer.alloc(0) : bytes.subarray(this.#fieldStart);
    this.#at = at - this.#fieldStart;
    this.#fieldStart = 0;
  }
}

/** The text of a raw value; null where it stands for NULL. */
export function decodeValue(raw: Buffer): string | null {
  if (raw.length === 0) return null;
  if (raw[0] !== QUOTE) return raw.toString();
  return raw
    .subarray(1, raw.length - 1)
    .toString()
    .replaceAll('""', '"');
}

/** A text as a raw value: always quoted, so that nothing in it means something else. */
export function encodeValue(text: string | null): Buffer {
  return text === null ? Buffer.alloc(0) : Buffer.from(`"${text.replaceAll('"', '""')}"`);
}

const COMMA_BYTES = Buffer.from(',');
const LINE_FEED_BYTES = Buffer.from('\n');

/** Records as bytes of the stream again. */
export function encodeRecords(records: readonly RawRecord[]): Buffer {
  return Buffer.concat(records.flatMap((record) => record.flatMap((value, i) => [value, i === record.length - 1 ? LINE_FEED_BYTES : COMMA_BYTES])));
}
