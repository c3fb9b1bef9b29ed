import { describe, expect, it } from 'vitest';
import { isKept, typedDates } from '../../../web/page/dates/typed-dates.ts';

const now = () => new Date('2026-11-26T12:00:00Z');
const german = typedDates('de-DE', now);
const british = typedDates('en-GB', now);
const american = typedDates('en-US', now);

describe('a day', () => {
  it.each([
    [german, '30.07.2026'],
    [british, '30/07/2026'],
    [american, '07/30/2026'],
    [typedDates('sv'), '2026-07-30'],
  ])('is written and read as its language does', (dates, text) => {
    expect(dates.write('day', '2026-07-30')).toBe(text);
    expect(dates.read('day', text)).toBe('2026-07-30');
  });

  it.each([
    ['1.2.2027', '2027-02-01'],
    ['1.2.27', '2027-02-01'],
    ['1. 2. 65', '1965-02-01'],
    ['1.2.', '2026-02-01'],
    ['29-2-2028', '2028-02-29'],
    [' 10 12 1815 ', '1815-12-10'],
    ['2026-07-30', '2026-07-30'],
  ])('is read as %j', (typed, kept) => expect(german.read('day', typed)).toBe(kept));

  it.each(['', '31.02.2026', '29.2.2027', '13', '1.13.2026', '1.2.3.4', '1.2.026', 'tomorrow', '2026-02-30', '0.1.2026'])('is not %j', (typed) =>
    expect(german.read('day', typed)).toBeUndefined(),
  );

  it('of an American is the month first', () => {
    expect(american.read('day', '2/1/27')).toBe('2027-02-01');
    expect(american.read('day', '30/7/2026')).toBeUndefined();
  });
});

it('is asked for in the letters of its language', () => {
  expect(german.pattern('day', { day: 'TT', month: 'MM', year: 'JJJJ' })).toBe('TT.MM.JJJJ');
  expect(american.pattern('moment', { day: 'DD', month: 'MM', year: 'YYYY' })).toBe('MM/DD/YYYY, hh:mm');
});

describe('a time', () => {
  it.each([
    ['14:30', '14:30'],
    ['1430', '14:30'],
    ['14.30', '14:30'],
    ['9', '09:00'],
    ['9:05', '09:05'],
    ['2:30 pm', '14:30'],
    ['12 AM', '00:00'],
    ['12:15 p.m.', '12:15'],
    ['14:30:20', '14:30:20'],
    ['14:30:00', '14:30'],
  ])('is read as %j', (typed, kept) => expect(british.read('time', typed)).toBe(kept));

  it.each(['', '24:00', '9:60', '13 pm', '0 am', 'noon', '9:5'])('is not %j', (typed) => expect(british.read('time', typed)).toBeUndefined());

  it('is written without seconds where there are none', () => {
    expect(german.write('time', '14:30:00')).toBe('14:30');
    expect(german.write('time', '14:30:20')).toBe('14:30:20');
    expect(american.write('time', '14:30')).toBe('2:30 PM');
  });
});

describe('a day with its time', () => {
  it.each([german, british, american, typedDates('sv')])('is read as it is written', (dates) => {
    for (const kept of ['2026-07-30T14:30', '2026-01-02T00:05', '1999-12-31T09:00'])
      expect([dates.write('moment', kept), dates.read('moment', dates.write('moment', kept))]).toEqual([expect.any(String), kept]);
  });

  it.each([
    ['30.7.2026 9', '2026-07-30T09:00'],
    ['30.7. 14:30', '2026-07-30T14:30'],
    ['30.7.2026,1430', '2026-07-30T14:30'],
    ['2026-07-30T14:30', '2026-07-30T14:30'],
    ['2026-07-30 14:30', '2026-07-30T14:30'],
  ])('is read as %j', (typed, kept) => expect(german.read('moment', typed)).toBe(kept));

  it.each(['', '30.7.2026', '14:30', '31.2.2026 10:00', '30.7.2026 25:00', 'soon 10:00'])('is not %j', (typed) =>
    expect(german.read('moment', typed)).toBeUndefined(),
  );
});

it('what is kept is no other text, and what is not kept is shown as it is', () => {
  expect(isKept('day', '2026-07-30')).toBe(true);
  expect(isKept('moment', '2026-07-30T14:30:20')).toBe(true);
  for (const text of ['30.07.2026', '2026-13-01', '2026-07-30T14:30', '']) expect(isKept('day', text)).toBe(false);
  expect(german.write('day', '31.02.2026')).toBe('31.02.2026');
  expect(german.write('moment', '')).toBe('');
});
