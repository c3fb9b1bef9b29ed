import { WEEKDAYS } from '../../../records/recurrence-rule.ts';
import { formatDay } from '../app/format.ts';
import { formatLanguage, texts } from '../texts/texts.ts';
import { type Repetition, readPattern, readRepetition } from './repetition.ts';

const words = texts.recurrence;
const listed = new Intl.ListFormat(formatLanguage, { type: 'conjunction' });
const weekday = new Intl.DateTimeFormat(formatLanguage, { weekday: 'long', timeZone: 'UTC' });
const shortWeekday = new Intl.DateTimeFormat(formatLanguage, { weekday: 'short', timeZone: 'UTC' });
const month = new Intl.DateTimeFormat(formatLanguage, { month: 'long', timeZone: 'UTC' });
const dayAndMonth = new Intl.DateTimeFormat(formatLanguage, { day: 'numeric', month: 'long', timeZone: 'UTC' });

/** A day of the week by its name in rules; 5 January 2026 is a Monday. */
const someDay = (name: string): Date => new Date(Date.UTC(2026, 0, 5 + WEEKDAYS.indexOf(name as 'MO')));

/** A day of the week, in full or in short. */
export const weekdayText = (name: string, isShort = false): string => (isShort ? shortWeekday : weekday).format(someDay(name));

/** What a rule says, in the user's words; null where it says more than the form offers. */
export function simpleText(rule: string): string | null {
  const repetition = readRepetition(rule);
  return repetition === null ? null : repetitionText(repetition);
}

function repetitionText({ frequency, interval, weekdays, pattern, count, until }: Repetition): string {
  const days = weekdays.length > 0 ? listed.format(weekdays.map((day) => weekdayText(day))) : pattern === '' ? '' : patternText(pattern, '');
  const last = until === null ? '' : dayOfUntil(until, null);
  const end = count !== null ? words.forTimes(count) : last === '' ? '' : words.untilDay(formatDay(last));
  return `${words.every[frequency](interval)}${days === '' ? '' : words.on(days)}${end}`;
}

/** The day that a pattern names; for an empty one that of the start, by whether it is of every month or of a year. */
export function patternText(pattern: string, startDate: string, isYearly = false): string {
  const { month: inMonth, day, position, weekday: name } = readPattern(pattern) ?? {};
  if (pattern === '') {
    const start = new Date(`${startDate}T00:00:00Z`);
    if (Number.isNaN(start.getTime())) return texts.common.none;
    return isYearly ? dayAndMonth.format(start) : words.monthDay(start.getUTCDate());
  }
  // Of a year without 29 February nothing is named here: 2028 has one.
  if (inMonth !== undefined && day !== undefined && day > 0) return dayAndMonth.format(new Date(Date.UTC(2028, inMonth - 1, day)));
  const days =
    name === undefined ? (day === -1 || day === undefined ? words.lastDay : words.monthDay(day)) : words.weekdayOfMonth(position ?? -1, weekdayText(name));
  return inMonth === undefined ? days : words.ofMonth(days, month.format(new Date(Date.UTC(2028, inMonth - 1, 1))));
}

/** The day that a rule's end names (`2026-07-30`), an instant as seen in the series' zone (null: in UTC); empty where it is none. */
export function dayOfUntil(until: string, zone: string | null): string {
  const [, year, monthNumber, day, hours, minutes, seconds, utc] = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(until) ?? [];
  if (year === undefined) return '';
  const date = `${year}-${monthNumber}-${day}`;
  if (Number.isNaN(Date.parse(date))) return '';
  if (utc !== 'Z' || zone === null) return date;
  try {
    // Sweden writes dates as ISO 8601 does.
    return new Intl.DateTimeFormat('sv', { dateStyle: 'short', timeZone: zone }).format(new Date(`${date}T${hours}:${minutes}:${seconds}Z`));
  } catch {
    return date;
  }
}
