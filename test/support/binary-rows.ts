/** Head of PostgreSQL's binary COPY: its signature, no flags, no extension (manual, COPY, Binary Format). */
const HEAD = Buffer.from('PGCOPY\n\u00FF\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const END = Buffer.from([0xff, 0xff]);

/** A text, bytes that may be none, or NULL. */
type Value = string | Buffer | null;

/** Rows of text values as PostgreSQL's binary COPY, written by hand. */
export function binaryRows(rows: readonly (readonly Value[])[]): Buffer {
  return Buffer.concat([HEAD, ...rows.map((row) => Buffer.concat([int16(row.length), ...row.map(binaryValue)])), END]);
}

function binaryValue(value: Value): Buffer {
  if (value === null) return int32(-1);
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([int32(bytes.length), bytes]);
}

/** Two bytes, the higher first. */
export const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

/** Four bytes, the highest first. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
