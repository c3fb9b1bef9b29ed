/** What a calendar can show at a time. */
export const PERIODS = ['day', 'week', 'month'] as const;

/** What a calendar shows at a time. */
export type CalendarPeriod = (typeof PERIODS)[number];

/** What is shown where nothing was chosen: seven days find no room on a phone. */
export const usualPeriod = (): CalendarPeriod => (globalThis.innerWidth < 700 ? 'day' : 'week');

const DAY_MS = 86_400_000;
const at = (date: string): Date => new Date(`${date}T00:00:00Z`);
const text = (date: Date): string => date.toISOString().slice(0, 10);
const shift = (date: Date, days: number): Date => new Date(date.getTime() + days * DAY_MS);
/** The Monday of a day's week. */
const monday = (date: Date): Date => shift(date, -((date.getUTCDay() + 6) % 7));

/** Days that a calendar shows: of a month, the whole weeks that it touches. */
export function daysOf(period: CalendarPeriod, date: string): { readonly from: string; readonly to: string } {
  const day = at(date);
  if (period === 'day') return { from: date, to: date };
  if (period === 'week') return { from: text(monday(day)), to: text(shift(monday(day), 6)) };
  const first = monday(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1)));
  return { from: text(first), to: text(shift(first, 41)) };
}

/** The same place in the period before or after. */
export function shiftPeriod(period: CalendarPeriod, date: string, by: -1 | 1): string {
  const day = at(date);
  if (period !== 'month') return text(shift(day, by * (period === 'day' ? 1 : 7)));
  return text(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + by, 1)));
}

/** What a period is called, in a language. */
export function periodTitle(period: CalendarPeriod, date: string, formatLanguage: string): string {
  if (period === 'month') return new Intl.DateTimeFormat(formatLanguage, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(at(date));
  const day = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'long', timeZone: 'UTC' });
  const { from, to } = daysOf(period, date);
  return period === 'day' ? day.format(at(date)) : day.formatRange(at(from), at(to));
}
