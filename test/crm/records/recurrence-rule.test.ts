import fc from 'fast-check';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { appointmentFaults, EMPTY_APPOINTMENT } from '../../../crm/records/appointment.ts';
import { partsOf, recurrenceRuleSchema, WEEKDAYS } from '../../../crm/records/recurrence-rule.ts';
import { happensRuleSchema } from '../../../crm/records/series.ts';

const faultOf = (rule: string): unknown =>
  recurrenceRuleSchema.safeParse(rule).error?.issues.map((issue) => (issue as { params?: { fault?: string } }).params?.fault);

describe('a recurrence rule that a user enters', () => {
  it.each([
    'FREQ=DAILY',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU',
    'FREQ=MONTHLY;BYDAY=-1FR;COUNT=999',
    'FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24;UNTIL=20301231',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;UNTIL=20301231T225959Z',
    'FREQ=YEARLY;BYWEEKNO=20,-1;BYDAY=MO;BYHOUR=9,23;BYMINUTE=0,30',
    'RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT;BYYEARDAY=-366,100',
  ])('may be %s', (rule) => {
    expect(recurrenceRuleSchema.parse(rule)).toBe(rule);
  });

  it('is brought into the usual form', () => {
    expect(recurrenceRuleSchema.parse(' rrule:freq=weekly;byday=mo ')).toBe('FREQ=WEEKLY;BYDAY=MO');
  });

  it.each([
    ['', 'rule'],
    ['FREQ', 'rule'],
    ['FREQ=NEVER', 'rule'],
    ['FREQ=HOURLY', 'rule-often'],
    ['FREQ=SECONDLY;COUNT=0', 'rule-often'],
    ['BYDAY=MO', 'rule'],
    ['FREQ=DAILY;FREQ=WEEKLY', 'rule'],
    ['FREQ=DAILY;', 'rule'],
    ['FREQ=DAILY;COLOUR=RED', 'rule'],
    ['FREQ=DAILY;INTERVAL=0', 'repeat-number'],
    ['FREQ=DAILY;INTERVAL=1000', 'repeat-number'],
    ['FREQ=DAILY;INTERVAL=', 'repeat-number'],
    ['FREQ=DAILY;COUNT=0', 'repeat-number'],
    ['FREQ=DAILY;COUNT=-1', 'repeat-number'],
    ['FREQ=DAILY;COUNT=1000000', 'repeat-number'],
    ['FREQ=DAILY;UNTIL=', 'repeat-until'],
    ['FREQ=DAILY;UNTIL=20261301', 'repeat-until'],
    ['FREQ=DAILY;UNTIL=20260101T250000Z', 'repeat-until'],
    ['FREQ=DAILY;COUNT=3;UNTIL=20270101', 'rule'],
    ['FREQ=WEEKLY;BYDAY=XX', 'rule'],
    ['FREQ=MONTHLY;BYMONTHDAY=32', 'rule'],
    ['FREQ=MONTHLY;BYMONTHDAY=0', 'rule'],
    ['FREQ=YEARLY;BYMONTH=13', 'rule'],
    ['FREQ=DAILY;BYHOUR=24', 'rule'],
    ['FREQ=WEEKLY;WKST=1', 'rule'],
    ['DTSTART:20260101\nRRULE:FREQ=DAILY', 'rule'],
    ['FREQ=DAILY\nEXDATE:20260101', 'rule'],
  ])('is refused as %s, and says why', (rule, fault) => {
    expect(faultOf(rule)).toEqual([fault]);
  });

  it('is understood whole: nothing that passes is dropped when it is expanded', () => {
    const oneOf = (...values: string[]) => fc.constantFrom(...values);
    const rule = fc
      .record({
        FREQ: oneOf('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'),
        INTERVAL: fc.option(fc.integer({ min: -1, max: 1200 }).map(String)),
        BYDAY: fc.option(fc.tuple(oneOf('', '1', '-1', '53', '54'), oneOf(...WEEKDAYS, 'XX')).map((parts) => parts.join(''))),
        BYMONTHDAY: fc.option(fc.integer({ min: -33, max: 33 }).map(String)),
        BYMONTH: fc.option(fc.integer({ min: 0, max: 13 }).map(String)),
        BYHOUR: fc.option(fc.integer({ min: 0, max: 25 }).map(String)),
        BYSETPOS: fc.option(fc.integer({ min: -367, max: 367 }).map(String)),
        COUNT: fc.option(fc.integer({ min: 0, max: 1001 }).map(String)),
      })
      .map((parts) =>
        Object.entries(parts)
          .flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
          .join(';'),
      );
    const dtstart = Temporal.PlainDateTime.from('2026-07-06T09:30').toZonedDateTime('Europe/Berlin');
    let taken = 0;
    fc.assert(
      fc.property(rule, (text) => {
        if (!recurrenceRuleSchema.safeParse(text).success) return;
        taken++;
        const options = new RRuleTemporal({ rruleString: text, dtstart, temporal: Temporal }).options() as unknown as Record<string, unknown>;
        const named = {
          FREQ: 'freq',
          INTERVAL: 'interval',
          BYDAY: 'byDay',
          BYMONTHDAY: 'byMonthDay',
          BYMONTH: 'byMonth',
          BYHOUR: 'byHour',
          BYSETPOS: 'bySetPos',
          COUNT: 'count',
        };
        for (const [part, value] of partsOf(text) ?? []) expect(String(options[named[part as keyof typeof named]])).toBe(value);
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it('has to happen once at least', () => {
    for (const rule of ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', 'FREQ=DAILY;COUNT=1', 'FREQ=DAILY;UNTIL=20200101'])
      expect(happensRuleSchema.safeParse(rule).success).toBe(true);
    for (const rule of ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=DAILY;UNTIL=20260230']) expect(happensRuleSchema.safeParse(rule).success).toBe(false);
  });

  it('does not end before its series begins, in whichever zone', () => {
    const faults = (recurrence: string, startsAt = '2026-07-06T00:30:00') =>
      appointmentFaults({ ...EMPTY_APPOINTMENT, startsAt, recurrence }).map(({ field }) => field);
    expect(faults('FREQ=DAILY;UNTIL=20260705')).toEqual(['recurrence']);
    expect(faults('FREQ=DAILY;UNTIL=20260704T123000Z')).toEqual(['recurrence']);
    // Half past midnight in Auckland is the day before in UTC.
    for (const rule of ['FREQ=DAILY;UNTIL=20260705T123000Z', 'FREQ=DAILY;UNTIL=20260706', 'FREQ=DAILY', 'nonsense from elsewhere'])
      expect(faults(rule)).toEqual([]);
  });
});
