import { describe, expect, it } from 'vitest';
import { nameOf, takeApart } from '../../../../../adaptor/data/import/entries/content-line.ts';
import { type ReadOptions, parameterValues, readProperties, textOf } from '../../../../../adaptor/data/import/entries/properties.ts';
import { component, entriesOf } from './entries-of.ts';

async function read(options: ReadOptions, names: string[], ...lines: (string | Buffer)[]) {
  const [entry] = await entriesOf(
    Buffer.concat([Buffer.from('BEGIN:VCARD\r\n'), ...lines.flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')]), Buffer.from('END:VCARD\r\n')]),
  );
  if (entry === undefined) throw new Error('no entry');
  return readProperties(entry.component, names, options);
}

const OLD: ReadOptions = { format: 'vcard', version: '2.1' };
const V3: ReadOptions = { format: 'vcard', version: '3.0' };
const V4: ReadOptions = { format: 'vcard', version: '4.0' };

describe('content lines', () => {
  it.each([
    ['TEL;WORK;VOICE:1', 'TEL', null, [null, null]],
    ['item1.TEL;type=HOME:1', 'TEL', 'item1', ['TYPE']],
    ['DTSTART;;VALUE=DATE:20260101', 'DTSTART', null, ['VALUE']],
    ['ADR;LABEL="a:b;c":;;x', 'ADR', null, ['LABEL']],
    ['NOTE ; LANGUAGE = de :x', 'NOTE', null, ['LANGUAGE']],
  ])('%s', (line, name, group, parameters) => {
    const parts = takeApart(Buffer.from(line));
    expect(parts).toMatchObject({ name, group });
    expect(parts?.parameters.map((parameter) => parameter.name)).toEqual(parameters);
    expect(nameOf(Buffer.from(line))).toBe(name);
  });

  it.each(['garbage', 'no name here: x', ':x', '', 'REFRESH - INTERVAL; VALUE = DURATION:PT48H'])('are none: %s', (line) => {
    expect(takeApart(Buffer.from(line))).toBeUndefined();
  });
});

describe('properties', () => {
  it('have bare parameters as types, in any version', async () => {
    for (const options of [OLD, V3]) {
      const tel = (await read(options, ['TEL'], 'TEL;WORK;FAX:+1')).first('TEL');
      expect(tel === undefined ? null : [textOf(tel), parameterValues(tel, 'type')]).toEqual(['+1', ['work', 'fax']]);
    }
  });

  it('have types however they are written', async () => {
    const all = (await read(V4, ['TEL'], 'TEL;TYPE=WORK,VOICE:1', 'TEL;type=WORK;type=voice:1', 'TEL;TYPE="work,voice":1')).all('TEL');
    expect(all.map((tel) => parameterValues(tel, 'type'))).toEqual(Array.from({ length: 3 }, () => ['work', 'voice']));
  });

  it('lose transfer encoding and character set', async () => {
    const latin = Buffer.concat([Buffer.from('FN;CHARSET=ISO-8859-1:J'), Buffer.from([0xf6]), Buffer.from('rg')]);
    const all = await read(
      OLD,
      ['FN', 'N', 'NOTE', 'TITLE'],
      latin,
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller=3B x;J=C3=B6rg=2C;;;',
      'NOTE;QUOTED-PRINTABLE:one=0D=0Atwo\\, =3D 2',
      'TITLE;CHARSET=windows-1251;ENCODING=quoted-printable:=C8=E2=E0=ED',
    );
    expect(textOf(all.first('FN'))).toBe('Jörg');
    expect(all.first('N')?.values).toEqual([['Müller; x', 'Jörg,', '', '', '']]);
    expect(textOf(all.first('NOTE'))).toBe('one\ntwo, = 2');
    expect(textOf(all.first('TITLE'))).toBe('Иван');
  });

  it('are of the assumed character set where they declare none; else what is not UTF-8 is refused', async () => {
    const line = Buffer.concat([Buffer.from('FN:J'), Buffer.from([0xf6]), Buffer.from('rg')]);
    expect(textOf((await read({ ...V3, charset: 'windows-1252' }, ['FN'], line)).first('FN'))).toBe('Jörg');
    const undeclared = await read(V3, ['FN'], line);
    expect(() => textOf(undeclared.first('FN'))).toThrow(expect.objectContaining({ code: 'encoding-unknown' }));
    const unheardOf = await read(V3, ['FN'], 'FN;CHARSET=x-unheard-of:a');
    expect(() => textOf(unheardOf.first('FN'))).toThrow(expect.objectContaining({ code: 'encoding-unknown' }));
  });

  it('have no lists in vCard 2.1, and escapes everywhere', async () => {
    expect((await read(OLD, ['N'], 'N:Doe;John;Richter,James;;')).first('N')?.values).toEqual([['Doe', 'John', 'Richter,James', '', '']]);
    expect((await read(V4, ['N'], String.raw`N:a\;b;c,d;;;`)).first('N')?.values).toEqual([['a;b', ['c', 'd'], '', '', '']]);
    expect(textOf((await read(V3, ['NOTE'], String.raw`NOTE:a\nb\, c\; d`)).first('NOTE'))).toBe('a\nb, c; d');
    expect(textOf((await read({ format: 'icalendar' }, ['SUMMARY'], String.raw`SUMMARY:a\, b`)).first('SUMMARY'))).toBe('a, b');
  });

  it('are only at fault when they are asked for', async () => {
    const all = await read({ format: 'icalendar' }, ['SUMMARY', 'PRIORITY', 'UID'], 'SUMMARY:fine', 'garbage', Buffer.from([0x55, 0x49, 0x44, 0x3a, 0xff]));
    expect(textOf(all.first('SUMMARY'))).toBe('fine');
    expect(all.first('PRIORITY')).toBeUndefined();
    expect(() => all.first('UID')?.text).toThrow(expect.objectContaining({ code: 'encoding-unknown' }));
  });

  it('never tell their content in an error', async () => {
    const all = await read({ format: 'icalendar' }, ['RRULE'], 'RRULE:FREQ=SECRET');
    try {
      void all.first('RRULE')?.values;
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'value-invalid', facts: { property: 'RRULE' } });
      expect((error as Error).message).not.toContain('SECRET');
    }
  });

  it('are those of the component itself, not of what is nested', async () => {
    const [entry] = await entriesOf(component('VEVENT', 'BEGIN:VALARM', 'DESCRIPTION:inner', 'END:VALARM', 'SUMMARY:outer'));
    if (entry === undefined) throw new Error('no entry');
    const all = readProperties(entry.component, ['DESCRIPTION', 'SUMMARY'], { format: 'icalendar' });
    expect([textOf(all.first('DESCRIPTION')), textOf(all.first('SUMMARY'))]).toEqual([null, 'outer']);
  });
});
