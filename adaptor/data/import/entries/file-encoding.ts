import { TidegateError } from '../../../../exchange/errors.ts';

/** Byte order marks (Unicode 17, section 23.8), longest first, and the encoding that each announces. */
const MARKS: readonly { readonly mark: readonly number[]; readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'utf-32' }[] = [
  { mark: [0xff, 0xfe, 0x00, 0x00], encoding: 'utf-32' },
  { mark: [0x00, 0x00, 0xfe, 0xff], encoding: 'utf-32' },
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

const LONGEST_MARK = 4;

/** What the first bytes of a file say of its encoding: the mark's length, and the encoding ('bytes': nothing is said). */
function recognise(first: Uint8Array): { readonly skip: number; readonly encoding: 'bytes' | 'utf-16le' | 'utf-16be' } {
  const found = MARKS.find(({ mark }) => mark.every((byte, i) => first[i] === byte));
  if (found?.encoding === 'utf-32') throw new TidegateError('encoding-unknown', 'The file is UTF-32, which exports do not use.');
  if (found !== undefined) return { skip: found.mark.length, encoding: found.encoding === 'utf-8' ? 'bytes' : found.encoding };
  // Without a mark: exports begin with an ASCII letter or line end, so a zero byte beside the first one is UTF-16.
  if (first.length >= 2 && first[0] !== 0 && first[1] === 0) return { skip: 0, encoding: 'utf-16le' };
  if (first.length >= 2 && first[0] === 0 && first[1] !== 0) return { skip: 0, encoding: 'utf-16be' };
  return { skip: 0, encoding: 'bytes' };
}

/**
 * The bytes of an export without its byte order mark; UTF-16, with a mark or without, becomes UTF-8. Other encodings pass as
 * they are, because each line may declare its own. Throws `encoding-unknown` for UTF-32 and for broken UTF-16.
 */
export async function* asciiCompatible(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  let held: Uint8Array | undefined = new Uint8Array();
  const begin = (first: Uint8Array): Uint8Array => {
    const { skip, encoding } = recognise(first);
    if (encoding !== 'bytes') decoder = new TextDecoder(encoding, { fatal: true });
    return first.subarray(skip);
  };
  const pass = (bytes: Uint8Array, last: boolean): Uint8Array => {
    if (decoder === undefined) return bytes;
    try {
      return Buffer.from(decoder.decode(bytes, { stream: !last }));
    } catch (cause) {
      throw new TidegateError('encoding-unknown', 'The file begins as UTF-16 and is not UTF-16 throughout.', {}, { cause });
    }
  };
  for await (const chunk of chunks) {
    if (held === undefined) {
      yield pass(chunk, false);
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (held.length < LONGEST_MARK) continue;
    const first = begin(held);
    held = undefined;
    yield pass(first, false);
  }
  yield pass(held === undefined ? new Uint8Array() : begin(held), true);
}
