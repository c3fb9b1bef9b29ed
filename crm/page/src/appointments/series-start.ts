import { Temporal } from 'temporal-polyfill';
import { firstOccurrences } from '../../../../adaptor/data/import/entries/recurrence.ts';
import { isoText, type Moment } from '../../../../adaptor/data/import/entries/moments.ts';
import type { AppointmentFields } from '../../../records/appointment.ts';

/** What an appointment's form says of its start. */
export type StartInputs = { readonly [Name in 'allDay' | 'startDate' | 'startsAt' | 'timeZone']: AppointmentFields[Name] };

/** The start of an appointment; null where it is not entered yet, or is none. */
export function momentOf({ allDay, startDate, startsAt, timeZone }: StartInputs): Moment | null {
  try {
    if (allDay) return { kind: 'date', date: Temporal.PlainDate.from(startDate ?? '') };
    const wall = Temporal.PlainDateTime.from(startsAt ?? '');
    return timeZone === null || timeZone === ''
      ? { kind: 'floating', wall }
      : { kind: 'zoned', wall: wall.toZonedDateTime(timeZone).toPlainDateTime(), zone: timeZone };
  } catch {
    return null;
  }
}

/**
 * The end of a rule that holds to the end of a day, in the form that its start calls for (RFC 5545 section 3.3.10): a date, an
 * instant in UTC, or a wall time. Empty for no day.
 */
export function untilOf(day: string, { allDay, timeZone }: StartInputs): string {
  if (day === '') return '';
  const date = day.replaceAll('-', '');
  if (allDay) return date;
  if (timeZone === null || timeZone === '') return `${date}T235959`;
  try {
    const end = Temporal.PlainDateTime.from(`${day}T23:59:59`).toZonedDateTime(timeZone).withTimeZone('UTC').toPlainDateTime();
    return `${end.toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}Z`;
  } catch {
    return `${date}T235959`;
  }
}

/** Starts (ISO 8601, in the series' own zone) of a series' first occurrences that take place; none where its rule has none. */
export function firstStarts(max: number, rule: string, start: Moment, exceptions: readonly string[]): readonly string[] {
  try {
    return firstOccurrences(max + exceptions.length, rule, start, 'recurrence')
      .map(isoText)
      .filter((name) => !exceptions.includes(name))
      .slice(0, max);
  } catch {
    return [];
  }
}
