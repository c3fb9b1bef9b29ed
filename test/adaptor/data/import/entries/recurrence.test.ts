import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type Moment, after, inZoneOf, instantText, isoText } from '../../../../../adaptor/data/import/entries/moments.ts';
import { occurrences, occurrencesOn, plainRecurrence } from '../../../../../adaptor/data/import/entries/recurrence.ts';

const zoned = (text: string, zone = 'Europe/Berlin'): Moment => ({ kind: 'zoned', wall: Temporal.PlainDateTime.from(text), zone });
const floating = (text: string): Moment => ({ kind: 'floating', wall: Temporal.PlainDateTime.from(text) });
const date = (text: string): Moment => ({ kind: 'date', date: Temporal.PlainDate.from(text) });
const NONE = { rules: [], excludedRules: [], addedDates: [], excludedDates: [] };
const texts = (moments: readonly Moment[]) => moments.map(isoText);

describe('occurrences', () => {
  it('keep their wall time when clocks change, and their date whatever the zone', () => {
    expect(texts(occurrences('FREQ=DAILY;COUNT=3', zoned('2026-03-28T09:00'), 'RRULE'))).toEqual([
      '2026-03-28T09:00:00',
      '2026-03-29T09:00:00',
      '2026-03-30T09:00:00',
    ]);
    expect(texts(occurrences('FREQ=DAILY;COUNT=2', date('2026-03-28'), 'RRULE'))).toEqual(['2026-03-28', '2026-03-29']);
    expect(texts(occurrences('FREQ=DAILY;COUNT=2', floating('2026-03-28T02:30'), 'RRULE'))).toEqual(['2026-03-28T02:30:00', '2026-03-29T02:30:00']);
  });

  it.each([
    ['an instant', 'UNTIL=20260330T070000Z', 3],
    ['a wall time', 'UNTIL=20260330T090000', 3],
    ['an earlier wall time', 'UNTIL=20260330T085959', 2],
    ['a date, that day included', 'UNTIL=20260330', 3],
  ])('end with UNTIL as %s', (_what, until, count) => {
    expect(occurrences(`FREQ=DAILY;${until}`, zoned('2026-03-28T09:00'), 'RRULE')).toHaveLength(count);
  });

  it('end with UNTIL for dates, also where an instant is written', () => {
    expect(occurrences('FREQ=DAILY;UNTIL=20080323T235959Z', date('2008-03-21'), 'RRULE')).toHaveLength(3);
    expect(occurrences('FREQ=DAILY;UNTIL=20080323', date('2008-03-21'), 'RRULE')).toHaveLength(3);
  });

  it('are refused where they do not end, or hardly', () => {
    for (const rule of ['FREQ=DAILY', 'FREQ=SECONDLY;UNTIL=20270101T000000Z', 'FREQ=DAILY;COUNT=5000'])
      expect(() => occurrences(rule, zoned('2026-01-01T00:00'), 'RRULE')).toThrow(
        expect.objectContaining({ code: 'value-invalid', facts: { property: 'RRULE' } }),
      );
  });

  it('of one day are those of that day in the zone of the series', () => {
    const found = occurrencesOn(Temporal.PlainDate.from('2026-03-29'), 'FREQ=HOURLY;INTERVAL=8', zoned('2026-03-28T22:00'), 'EXDATE');
    expect(texts(found).every((text) => text.startsWith('2026-03-29'))).toBe(true);
    expect(found).toHaveLength(3);
    for (const rule of ['FREQ=SECONDLY', 'FREQ=MINUTELY', 'FREQ=NEVER'])
      expect(() => occurrencesOn(Temporal.PlainDate.from('2026-03-29'), rule, zoned('2026-03-28T22:00'), 'EXDATE')).toThrow(
        expect.objectContaining({ code: 'value-invalid', facts: { property: 'EXDATE' } }),
      );
  });
});

