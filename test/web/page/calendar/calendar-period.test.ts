import { describe, expect, it } from 'vitest';
import { daysOf, periodTitle, shiftPeriod } from '../../../../web/page/calendar/calendar-period.ts';

describe('the days that a calendar asks for', () => {
  it.each([
    ['day', '2026-07-30', '2026-07-30', '2026-07-30'],
    ['week', '2026-07-30', '2026-07-27', '2026-08-02'],
    ['week', '2026-07-27', '2026-07-27', '2026-08-02'],
    ['week', '2026-08-02', '2026-07-27', '2026-08-02'],
    ['week', '2027-01-01', '2026-12-28', '2027-01-03'],
    ['week', '2024-02-29', '2024-02-26', '2024-03-03'],
  ] as const)('a %s of %s is %s to %s, weeks from Monday to Sunday', (period, date, from, to) => {
    expect(daysOf(period, date)).toEqual({ from, to });
  });

  it.each([
    ['2026-07-30', '2026-06-29', '2026-08-09'],
    // A month that begins on a Sunday, and one that begins on a Monday.
    ['2026-03-15', '2026-02-23', '2026-04-05'],
    ['2026-06-01', '2026-06-01', '2026-07-12'],
    ['2026-12-31', '2026-11-30', '2027-01-10'],
  ])('a month of %s is six whole weeks with all of its days', (date, from, to) => {
    expect(daysOf('month', date)).toEqual({ from, to });
    expect([from <= `${date.slice(0, 7)}-01`, to >= `${date.slice(0, 7)}-28`]).toEqual([true, true]);
  });

  it('are no more than the server answers at once', () => {
    for (const period of ['day', 'week', 'month'] as const) {
      const { from, to } = daysOf(period, '2026-10-25');
      expect((Date.parse(to) - Date.parse(from)) / 86_400_000).toBeLessThan(62);
    }
  });
});

describe('going on', () => {
  it.each([
    ['day', '2026-12-31', 1, '2027-01-01'],
    ['day', '2026-03-01', -1, '2026-02-28'],
    ['week', '2026-10-22', 1, '2026-10-29'],
    ['week', '2026-01-03', -1, '2025-12-27'],
    // From the last of a long month to a short one: never to the month after it.
    ['month', '2026-01-31', 1, '2026-02-01'],
    ['month', '2026-03-31', -1, '2026-02-01'],
    ['month', '2026-12-15', 1, '2027-01-01'],
    ['month', '2026-01-15', -1, '2025-12-01'],
  ] as const)('from a %s of %s by %d is %s', (period, date, by, expected) => {
    expect(shiftPeriod(period, date, by)).toBe(expected);
  });

  it('and back again shows the same days, over the changes of the clock too', () => {
    for (const period of ['day', 'week', 'month'] as const)
      for (const date of ['2026-03-29', '2026-10-25', '2026-05-01'])
        expect(daysOf(period, shiftPeriod(period, shiftPeriod(period, date, 1), -1))).toEqual(daysOf(period, date));
  });
});

describe('what a period is called', () => {
  it.each([
    ['day', 'en-GB', '30 July 2026'],
    ['day', 'de', '30. Juli 2026'],
    ['month', 'en-GB', 'July 2026'],
    ['month', 'de', 'Juli 2026'],
    ['week', 'de', '27. Juli – 2. August 2026'],
  ] as const)('a %s in %s: %s', (period, language, expected) => {
    expect(periodTitle(period, '2026-07-30', language).replaceAll(/[\s\u2009]+/g, ' ')).toBe(expected);
  });

  it('a week within one month names it once, and one over the year both years', () => {
    expect(periodTitle('week', '2026-07-15', 'en-US').match(/July/g)).toHaveLength(1);
    expect(periodTitle('week', '2027-01-01', 'en-US')).toMatch(/2026.*2027/);
  });
});
