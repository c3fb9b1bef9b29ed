import { describe, expect, it } from 'vitest';
import { component, entriesOf, file, inChunks, linesOf } from './entries-of.ts';
import { readEntries } from '../../../../../adaptor/data/import/entries/read-entries.ts';

const card = (...lines: string[]) => component('VCARD', ...lines);
const names = async (text: string | Uint8Array) =>
  (await entriesOf(text)).map(({ component: { name }, fault }) => (fault === null ? name : `${name} ${fault}`));

describe('line ends', () => {
  it.each([
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR CR LF, as some telephones write it', '\r\r\n'],
    ['CR alone', '\r'],
  ])('%s', async (_what, end) => {
    const [entry] = await entriesOf(['BEGIN:VCARD', 'FN:A', ' B', 'NOTE:c', 'END:VCARD', ''].join(end), { chunk: 1 });
    expect(linesOf(entry)).toEqual(['FN:AB', 'NOTE:c']);
    expect(entry?.raw.toString()).toBe(['BEGIN:VCARD', 'FN:A', ' B', 'NOTE:c', 'END:VCARD', ''].join(end));
  });

  it('counts lines as an editor does', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const entries = await entriesOf(['', 'garbage', 'BEGIN:VCARD', 'END:VCARD', '', 'BEGIN:VCARD', 'END:VCARD'].join(end));
      expect(entries.map(({ line, number }) => [number, line])).toEqual([
        [1, 3],
        [2, 6],
      ]);
    }
  });

  it('needs no line end at the end of the file', async () => {
    expect(await names('BEGIN:VCARD\nFN:A\nEND:VCARD')).toEqual(['VCARD']);
  });
});

describe('folding', () => {
  it('mends a character that the fold went through', async () => {
    const bytes = Buffer.from(card('FN:Jörg €'));
    const at = bytes.indexOf('ö') + 1;
    const folded = Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n '), bytes.subarray(at)]);
    const [entry] = await entriesOf(folded);
    expect(linesOf(entry)).toEqual(['FN:Jörg €']);
    expect(entry?.raw.equals(folded)).toBe(true);
  });

  it('goes on behind a blank line, and takes a tab as well as a space', async () => {
    const [entry] = await entriesOf(card('UID', '', ' :1', 'FN:a', '\tb'));
    expect(linesOf(entry)).toEqual(['UID:1', 'FN:ab']);
  });

  it('joins soft line breaks of quoted-printable, and of nothing else', async () => {
    const [entry] = await entriesOf(
      card('NOTE;ENCODING=QUOTED-PRINTABLE:a=', 'b=0D=0A=', '  c', 'TEL;QUOTED-PRINTABLE:1=', '2', 'PHOTO;ENCODING=BASE64:AA==', 'X:1='),
    );
    expect(linesOf(entry)).toEqual(['NOTE;ENCODING=QUOTED-PRINTABLE:ab=0D=0A  c', 'TEL;QUOTED-PRINTABLE:12', 'PHOTO;ENCODING=BASE64:AA==', 'X:1=']);
  });
});

describe('encodings of a file', () => {
  const text = card('FN:Ωμέγα 🌊');
  const le = Buffer.from(text, 'utf16le');
  const be = Buffer.from(le).swap16();
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 LE with a mark', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16 BE with a mark', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-16 LE', le],
    ['UTF-16 BE', be],
  ])('%s', async (_what, bytes) => {
    for (const chunk of [1, 3, 1000]) {
      const [entry] = await entriesOf(bytes, { chunk });
      expect(linesOf(entry)).toEqual(['FN:Ωμέγα 🌊']);
      expect(entry?.raw.toString()).toBe(text);
    }
  });

  it('refuses UTF-32 and broken UTF-16', async () => {
    await expect(entriesOf(Buffer.from([0xff, 0xfe, 0, 0, 0x42, 0, 0, 0]))).rejects.toMatchObject({ code: 'encoding-unknown' });
    await expect(entriesOf(Buffer.concat([Buffer.from('\uFEFFB', 'utf16le'), Buffer.from([0x00, 0xd8, 0x41, 0x00])]))).rejects.toMatchObject({
      code: 'encoding-unknown',
    });
  });

  it('find nothing in an empty calendar, and refuse what is neither card nor calendar', async () => {
    expect(await entriesOf('\uFEFFBEGIN:VCALENDAR')).toEqual([]);
    for (const other of ['', '\uFEFF', Buffer.from([0xff]), '<html>', 'END:VCARD'])
      await expect(entriesOf(other)).rejects.toMatchObject({ code: 'import-failed' });
  });
});

