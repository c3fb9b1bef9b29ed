import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { type Change, type RuledSeries, endedBefore, laterPart, renamed } from '../../../../../adaptor/data/import/entries/later-part.ts';
import { type Moment, isoText } from '../../../../../adaptor/data/import/entries/moments.ts';
import { firstOccurrences, occurrences } from '../../../../../adaptor/data/import/entries/recurrence.ts';

const date = (text: string): Moment => ({ kind: 'date', date: Temporal.PlainDate.from(text) });
const zoned = (text: string, zone = 'Europe/Berlin'): Moment => ({ kind: 'zoned', wall: Temporal.PlainDateTime.from(text), zone });
const floating = (text: string): Moment => ({ kind: 'floating', wall: Temporal.PlainDateTime.from(text) });
const series = (start: Moment, rule: string, ...exceptions: string[]): RuledSeries => ({ start, rule, exceptions });

/** Starts of a series that ends, without its exceptions. */
const startsOf = ({ start, rule, exceptions }: RuledSeries): string[] =>
  occurrences(rule, start, 'RRULE')
    .map((each) => isoText(each))
    .filter((name) => !exceptions.includes(name));

const laterStarts = (whole: RuledSeries, change: Change): string[] => {
  const { rule, exceptions, added } = laterPart(whole, change);
  return [...(rule === null ? [isoText(change.to)] : startsOf({ start: change.to, rule, exceptions })), ...added.map((each) => isoText(each))];
};

describe('a series that ends before an occurrence', () => {
  it.each([
    ['dates', series(date('2026-07-01'), 'FREQ=DAILY'), date('2026-07-04'), 'FREQ=DAILY;UNTIL=20260703'],
    ['wall times, in UTC', series(zoned('2026-07-01T09:00'), 'FREQ=DAILY;COUNT=9'), zoned('2026-07-04T09:00'), 'FREQ=DAILY;UNTIL=20260704T065959Z'],
    [
      'floating times',
      series(floating('2026-07-01T09:00'), 'FREQ=DAILY;UNTIL=20261231T090000'),
      floating('2026-07-04T09:00'),
      'FREQ=DAILY;UNTIL=20260704T085959',
    ],
  ])('has %s as its end', (_what, whole, from, rule) => {
    const ended = endedBefore(whole, from);
    expect(ended).toEqual({ rule, exceptions: [] });
    expect(startsOf({ ...whole, rule: ended.rule ?? '', exceptions: [] })).toHaveLength(3);
  });

  it('of which nothing is left does not take place', () => {
    const whole = series(zoned('2026-07-01T09:00'), 'FREQ=WEEKLY;UNTIL=20261231T000000Z', '2026-07-08T09:00:00');
    const { rule, exceptions } = endedBefore(whole, whole.start);
    expect(startsOf({ ...whole, rule: rule ?? '', exceptions })).toEqual([]);
    expect(exceptions).toContain('2026-07-08T09:00:00');
    const single = endedBefore({ ...whole, rule: null, exceptions: [] }, whole.start);
    expect(startsOf({ start: whole.start, rule: single.rule ?? '', exceptions: single.exceptions })).toEqual([]);
  });

  it('that is a single appointment before it stays one', () => {
    expect(endedBefore({ start: date('2026-07-01'), rule: null, exceptions: [] }, date('2026-07-02'))).toEqual({ rule: null, exceptions: [] });
  });
});

