import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recurrenceRuleSchema, WEEKDAYS } from '../../crm/records/recurrence-rule.ts';
import { type Frequency, patternsOf, readPattern, readRepetition, writeRepetition } from '../../crm/page/src/appointments/repetition.ts';
import { firstStarts, momentOf, untilOf } from '../../crm/page/src/appointments/series-start.ts';

const FREQUENCIES = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const satisfies readonly Frequency[];

describe('a rule that the form offers', () => {
  const date = fc.date({ min: new Date('1990-01-01'), max: new Date('2060-01-01'), noInvalidDate: true }).map((day) => day.toISOString().slice(0, 10));

  it('is read as it is written, and is one that the server takes', () => {
    const repetition = fc.tuple(fc.constantFrom(...FREQUENCIES), date).chain(([frequency, day]) =>
      fc.record({
        frequency: fc.constant(frequency),
        interval: fc.integer({ min: 1, max: 999 }),
        weekdays: frequency === 'WEEKLY' ? fc.subarray([...WEEKDAYS]) : fc.constant([]),
        pattern: fc.constantFrom(...patternsOf(frequency, day)),
        count: fc.option(fc.integer({ min: 1, max: 999 })),
        until: fc.constant(null),
        weekStart: fc.option(fc.constantFrom(...WEEKDAYS)),
      }),
    );
    fc.assert(
      fc.property(repetition, (chosen) => {
        const rule = writeRepetition(chosen);
        expect(recurrenceRuleSchema.safeParse(rule).data).toBe(rule);
        expect(readRepetition(rule)).toEqual(chosen);
      }),
      { numRuns: 300 },
    );
  });

  it('names days that fit its start: each proposal has the start as an occurrence', () => {
    fc.assert(
      fc.property(fc.constantFrom('MONTHLY' as const, 'YEARLY' as const), date, (frequency, day) => {
        const start = momentOf({ allDay: true, startDate: day, startsAt: null, timeZone: null });
        for (const pattern of patternsOf(frequency, day)) {
          expect(readPattern(pattern)).not.toBeNull();
          const rule = `FREQ=${frequency}${pattern === '' ? '' : `;${pattern}`}`;
          expect(start === null ? [] : firstStarts(1, rule, start, [])).toEqual([day]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps what calendars add: the first day of the week, a day of the month, an end', () => {
    for (const rule of [
      'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU',
      'FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20301231T225959Z',
      'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24',
      'FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=5',
    ]) {
      const read = readRepetition(rule);
      expect(read === null ? null : writeRepetition(read)).toBe(rule);
    }
    expect(readRepetition('FREQ=YEARLY;BYMONTHDAY=24;BYMONTH=12')?.pattern).toBe('BYMONTH=12;BYMONTHDAY=24');
  });

  it.each([
    'FREQ=HOURLY',
    'FREQ=DAILY;BYDAY=MO',
    'FREQ=WEEKLY;BYDAY=1MO',
    'FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1',
    'FREQ=MONTHLY;BYMONTHDAY=1,15',
    'FREQ=MONTHLY;BYMONTH=5',
    'FREQ=YEARLY;BYMONTH=12',
    'FREQ=YEARLY;BYMONTHDAY=1',
    'FREQ=YEARLY;BYWEEKNO=20',
    'FREQ=DAILY;INTERVAL=x',
    'FREQ=DAILY;COUNT=3;UNTIL=20270101',
    'FREQ=DAILY;COLOUR=RED',
    'nonsense',
    '',
  ])('is not %s', (rule) => {
    expect(readRepetition(rule)).toBeNull();
  });

  it('is read while it is being entered, and not taken by the server then', () => {
    expect(readRepetition('FREQ=DAILY;INTERVAL=0;COUNT=0')).toMatchObject({ interval: 0, count: 0 });
    expect(readRepetition('FREQ=DAILY;UNTIL=')).toMatchObject({ until: '' });
  });
});

describe('the end of a series', () => {
  it.each([
    ['days', { allDay: true, startDate: '2026-07-06', startsAt: null, timeZone: null }, '20260708'],
    ['wall times', { allDay: false, startDate: null, startsAt: '2026-07-06T20:00', timeZone: null }, '20260708T235959'],
    ['a zone behind UTC', { allDay: false, startDate: null, startsAt: '2026-07-06T20:00', timeZone: 'America/New_York' }, '20260709T035959Z'],
    ['a zone ahead of UTC', { allDay: false, startDate: null, startsAt: '2026-07-06T00:30', timeZone: 'Pacific/Auckland' }, '20260708T115959Z'],
  ] as const)('of %s includes its last day', (_what, start, until) => {
    expect(untilOf('2026-07-08', start)).toBe(until);
    const moment = momentOf(start);
    const days = moment === null ? [] : firstStarts(9, `FREQ=DAILY;UNTIL=${until}`, moment, []);
    expect(days.map((name) => name.slice(0, 10))).toEqual(['2026-07-06', '2026-07-07', '2026-07-08']);
  });

  it('leaves exceptions out of what it foretells', () => {
    const moment = momentOf({ allDay: true, startDate: '2026-07-06', startsAt: '', timeZone: '' });
    expect(moment === null ? [] : firstStarts(2, 'FREQ=DAILY', moment, ['2026-07-07'])).toEqual(['2026-07-06', '2026-07-08']);
    expect(momentOf({ allDay: false, startDate: '', startsAt: '', timeZone: '' })).toBeNull();
  });
});
