import { VIEWER_ZONE } from '../../../../web/page/dates/viewer-clock.ts';
import { texts } from '../texts/texts.ts';
import type { Collection, Values } from '../records/collections.ts';
import { shiftDay } from '../records/field-kind.ts';
import { isCalendar } from './calendar-fields.ts';

const DAYS = ['startDate', 'endDate'];
const TIMES = ['startsAt', 'endsAt', 'timeZone'];

/** Fields that an appointment has no use for: one of whole days no times, one with times no days. */
export function uselessFields(collection: Collection, values: Values): readonly string[] {
  if (!isCalendar(collection)) return [];
  return isAllDay(values) ? TIMES : DAYS;
}

/** Whether changes are of what says when an appointment is. */
export const touchesTimes = (changes: Values): boolean => ['allDay', ...DAYS, ...TIMES].some((name) => Object.hasOwn(changes, name));

/** What is wrong with an appointment's times, by field: it needs a begin, and ends after it. */
export function timeFaults(collection: Collection, values: Values): Readonly<Record<string, string>> {
  if (!isCalendar(collection)) return {};
  const [begin = '', end = ''] = isAllDay(values) ? DAYS : TIMES;
  const [begins, ends] = [values[begin] ?? '', values[end] ?? ''];
  if (begins === '') return { [begin]: texts.faults.needed };
  // The end of days is the day after the last: never the first one.
  const isBefore = ends !== '' && (isAllDay(values) ? ends <= begins : ends.replace('T', ' ') < begins.replace('T', ' '));
  return isBefore ? { [end]: texts.faults.order } : {};
}

function isAllDay({ allDay }: Values): boolean {
  return allDay === 'true' || allDay === 't';
}

/** Times that a new appointment begins with: an hour from where somebody clicked (`2026-07-30T09:30`), that whole day, or the morning of a day. */
export function newTimes(date: string, begins = `${date}T09:00`): Values {
  if (!begins.includes('T')) return { allDay: 'true', startDate: begins, endDate: shiftDay(begins, 1) };
  const ends = new Date(Date.parse(`${begins}:00Z`) + 3_600_000).toISOString().slice(0, 16);
  return { startsAt: begins.replace('T', ' '), endsAt: ends.replace('T', ' '), timeZone: VIEWER_ZONE };
}
