import { describe, expect, it } from 'vitest';
import {
  amountSchema,
  dateSchema,
  emailsSchema,
  labelledValuesSchema,
  neededText,
  optionalText,
  readLabelledValues,
  timeOfDaySchema,
  timeZoneSchema,
  wallTimeSchema,
} from '../../../crm/records/field-kinds.ts';
import { dateText, dateValue, timeOfDayText, timeOfDayValue, wallTimeText, wallTimeValue } from '../../../crm/records/local-times.ts';

const taken = (schema: { safeParse(value: unknown): { success: boolean } }, value: unknown): boolean => schema.safeParse(value).success;

describe('a field of a record', () => {
  it('is nothing where only blanks were entered, and has none around it', () => {
    expect([optionalText().parse('  Ada '), optionalText().parse('   '), optionalText().parse(''), optionalText().parse(null)]).toEqual([
      'Ada',
      null,
      null,
      null,
    ]);
    expect(neededText().parse(' Ada ')).toBe('Ada');
    expect([taken(neededText(), '  '), taken(neededText(3), 'Adas'), taken(optionalText(3), 'Adas')]).toEqual([false, false, false]);
  });

  it.each([
    ['2026-07-30', true],
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2026-7-30', false],
    ['2026-07-30T00:00', false],
    ['30.07.2026', false],
  ])('is a date or not: %s', (text, expected) => {
    expect(taken(dateSchema, text)).toBe(expected);
  });

  it('is a wall time without a zone, to the second', () => {
    expect([wallTimeSchema.parse('2026-07-30T09:30'), wallTimeSchema.parse('2026-07-30T09:30:15'), wallTimeSchema.parse('2026-07-30T09:30:15.5')]).toEqual([
      '2026-07-30T09:30:00',
      '2026-07-30T09:30:15',
      '2026-07-30T09:30:15.5',
    ]);
    for (const text of ['2026-07-30T09:30Z', '2026-07-30T09:30:00Z', '2026-07-30T09:30+02:00', '2026-07-30', '2026-07-30T24:00', '2026-02-30T09:30'])
      expect([text, taken(wallTimeSchema, text)]).toEqual([text, false]);
  });

  it('is a time of day, to the second', () => {
    expect([timeOfDaySchema.parse('09:30'), timeOfDaySchema.parse('23:59:59')]).toEqual(['09:30:00', '23:59:59']);
    for (const text of ['24:00', '9:30', '09:60', '09:30Z']) expect([text, taken(timeOfDaySchema, text)]).toEqual([text, false]);
  });

  it('is a zone that has clocks', () => {
    expect(['Europe/Berlin', 'UTC', 'America/Argentina/Buenos_Aires', 'Mars/Olympus', ''].map((name) => taken(timeZoneSchema, name))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    ['1200.50', true],
    ['0', true],
    ['-3.5', true],
    ['1234567890.12', true],
    ['12345678901', false],
    ['1.234', false],
    ['1,50', false],
    ['.5', false],
    ['1e3', false],
    ['NaN', false],
    [' 1', false],
  ])('is an amount that no float has rounded: %j', (text, expected) => {
    expect(taken(amountSchema, text)).toBe(expected);
  });
});

describe('values with labels', () => {
  it('keep what else stands in them, and are at most fifty', () => {
    expect(labelledValuesSchema.parse([{ label: 'work', value: ' 1 ', type: 'fax' }])).toEqual([{ label: 'work', value: '1', type: 'fax' }]);
    const many = (length: number) => Array.from({ length }, () => ({ label: '', value: '1' }));
    expect([taken(labelledValuesSchema, many(50)), taken(labelledValuesSchema, many(51))]).toEqual([true, false]);
    expect([taken(labelledValuesSchema, [{ value: '1' }]), taken(labelledValuesSchema, [{ label: '', value: ' ' }])]).toEqual([false, false]);
  });

  it('that are addresses of e-mail have an @ and no blanks', () => {
    const email = (value: string) => taken(emailsSchema, [{ label: '', value }]);
    expect(['ada@acme.example', 'ä@bücher.example', 'ada', 'ada @acme', '@', 'a@b c'].map(email)).toEqual([true, true, false, false, false, false]);
  });

  it('are shown whatever another system has left there', () => {
    expect(readLabelledValues([{ label: 'work', value: '1', type: 'fax' }])).toEqual([{ label: 'work', value: '1', type: 'fax' }]);
    expect(readLabelledValues(['1', 2, null, { value: { street: 'x' } }, { label: 3, value: '4' }])).toEqual([
      { label: '', value: '1' },
      { label: '', value: '2' },
      { label: '', value: 'null' },
      { label: '', value: '{"street":"x"}' },
      { label: '', value: '4' },
    ]);
    for (const other of [null, undefined, {}, 'a', 7]) expect(readLabelledValues(other)).toEqual([]);
  });
});

describe('dates and times on the way to the store and back', () => {
  it('are what they were, in whatever zone the server runs', () => {
    const zone = process.env['TZ'];
    try {
      for (const TZ of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
        process.env['TZ'] = TZ;
        expect(dateText(dateValue('2026-03-29'))).toBe('2026-03-29');
        expect(wallTimeText(wallTimeValue('2026-03-29T02:30:00'))).toBe('2026-03-29T02:30:00');
        expect(wallTimeText(wallTimeValue('2026-03-29T02:30:00.250'))).toBe('2026-03-29T02:30:00.250');
        expect(timeOfDayText(timeOfDayValue('23:59:59'))).toBe('23:59:59');
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it('are nothing where there is nothing', () => {
    expect([dateText(null), wallTimeText(null), timeOfDayText(null), dateValue(null), wallTimeValue(null), timeOfDayValue(null)]).toEqual(Array(6).fill(null));
  });
});
