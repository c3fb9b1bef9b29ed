import { formatLanguage, texts } from '../texts/texts.ts';

const moment = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(formatLanguage, { timeStyle: 'medium' });
const shortTime = new Intl.DateTimeFormat(formatLanguage, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeZone: 'UTC' });
const wallTime = new Intl.DateTimeFormat(formatLanguage, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
const timeOfDay = new Intl.DateTimeFormat(formatLanguage, { timeStyle: 'short', timeZone: 'UTC' });
// Swedes write dates as ISO 8601 does.
const sortable = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });
const offsets = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'longOffset' });
const number = new Intl.NumberFormat(formatLanguage);

/** The browser's zone by its IANA name, in which every moment is told. */
export const zone = moment.resolvedOptions().timeZone;

/** A moment to the second with its zone, for who wants to know it exactly: `2026-07-30 12:00:00 GMT+02:00 (Europe/Berlin)`. */
export function formatExactly(iso: string): string {
  const at = new Date(iso);
  const offset = offsets.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${sortable.format(at)} ${offset} (${zone})`;
}

/** A moment, in the browser's zone. */
export const formatMoment = (iso: string): string => moment.format(new Date(iso));

/** The time of a moment of today, with its date where it is of another day. */
export const formatClock = (iso: string): string => (new Date(iso).toDateString() === new Date().toDateString() ? clock : moment).format(new Date(iso));

/** Hours and minutes of a moment, in the browser's zone. */
export const formatShortTime = (iso: string): string => shortTime.format(new Date(iso));

/** A date without zone: the same wherever it is read. */
export const formatDay = (date: string): string => day.format(new Date(`${date}T00:00:00Z`));

/** A wall time without zone: the same wherever it is read. */
export const formatWallTime = (text: string): string => wallTime.format(new Date(`${text}Z`));

/** A time of day. */
export const formatTimeOfDay = (text: string): string => timeOfDay.format(new Date(`1970-01-01T${text}Z`));

/** A number. */
export const formatNumber = (value: number): string => number.format(value);

/** How long ago a moment was. */
export function formatAge(iso: string | null, nowMs: number): string {
  if (iso === null) return texts.time.never;
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000));
  if (seconds < 5) return texts.time.justNow;
  if (seconds < 100) return texts.time.seconds(seconds);
  if (seconds < 5400) return texts.time.minutes(Math.round(seconds / 60));
  return seconds < 129_600 ? texts.time.hours(Math.round(seconds / 3600)) : texts.time.days(Math.round(seconds / 86_400));
}

/** How far something is behind. */
export function formatLag(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds === 0) return texts.time.lag.none;
  if (seconds < 100) return texts.time.lag.seconds(Math.max(1, seconds));
  return seconds < 5400 ? texts.time.lag.minutes(Math.round(seconds / 60)) : texts.time.lag.hours(Math.round(seconds / 3600));
}

/** The day after (or before) a date: the store's end of an all-day appointment is exclusive, the page's is not. */
export function shiftDay(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