describe('entries', () => {
  it('stand in a calendar or by themselves; what is inside them is theirs', async () => {
    const entries = await entriesOf(
      file('BEGIN:VCALENDAR', 'VERSION:2.0', 'X-WR-CALNAME:one', 'BEGIN:VEVENT', 'UID:1', 'BEGIN:VALARM', 'UID:2', 'END:VALARM', 'END:VEVENT') +
        file('BEGIN:VTIMEZONE', 'TZID:Z', 'END:VTIMEZONE', 'BEGIN:VTODO', 'END:VTODO', 'END:VCALENDAR') +
        component('VEVENT', 'UID:3'),
    );
    expect(entries.map(({ component: { name }, number }) => [name, number])).toEqual([
      ['VEVENT', 1],
      ['VTIMEZONE', 1],
      ['VTODO', 2],
      ['VEVENT', 3],
    ]);
    expect(linesOf(entries[0])).toEqual(['UID:1']);
    expect(entries[0]?.component.children.map(({ name }) => name)).toEqual(['VALARM']);
    expect(entries[0]?.calendar.lines.map(({ bytes }) => bytes.toString())).toEqual(['VERSION:2.0', 'X-WR-CALNAME:one']);
  });

  it('that lost their END cost themselves and not their neighbours', async () => {
    expect(await names(file('BEGIN:VCARD', 'FN:a', 'BEGIN:VCARD', 'FN:b', 'END:VCARD', 'BEGIN:VCARD', 'FN:c'))).toEqual([
      'VCARD unfinished',
      'VCARD',
      'VCARD unfinished',
    ]);
    expect(await names(file('BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'BEGIN:VALARM', 'END:VCALENDAR', 'BEGIN:VCALENDAR', 'BEGIN:VTODO', 'END:VTODO'))).toEqual([
      'VEVENT unfinished',
      'VTODO',
    ]);
  });

  it('keep an agent that is a card inside a card (vCard 2.1)', async () => {
    const [entry, ...others] = await entriesOf(file('BEGIN:VCARD', 'FN:a', 'AGENT:', 'BEGIN:VCARD', 'FN:b', 'END:VCARD', 'TEL:1', 'END:VCARD'));
    expect(others).toEqual([]);
    expect(linesOf(entry)).toEqual(['FN:a', 'AGENT:', 'TEL:1']);
  });

  it('survive ENDs that end nothing, and names in any case', async () => {
    expect(await names(file('END:VCARD', 'begin:vCard', 'END:VALARM', 'FN:a', 'End:VCARD', 'END:X'))).toEqual(['VCARD']);
  });

  it('that are too large are told, and the next one is read', async () => {
    const long = 'x'.repeat(3000);
    for (const photo of [`PHOTO:${long}`, `PHOTO:${long}`.replaceAll(/.{70}/g, '$&\r\n '), Array.from({ length: 300 }, () => 'NOTE:0123456789').join('\r\n')]) {
      const entries = await entriesOf(card('FN:big', photo) + card('FN:next'), { maxEntryBytes: 2000 });
      expect(entries.map(({ fault }) => fault)).toEqual(['too-large', null]);
      expect(entries[0]?.raw.length).toBe(0);
      expect(linesOf(entries[1])).toEqual(['FN:next']);
    }
  });

  it('are read one at a time: an endless file gives its first ones', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.from(card('FN:again'));
    }
    let count = 0;
    for await (const entry of readEntries(endless())) {
      count = entry.number;
      if (count === 1000) break;
    }
    expect(count).toBe(1000);
  });

  it('come out of noise of any kind without an exception', async () => {
    const noise = Buffer.from(Array.from({ length: 5000 }, (_byte, i) => (i * 7919) % 256));
    expect(await names(Buffer.concat([Buffer.from('noise'), noise, Buffer.from(`\n${card('FN:a')}`)]))).toEqual(['VCARD']);
    let bytes = 0;
    for await (const chunk of inChunks(noise)) bytes += chunk.length;
    expect(bytes).toBe(5000);
  });
});