describe('what follows a change', () => {
  const weekly = series(zoned('2026-07-06T09:00'), 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH', '2026-07-23T09:00:00');

  it('keeps the rule at another time of the day, and what was called off', () => {
    expect(laterPart(weekly, { from: zoned('2026-07-20T09:00'), to: zoned('2026-07-20T11:30') })).toEqual({
      rule: 'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH',
      exceptions: ['2026-07-23T11:30:00'],
      added: [],
    });
  });

  it('turns the weekdays, and the beginning of the week with them', () => {
    const change = { from: zoned('2026-07-20T09:00'), to: zoned('2026-07-18T09:00') };
    const { rule, exceptions } = laterPart(weekly, change);
    expect([rule, exceptions]).toEqual(['FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,TU;WKST=SA', ['2026-07-21T09:00:00']]);
    const days = (start: Moment, text: string) => firstOccurrences(4, text, start, 'RRULE').map((each) => isoText(each).slice(0, 10));
    expect(days(change.from, weekly.rule)).toEqual(['2026-07-20', '2026-07-23', '2026-08-03', '2026-08-06']);
    expect(days(change.to, rule ?? '')).toEqual(['2026-07-18', '2026-07-21', '2026-08-01', '2026-08-04']);
  });

  it('counts only what is left', () => {
    expect(laterPart(series(date('2026-07-01'), 'FREQ=DAILY;COUNT=10'), { from: date('2026-07-04'), to: date('2026-07-05') }).rule).toBe('FREQ=DAILY;COUNT=7');
  });

  it('ends on the last day, moved along, also where that day is not reached', () => {
    const change = { from: zoned('2026-07-04T09:00'), to: zoned('2026-07-05T08:00') };
    expect(laterPart(series(zoned('2026-07-01T09:00'), 'FREQ=DAILY;UNTIL=20260710T070000Z'), change).rule).toBe('FREQ=DAILY;UNTIL=20260711T060000Z');
    expect(laterPart(series(zoned('2026-07-01T09:00'), 'FREQ=DAILY;UNTIL=20260710T065959Z'), change).rule).toBe('FREQ=DAILY;UNTIL=20260710T060000Z');
  });

  it('may be whole days', () => {
    expect(laterPart(weekly, { from: zoned('2026-07-20T09:00'), to: date('2026-07-20') })).toMatchObject({ exceptions: ['2026-07-23'] });
  });

  it('is told one by one where no rule tells it', () => {
    const monthly = series(date('2026-07-01'), 'FREQ=MONTHLY;BYDAY=1WE;COUNT=4', '2026-09-02');
    expect(laterPart(monthly, { from: date('2026-08-05'), to: date('2026-08-06') })).toEqual({ rule: null, exceptions: [], added: [date('2026-10-08')] });
  });

  it.each([
    ['moves the first Wednesdays by a day, without end', series(date('2026-07-01'), 'FREQ=MONTHLY;BYDAY=1WE'), date('2026-08-05'), date('2026-08-06')],
    ['moves the last days of months', series(date('2026-01-31'), 'FREQ=MONTHLY'), date('2026-03-31'), date('2026-03-30')],
    [
      'moves one of several times a day',
      series(floating('2026-07-01T09:00'), 'FREQ=DAILY;BYHOUR=9,15'),
      floating('2026-07-02T15:00'),
      floating('2026-07-02T16:00'),
    ],
  ])('is refused where it %s', (_what, whole, from, to) => {
    expect(() => laterPart(whole, { from, to })).toThrow(expect.objectContaining({ code: 'entry-unsupported' }));
  });

  it('is refused where the series has no such occurrence', () => {
    const change = { from: zoned('2026-07-13T09:00'), to: zoned('2026-07-13T10:00') };
    expect(() => laterPart(weekly, change)).toThrow(expect.objectContaining({ code: 'value-invalid' }));
  });

  it('and what is left of the series are together all occurrences, the later ones moved', () => {
    const ends = fc.oneof(
      fc.integer({ min: 2, max: 30 }).map((count) => `COUNT=${count}`),
      fc.integer({ min: 10, max: 400 }).map((days) => `UNTIL=${Temporal.PlainDate.from('2026-03-02').add({ days }).toString().replaceAll('-', '')}T235959`),
    );
    const rules = fc.constantFrom(
      'FREQ=DAILY;INTERVAL=3',
      'FREQ=WEEKLY;BYDAY=MO,WE,SA',
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU',
      'FREQ=MONTHLY',
      'FREQ=MONTHLY;BYDAY=1MO,-1FR',
    );
    const starts = fc.constantFrom(date('2026-03-02'), floating('2026-03-02T12:00'), zoned('2026-03-02T12:00'), zoned('2026-03-02T12:00', 'America/St_Johns'));
    fc.assert(
      fc.property(starts, rules, ends, fc.nat(), fc.integer({ min: -9, max: 9 }), (start, rule, end, at, days) => {
        const whole = series(start, `${rule};${start.kind === 'date' ? end.replace('T235959', '') : end}`);
        const all = occurrences(whole.rule, start, 'RRULE');
        const from = all[at % all.length] ?? start;
        const to: Moment =
          from.kind === 'date' ? { kind: 'date', date: from.date.add({ days }) } : { ...from, wall: from.wall.add({ days }).add({ hours: 2 }) };
        const change = { from, to };
        const names = all.map((each) => isoText(each));
        const before = endedBefore(whole, from);
        expect(startsOf({ ...whole, rule: before.rule ?? '', exceptions: before.exceptions })).toEqual(names.filter((name) => name < isoText(from)));
        expect(laterStarts(whole, change)).toEqual(names.filter((name) => name >= isoText(from)).map((name) => renamed(name, change)));
      }),
      { numRuns: 150 },
    );
  });
});