describe('a series', () => {
  it('keeps its one rule and tells exceptions in its own zone', () => {
    const excludedDates = [zoned('2026-07-02T07:00', 'UTC'), zoned('2026-07-03T16:00', 'Asia/Tokyo'), zoned('2026-07-04T09:00')];
    expect(plainRecurrence(zoned('2026-07-01T09:00'), { ...NONE, rules: ['FREQ=DAILY'], excludedDates })).toEqual({
      rule: 'FREQ=DAILY',
      exceptions: ['2026-07-02T09:00:00', '2026-07-03T09:00:00', '2026-07-04T09:00:00'],
      added: [],
    });
  });

  it('calls off all of a day where an exception is a date', () => {
    const start = zoned('2024-06-09T03:00', 'UTC');
    expect(plainRecurrence(start, { ...NONE, rules: ['FREQ=DAILY;COUNT=4'], excludedDates: [date('2024-06-11')] }).exceptions).toEqual(['2024-06-11T03:00:00']);
    expect(plainRecurrence(start, { ...NONE, excludedDates: [date('2024-06-09'), date('2024-06-10')] }).exceptions).toEqual(['2024-06-09T03:00:00']);
  });

  it('takes an exception in UTC against a floating start for a wall time', () => {
    const { exceptions } = plainRecurrence(floating('1996-04-01T01:00'), { ...NONE, rules: ['FREQ=DAILY'], excludedDates: [zoned('1996-04-02T01:00', 'UTC')] });
    expect(exceptions).toEqual(['1996-04-02T01:00:00']);
  });

  it('has further rules and dates as added occurrences, each once and none that is called off', () => {
    const { rule, added } = plainRecurrence(date('2026-01-01'), {
      rules: ['FREQ=YEARLY', 'FREQ=MONTHLY;COUNT=3'],
      excludedRules: [],
      addedDates: [date('2026-02-01'), date('2026-05-05'), date('2026-01-01'), date('2026-06-06')],
      excludedDates: [date('2026-06-06')],
    });
    expect(rule).toBe('FREQ=YEARLY');
    expect(texts(added)).toEqual(['2026-02-01', '2026-03-01', '2026-05-05']);
  });

  it('has what an excluding rule excludes as exceptions', () => {
    const { exceptions } = plainRecurrence(date('2026-01-01'), { ...NONE, rules: ['FREQ=DAILY'], excludedRules: ['FREQ=WEEKLY;COUNT=2'] });
    expect(exceptions).toEqual(['2026-01-01', '2026-01-08']);
  });

  it.each([
    ['no rule', { rules: ['FREQ=NEVER'] }],
    ['a second rule without end', { rules: ['FREQ=YEARLY', 'FREQ=DAILY'] }],
    ['an excluding rule without end', { rules: ['FREQ=YEARLY'], excludedRules: ['FREQ=DAILY'] }],
    ['a date among times', { addedDates: [date('2026-01-01')] }],
  ])('is refused with %s', (_what, parts) => {
    expect(() => plainRecurrence(zoned('2026-01-01T09:00'), { ...NONE, ...parts })).toThrow(expect.objectContaining({ code: 'value-invalid' }));
  });
});

describe('moments', () => {
  it('grow by calendar days and exact hours', () => {
    const eve = zoned('2026-03-28T12:00');
    expect(isoText(after(eve, 'P1D', 'DURATION'))).toBe('2026-03-29T12:00:00');
    expect(isoText(after(eve, 'PT24H', 'DURATION'))).toBe('2026-03-29T13:00:00');
    expect(isoText(after(date('2026-03-28'), 'P1W', 'DURATION'))).toBe('2026-04-04');
    for (const bad of ['foo', 'P999999999999999999W', ''])
      expect(() => after(eve, bad, 'DURATION')).toThrow(expect.objectContaining({ code: 'value-invalid' }));
  });

  it('move between zones and keep their instant; dates and floating times do not move', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1980-01-01'), max: new Date('2050-01-01'), noInvalidDate: true }),
        fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'UTC', 'Asia/Kathmandu'),
        (at, zone) => {
          const utc = zoned(at.toISOString().slice(0, 19), 'UTC');
          const moved = inZoneOf(utc, zoned('2026-01-01T00:00', zone));
          // The hour that clocks repeat has two instants; the earlier one is taken.
          const back = Temporal.Instant.from(instantText(moved) ?? '').epochMilliseconds - Temporal.Instant.from(instantText(utc) ?? '').epochMilliseconds;
          expect([0, -3_600_000, -1_800_000, -7_200_000]).toContain(back);
          for (const still of [date('2026-01-01'), floating('2026-01-01T10:00')]) expect(inZoneOf(still, moved)).toBe(still);
        },
      ),
    );
  });
});
