import { describe, expect, it } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

/* A reader east of Greenwich: days and wall times must not move. */
readAs({ languages: ['en-GB'], zone: 'Asia/Tokyo' });
const { appointmentView, whenText } = await import('../../../../crm/page/src/appointments/appointment-view.ts');
const { dayOfUntil, patternText, simpleText, weekdayText } = await import('../../../../crm/page/src/appointments/repetition-words.ts');
const { ruleText } = await import('../../../../crm/page/src/appointments/rule-text.ts');
const { firstStarts, momentOf, untilOf } = await import('../../../../crm/page/src/appointments/series-start.ts');
const { EMPTY_APPOINTMENT } = await import('../../../../crm/records/appointment.ts');

const when = (fields: object): string => whenText({ ...EMPTY_APPOINTMENT, ...fields }).replaceAll('\u202f', ' ');

describe('when an appointment is', () => {
  it.each([
    [{ allDay: true, startDate: '2026-07-30', endDate: '2026-07-31' }, '30 Jul 2026'],
    [{ allDay: true, startDate: '2026-07-30', endDate: null }, '30 Jul 2026'],
    [{ allDay: true, startDate: '2026-07-30', endDate: '2026-08-02' }, '30 Jul 2026 – 1 Aug 2026'],
    [{ startsAt: '2026-07-30T09:30:00' }, '30 Jul 2026, 09:30'],
    [{ startsAt: '2026-07-30T09:30:00', endsAt: '2026-07-30T10:00:00' }, '30 Jul 2026, 09:30 – 10:00'],
    [{ startsAt: '2026-07-30T23:30:00', endsAt: '2026-07-31T00:30:00' }, '30 Jul 2026, 23:30 – 31 Jul 2026, 00:30'],
    [{ startsAt: '2026-07-30T09:30:00', timeZone: 'America/New_York' }, '30 Jul 2026, 09:30 (America/New_York)'],
    [{}, ''],
    [{ allDay: true }, ''],
  ])('%j: %s', (fields, expected) => {
    expect(when(fields)).toBe(expected);
  });

  it('is shown field by field as people say it: the last day, not the day after', () => {
    const show = (field: string, value: unknown) => appointmentView.show?.(field, value)?.replaceAll('\u202f', ' ');
    expect(show('endDate', '2026-08-02')).toBe('1 Aug 2026');
    expect(show('startDate', '2026-08-02')).toBe('2 Aug 2026');
    expect(show('startsAt', '2026-07-30T09:30:00')).toBe('30 Jul 2026, 09:30');
    expect(show('status', 'tentative')).toBe('Tentative');
    expect(show('recurrence', 'FREQ=DAILY;INTERVAL=2')).toBe('Every 2 days');
    // A rule beyond what the form offers is shown as it is written.
    expect(show('recurrence', 'FREQ=DAILY;BYHOUR=9,17')).toBe('FREQ=DAILY;BYHOUR=9,17');
    expect(show('location', 'Room 5')).toBeUndefined();
    expect(show('endDate', null)).toBeUndefined();
  });
});

describe('a rule in words', () => {
  it.each([
    ['FREQ=DAILY', 'Every day'],
    ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR', 'Every 2 weeks on Monday, Wednesday and Friday'],
    ['FREQ=WEEKLY', 'Every week'],
    ['FREQ=MONTHLY;BYMONTHDAY=15', 'Every month on day 15'],
    ['FREQ=MONTHLY;BYMONTHDAY=-1', 'Every month on the last day of the month'],
    ['FREQ=MONTHLY;BYDAY=2TU', 'Every month on the second Tuesday'],
    ['FREQ=MONTHLY;BYDAY=-1FR', 'Every month on the last Friday'],
    ['FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24', 'Every year on 24 December'],
    ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', 'Every year on 29 February'],
    ['FREQ=YEARLY;BYMONTH=11;BYDAY=4TH', 'Every year on the fourth Thursday of November'],
    ['FREQ=DAILY;COUNT=1', 'Every day, 1 time'],
    ['FREQ=DAILY;COUNT=10', 'Every day, 10 times'],
    ['FREQ=DAILY;UNTIL=20260731', 'Every day until 31 Jul 2026'],
    ['FREQ=DAILY;UNTIL=20260731T215959Z', 'Every day until 31 Jul 2026'],
  ])('%s: %s', (rule, expected) => {
    expect(simpleText(rule)).toBe(expected);
  });

  it.each(['FREQ=MONTHLY;BYDAY=MO,TU', 'FREQ=YEARLY;BYMONTHDAY=1', 'FREQ=DAILY;BYDAY=MO', 'FREQ=MONTHLY;BYMONTHDAY=1,15', 'FREQ=HOURLY', 'nonsense', ''])(
    'is not simplified into another one: %s',
    (rule) => {
      expect(simpleText(rule)).toBeNull();
    },
  );

  it('names days of the week, in full and in short', () => {
    expect(['MO', 'SU'].map((day) => [weekdayText(day), weekdayText(day, true)])).toEqual([
      ['Monday', 'Mon'],
      ['Sunday', 'Sun'],
    ]);
  });

  it('takes the day of its start where the rule names none', () => {
    expect(patternText('', '2026-07-30')).toBe('day 30');
    expect(patternText('', '2026-07-30', true)).toBe('30 July');
    expect(patternText('', '')).toBe('–');
  });

  it('beyond what the form offers is told as well as it can be, and never wrongly', () => {
    const start = momentOf({ allDay: false, startDate: null, startsAt: '2026-07-30T09:00', timeZone: 'Europe/Berlin' });
    if (start === null) throw new Error('no start');
    expect(ruleText('FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1', start)).toMatch(/^Every month.*/);
    expect(ruleText('nonsense', start)).toBeNull();
  });
});

