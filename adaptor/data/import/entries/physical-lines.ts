const LF = 0x0a;
const CR = 0x0d;

/** One line of a file as it stands there. */
export interface PhysicalLine {
  /** Counted from 1. */
  readonly number: number;
  /** Without its end. Empty where the line was too long. */
  readonly bytes: Buffer;
  /** With its end, exactly. Empty where the line was too long. */
  readonly raw: Buffer;
  readonly tooLong: boolean;
}

/**
 * Splits bytes into lines. A line ends with LF, CR LF, CR CR LF (some telephones) or CR alone (old Macintosh). Lines of more
 * than `maxBytes` are told and their content is dropped, so that memory stays bounded whatever the file holds.
 */
export async function* physicalLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<PhysicalLine> {
  let number = 0;
  let pieces: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer): void => {
    length += piece.length;
    if (length > maxBytes) pieces = [];
    else pieces.push(piece);
  };
  const take = function* (): Generator<PhysicalLine> {
    const tooLong = length > maxBytes;
    const whole = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    if (tooLong) yield { number: ++number, bytes: Buffer.alloc(0), raw: Buffer.alloc(0), tooLong };
    else for (const raw of splitAtLoneCr(whole)) yield { number: ++number, bytes: withoutEnd(raw), raw, tooLong };
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, from)) {
      add(bytes.subarray(from, at + 1));
      from = at + 1;
      yield* take();
    }
    // A copy, because what is left of a chunk outlives it.
    if (from < bytes.length) add(Buffer.from(bytes.subarray(from)));
  }
  if (length > 0) yield* take();
}

function withoutEnd(raw: Buffer): Buffer {
  let end = raw.length;
  while (end > 0 && (raw[end - 1] === LF || raw[end - 1] === CR)) end -= 1;
  return raw.subarray(0, end);
}

/** Splits behind each CR that begins no longer line end. */
function* splitAtLoneCr(line: Buffer): Generator<Buffer> {
  let from = 0;
  const content = withoutEnd(line).length;
  for (let at = line.indexOf(CR); at !== -1 && at < content; at = line.indexOf(CR, at + 1)) {
    yield line.subarray(from, at + 1);
    from = at + 1;
  }
  yield line.subarray(from);
}
