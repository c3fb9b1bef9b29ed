import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAs } from '../../../support/page-reader.ts';

/* A reader in New York, west of Greenwich: what is taken for UTC by mistake is seen. */
readAs({ languages: ['en-GB'], zone: 'America/New_York' });
const format = await import('../../../../crm/page/src/app/format.ts');

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-07-30T02:30:00Z') }));
afterEach(() => void vi.useRealTimers());

const plain = (text: string): string => text.replaceAll(/[\s\u202f]+/g, ' ');

describe('a moment', () => {
  it('is told in the zone of the reader’s clock', () => {
    expect(format.zone).toBe('America/New_York');
    expect(plain(format.formatMoment('2026-07-30T02:30:15Z'))).toBe('29 Jul 2026, 22:30:15');
    expect(plain(format.formatMoment('2026-01-30T02:30:15Z'))).toBe('29 Jan 2026, 21:30:15');
    expect(format.formatShortTime('2026-07-30T02:30:15Z')).toBe('22:30');
  });

  it('exactly is told with its offset and the name of the zone, in summer and winter', () => {
    expect(format.formatExactly('2026-07-30T02:30:15Z')).toBe('2026-07-29 22:30:15 GMT-04:00 (America/New_York)');
    expect(format.formatExactly('2026-01-30T02:30:15Z')).toBe('2026-01-29 21:30:15 GMT-05:00 (America/New_York)');
  });

  it('of today is a time, and one of another day has its date', () => {
    expect(plain(format.formatClock('2026-07-29T13:00:00Z'))).toBe('09:00:00');
    // The same day in UTC, the day after where the reader is.
    expect(plain(format.formatClock('2026-07-30T04:00:00Z'))).toBe('30 Jul 2026, 00:00:00');
    expect(plain(format.formatClock('2026-07-29T03:59:59Z'))).toBe('28 Jul 2026, 23:59:59');
  });
});

describe('what has no zone', () => {
  it('is the same wherever it is read: days, wall times, times of day', () => {
    expect(format.formatDay('2026-07-30')).toBe('30 Jul 2026');
    expect(plain(format.formatWallTime('2026-07-30T09:30:00'))).toBe('30 Jul 2026, 09:30');
    expect(format.formatTimeOfDay('00:05:00')).toBe('00:05');
    expect(format.formatTimeOfDay('23:59')).toBe('23:59');
  });

  it('is shifted by days of the calendar, over months, years and changes of the clock', () => {
    expect(format.shiftDay('2026-03-08', 1)).toBe('2026-03-09');
    expect(format.shiftDay('2026-11-01', 1)).toBe('2026-11-02');
    expect(format.shiftDay('2026-01-01', -1)).toBe('2025-12-31');
    expect(format.shiftDay('2028-02-28', 1)).toBe('2028-02-29');
    expect(format.shiftDay('2026-07-30', 0)).toBe('2026-07-30');
  });
});

describe('how long ago', () => {
  const ago = (seconds: number): string => format.formatAge(new Date(Date.now() - seconds * 1000).toISOString(), Date.now());

  it.each([
    [0, 'just now'],
    [4, 'just now'],
    [5, '5 s ago'],
    [99, '99 s ago'],
    [100, '2 min ago'],
    [3600, '60 min ago'],
    [5399, '90 min ago'],
    [5400, '2 h ago'],
    [129_599, '36 h ago'],
    [129_600, '2 days ago'],
    [10 * 86_400, '10 days ago'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(ago(seconds)).toBe(expected);
  });

  it('never was, or lies ahead because clocks differ', () => {
    expect(format.formatAge(null, Date.now())).toBe('never');
    expect(ago(-30)).toBe('just now');
  });
});

describe('how far behind', () => {
  it.each([
    [0, 'none'],
    // Whatever is behind at all is not none.
    [1, '1 s'],
    [400, '1 s'],
    [1500, '2 s'],
    [99_000, '99 s'],
    [100_000, '2 min'],
    [5_399_000, '90 min'],
    [5_400_000, '2 h'],
  ])('%d milliseconds are %s', (milliseconds, expected) => {
    expect(format.formatLag(milliseconds)).toBe(expected);
  });
});

it('numbers are grouped as the reader writes them', () => {
  expect(format.formatNumber(1_234_567)).toBe('1,234,567');
});