describe('the last day of a series', () => {
  const BERLIN = { allDay: false, startDate: null, startsAt: '2026-07-30T09:00', timeZone: 'Europe/Berlin' };

  it('is written as the start calls for: a day, an instant of UTC, or a wall time', () => {
    expect(untilOf('2026-07-31', { ...BERLIN, allDay: true, startDate: '2026-07-30' })).toBe('20260731');
    expect(untilOf('2026-07-31', BERLIN)).toBe('20260731T215959Z');
    expect(untilOf('2026-01-31', BERLIN)).toBe('20260131T225959Z');
    expect(untilOf('2026-07-31', { ...BERLIN, timeZone: 'Pacific/Auckland' })).toBe('20260731T115959Z');
    expect(untilOf('2026-07-31', { ...BERLIN, timeZone: null })).toBe('20260731T235959');
    expect(untilOf('', BERLIN)).toBe('');
    expect(untilOf('2026-07-31', { ...BERLIN, timeZone: 'Mars/Olympus' })).toBe('20260731T235959');
  });

  it.each(['Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'Asia/Kathmandu'])('is read back as the day that was entered, in %s', (timeZone) => {
    for (const day of ['2026-01-31', '2026-03-29', '2026-07-31', '2026-10-25']) expect(dayOfUntil(untilOf(day, { ...BERLIN, timeZone }), timeZone)).toBe(day);
  });

  it.each([
    ['20260731', null, '2026-07-31'],
    ['20260731T215959Z', 'Europe/Berlin', '2026-07-31'],
    ['20260731T220000Z', 'Europe/Berlin', '2026-08-01'],
    ['20260731T015959Z', 'America/New_York', '2026-07-30'],
    ['20260731T235959', 'Europe/Berlin', '2026-07-31'],
    ['20260731T215959Z', null, '2026-07-31'],
    ['20260731T215959Z', 'Mars/Olympus', '2026-07-31'],
    ['20261331', null, ''],
    ['tomorrow', null, ''],
    ['', null, ''],
  ])('%s in %s is %s', (until, zone, expected) => {
    expect(dayOfUntil(until, zone)).toBe(expected);
  });
});

describe('what is foretold of a series', () => {
  const start = (fields: object) => momentOf({ allDay: false, startDate: null, startsAt: null, timeZone: null, ...fields });

  it('are its first occurrences, without those that are left out', () => {
    const moment = start({ startsAt: '2026-07-30T09:00', timeZone: 'Europe/Berlin' });
    if (moment === null) throw new Error('no start');
    expect(firstStarts(3, 'FREQ=WEEKLY', moment, ['2026-08-06T09:00:00'])).toEqual(['2026-07-30T09:00:00', '2026-08-13T09:00:00', '2026-08-20T09:00:00']);
    expect(firstStarts(4, 'FREQ=WEEKLY;COUNT=2', moment, [])).toHaveLength(2);
    expect(firstStarts(4, 'FREQ=WEEKLY;COUNT=1', moment, ['2026-07-30T09:00:00'])).toEqual([]);
    expect(firstStarts(4, 'nonsense', moment, [])).toEqual([]);
  });

  it('keep the hour of their own clock over its changes', () => {
    const moment = start({ startsAt: '2026-10-24T09:00', timeZone: 'Europe/Berlin' });
    if (moment === null) throw new Error('no start');
    expect(firstStarts(3, 'FREQ=DAILY', moment, [])).toEqual(['2026-10-24T09:00:00', '2026-10-25T09:00:00', '2026-10-26T09:00:00']);
  });

  it('is nothing while there is no start', () => {
    expect([
      start({}),
      start({ startsAt: '' }),
      start({ startsAt: '2026-07' }),
      start({ allDay: true }),
      start({ startsAt: '2026-07-30T09:00', timeZone: 'Mars/Olympus' }),
    ]).toEqual([null, null, null, null, null]);
    expect(start({ startsAt: '2026-07-30T09:00' })).toMatchObject({ kind: 'floating' });
    expect(start({ startsAt: '2026-07-30T09:00', timeZone: '' })).toMatchObject({ kind: 'floating' });
    expect(start({ allDay: true, startDate: '2026-07-30', timeZone: 'Europe/Berlin' })).toMatchObject({ kind: 'date' });
  });

  it('begins an hour later where the clock leaves the entered hour out', () => {
    expect(String((start({ startsAt: '2026-03-29T02:30', timeZone: 'Europe/Berlin' }) as { wall?: unknown }).wall)).toBe('2026-03-29T03:30:00');
  });
});
