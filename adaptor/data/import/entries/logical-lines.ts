import type { PhysicalLine } from './physical-lines.ts';

const SPACE = 0x20;
const TAB = 0x09;
const EQUALS = 0x3d;

/** One content line of an export, unfolded (RFC 5545 section 3.1, RFC 6350 section 3.2). */
export interface LogicalLine {
  /** Number of its first line in the file. */
  readonly number: number;
  readonly bytes: Buffer;
  /** The lines that it was folded into, and blank lines behind it, exactly. */
  readonly raw: readonly Buffer[];
  readonly tooLong: boolean;
}

/** Whether a line is quoted-printable and its last character is a soft line break (RFC 2045 section 6.7). */
function continuesQuotedPrintable(bytes: Buffer): boolean {
  if (bytes.at(-1) !== EQUALS) return false;
  const colon = bytes.indexOf(0x3a);
  return colon !== -1 && /;(ENCODING=)?QUOTED-PRINTABLE\b/i.test(bytes.toString('latin1', 0, colon));
}

/**
 * Unfolds lines on their bytes, so that a fold inside a UTF-8 character mends itself. Soft breaks of quoted-printable
 * (vCard 2.1) are joined too. Blank lines count for nothing, also between a line and its continuation. A content line of
 * more than `maxBytes` is told and its content dropped.
 */
export async function* logicalLines(lines: AsyncIterable<PhysicalLine>, maxBytes: number): AsyncGenerator<LogicalLine> {
  let open: { number: number; parts: Buffer[]; raw: Buffer[]; length: number; tooLong: boolean; soft: boolean } | undefined;
  const finish = (): LogicalLine | undefined => {
    if (open === undefined) return undefined;
    const { number, parts, raw, tooLong } = open;
    return { number, bytes: tooLong ? Buffer.alloc(0) : parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts), raw, tooLong };
  };
  for await (const line of lines) {
    const blank = line.bytes.length === 0 && !line.tooLong;
    const first = line.bytes[0];
    const folded = first === SPACE || first === TAB;
    if (open !== undefined && (blank || folded || open.soft)) {
      const part: Buffer = folded && !open.soft ? line.bytes.subarray(1) : line.bytes;
      if (open.soft) open.parts.push(open.parts.pop()?.subarray(0, -1) ?? Buffer.alloc(0));
      open.length += part.length;
      open.tooLong ||= line.tooLong || open.length > maxBytes;
      if (open.tooLong) {
        open.parts = [];
        open.raw = [];
      } else {
        open.parts.push(part);
        open.raw.push(line.raw);
      }
      open.soft = !blank && open.soft && part.at(-1) === EQUALS;
      continue;
    }
    if (blank) continue;
    const done = finish();
    if (done !== undefined) yield done;
    open = {
      number: line.number,
      parts: [line.bytes],
      raw: [line.raw],
      length: line.bytes.length,
      tooLong: line.tooLong,
      soft: continuesQuotedPrintable(line.bytes),
    };
  }
  const done = finish();
  if (done !== undefined) yield done;
}
