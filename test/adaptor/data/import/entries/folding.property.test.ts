import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProperties, textOf } from '../../../../../adaptor/data/import/entries/properties.ts';
import { entriesOf } from './entries-of.ts';

const END = fc.constantFrom('\r\n', '\n', '\r\r\n');

/** Text that stays what it is: no control characters but line feeds. */
const TEXT = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll(/(?!\n)\p{Cc}/gu, ' ').trim());

const escaped = (text: string) => text.replaceAll(/[\\;,]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`);

/** Folds bytes at any places, also inside a character, with any line end. */
function folded(bytes: Buffer, places: readonly number[], end: string): Buffer {
  const cuts = [...new Set(places.map((place) => 3 + (place % Math.max(1, bytes.length - 3))))].toSorted((a, b) => a - b);
  const pieces = [0, ...cuts].map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length));
  // A piece that is empty would be a blank line.
  return Buffer.concat(pieces.filter((piece) => piece.length > 0).flatMap((piece, i) => (i === 0 ? [piece] : [Buffer.from(`${end} `), piece])));
}

async function noteOf(file: Buffer, chunk: number, version: string): Promise<{ text: string | null; raw: Buffer }> {
  const [entry] = await entriesOf(file, { chunk });
  if (entry === undefined) throw new Error('no entry');
  return { text: textOf(readProperties(entry.component, ['NOTE'], { format: 'vcard', version }).first('NOTE')), raw: entry.raw };
}

const wrapped = (line: Buffer, end: string) => Buffer.concat([Buffer.from(`BEGIN:VCARD${end}`), line, Buffer.from(`${end}END:VCARD${end}`)]);
const orNull = (text: string) => (text.trim() === '' ? null : text);

describe('text comes back as it was', () => {
  it('folded anywhere, in chunks of any size, with any line end; and the original is kept byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(TEXT, fc.array(fc.nat(1000), { maxLength: 8 }), END, fc.integer({ min: 1, max: 80 }), async (text, places, end, chunk) => {
        const file = wrapped(folded(Buffer.from(`NOTE:${escaped(text)}`), places, end), end);
        const note = await noteOf(file, chunk, '4.0');
        expect(note.text).toBe(orNull(text));
        expect(note.raw.equals(file)).toBe(true);
      }),
    );
  });

  it('in quoted-printable with soft breaks, in several character sets', async () => {
    const quoted = (bytes: Buffer) => [...bytes].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`);
    await fc.assert(
      fc.asyncProperty(TEXT, fc.constantFrom('UTF-8', 'ISO-8859-1'), fc.integer({ min: 1, max: 30 }), END, async (any, charset, width, end) => {
        const text = charset === 'ISO-8859-1' ? any.replaceAll(/[^\n\u0020-\u007e\u00a0-\u00ff]/gu, '?') : any;
        const bytes = Buffer.from(text.replaceAll('\n', '\r\n'), charset === 'UTF-8' ? 'utf8' : 'latin1');
        const symbols = quoted(bytes);
        const lines = Array.from({ length: Math.ceil(symbols.length / width) }, (_line, i) => symbols.slice(i * width, (i + 1) * width).join(''));
        const file = wrapped(Buffer.from(`NOTE;CHARSET=${charset};ENCODING=QUOTED-PRINTABLE:${lines.join(`=${end}`)}`), end);
        expect((await noteOf(file, 50, '2.1')).text).toBe(orNull(text.replaceAll('\r', '')));
      }),
    );
  });

  it('in UTF-16 of either order, with or without a mark', async () => {
    await fc.assert(
      fc.asyncProperty(TEXT, fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 9 }), async (text, mark, swapped, chunk) => {
        const le = Buffer.from(`${mark ? '\uFEFF' : ''}BEGIN:VCARD\r\nNOTE:${escaped(text)}\r\nEND:VCARD\r\n`, 'utf16le');
        expect((await noteOf(swapped ? Buffer.from(le).swap16() : le, chunk, '3.0')).text).toBe(orNull(text));
      }),
    );
  });
});

describe('whatever a file holds', () => {
  it('reading it ends, and gives entries whose originals lie in the file in order', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'BEGIN:VCARD',
        'END:VCARD',
        'BEGIN:VCALENDAR',
        'END:VCALENDAR',
        'BEGIN:VEVENT',
        'END:VEVENT',
        'BEGIN:VALARM',
        'AGENT:',
        ' x',
        '',
        'TEL;WORK:1',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 50 }), async (lines, end, chunk) => {
        const file = Buffer.from(`BEGIN:VCALENDAR${end}${lines.join(end)}`);
        let from = 0;
        for (const entry of await entriesOf(file, { chunk })) {
          const at = file.indexOf(entry.raw, from);
          expect(at).toBeGreaterThanOrEqual(from);
          from = at + entry.raw.length;
        }
      }),
    );
  });
});
