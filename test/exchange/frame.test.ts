import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameReader, MAX_FRAME_BYTES, frameHeader } from '../../exchange/frame.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** One body of data frames and a manifest. */
function body(data: readonly Uint8Array[], manifest: Uint8Array): Uint8Array {
  const parts = [...data.flatMap((d) => [frameHeader('d', d.length), d]), frameHeader('m', manifest.length), manifest];
  return Uint8Array.from(parts.flatMap((p) => [...p]));
}

/** Reads a body that arrives in pieces cut at the given places. */
function readInPieces(whole: Uint8Array, cuts: readonly number[]) {
  const reader = new FrameReader();
  const data: number[] = [];
  const manifest: number[] = [];
  const places = [0, ...[...cuts].map((c) => c % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  for (let i = 1; i < places.length; i++)
    for (const piece of reader.push(whole.subarray(places[i - 1], places[i]))) (piece.type === 'd' ? data : manifest).push(...piece.bytes);
  return { data: Uint8Array.from(data), manifest: Uint8Array.from(manifest), complete: reader.complete };
}

describe('frames', () => {
  it('come back whole however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 })),
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.array(fc.nat()),
        (data, manifest, cuts) => {
          const read = readInPieces(body(data, manifest), cuts);
          expect(read.complete).toBe(true);
          expect([...read.data]).toEqual(data.flatMap((d) => [...d]));
          expect([...read.manifest]).toEqual([...manifest]);
        },
      ),
    );
  });

  it('are incomplete when the body is cut anywhere', () => {
    const whole = body([bytes('a,b\n')], bytes('manifest'));
    for (let length = 0; length < whole.length; length++) expect(readInPieces(whole.subarray(0, length), []).complete).toBe(false);
  });

  it('have their length in the order of the network, behind one letter: producers in other languages write them too', () => {
    expect([...frameHeader('d', 0x01_02_03)]).toEqual([0x64, 0, 1, 2, 3]);
    expect([...frameHeader('m', 1)]).toEqual([0x6d, 0, 0, 0, 1]);
  });

  it('may be as large as is said, byte for byte, and tell where each ends', () => {
    const largest = new Uint8Array(MAX_FRAME_BYTES).fill(7);
    const reader = new FrameReader();
    const pieces = [...reader.push(body([largest], bytes('m')))];
    expect(pieces.map(({ type, bytes: { length }, last }) => [type, length, last])).toEqual([
      ['d', MAX_FRAME_BYTES, true],
      ['m', 1, true],
    ]);
    const cut = new FrameReader();
    const whole = body([bytes('abcd')], bytes('m'));
    const told = [whole.subarray(0, 7), whole.subarray(7, 9), whole.subarray(9)].flatMap((part) => [...cut.push(part)].map(({ type, last }) => [type, last]));
    expect(told).toEqual([
      ['d', false],
      ['d', true],
      ['m', true],
    ]);
  });

  it('are handed on as they arrived, not copied: a million rows pass here', () => {
    const whole = body([bytes('abcd')], bytes('m'));
    for (const { bytes: piece } of new FrameReader().push(whole)) expect(piece.buffer).toBe(whole.buffer);
  });

  it('wait through pieces that hold nothing', () => {
    const reader = new FrameReader();
    expect([...reader.push(new Uint8Array())]).toEqual([]);
    expect(reader.complete).toBe(false);
    expect([...reader.push(body([], bytes('m'))), ...reader.push(new Uint8Array())]).toHaveLength(1);
    expect(reader.complete).toBe(true);
  });

  it.each([
    ['an unknown type', Uint8Array.from([0x78, 0, 0, 0, 1, 0])],
    ['an empty frame', frameHeader('d', 0)],
    ['a frame that is too large', frameHeader('d', MAX_FRAME_BYTES + 1)],
    ['a second manifest', Uint8Array.from([...body([], bytes('m')), ...body([], bytes('m'))])],
    ['a length without bounds', Uint8Array.from([0x64, 0xff, 0xff, 0xff, 0xff])],
    ['bytes after the manifest', Uint8Array.from([...body([], bytes('m')), 0])],
  ])('refuse %s', (_name, wrong) => {
    expect(() => readInPieces(wrong, [])).toThrow(expect.objectContaining({ code: 'batch-refused' }));
  });
});
