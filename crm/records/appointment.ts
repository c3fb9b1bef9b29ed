import { z } from 'zod';
import type { Fault } from './faults.ts';
import { dateSchema, neededText, optionalText, timeZoneSchema, wallTimeSchema } from './field-kinds.ts';
import { partsOf, recurrenceRuleSchema } from './recurrence-rule.ts';

/** States of an appointment, as in iCalendar. */
export const APPOINTMENT_STATUSES = ['confirmed', 'tentative', 'cancelled'] as const;

/**
 * What a user may enter of an appointment. All-day ones have dates, the end exclusive; others have wall times, in a zone or
 * floating (no zone: the same hour wherever one is). A series has a recurrence rule.
 */
export const appointmentFieldsSchema = z.strictObject({
  summary: neededText(),
  description: optionalText(100_000),
  location: optionalText(),
  allDay: z.boolean(),
  startDate: dateSchema.nullable(),
  endDate: dateSchema.nullable(),
  startsAt: wallTimeSchema.nullable(),
  endsAt: wallTimeSchema.nullable(),
  timeZone: timeZoneSchema.nullable(),
  recurrence: recurrenceRuleSchema.nullable(),
  status: z.enum(APPOINTMENT_STATUSES),
  private: z.boolean(),
});

/** What a user may enter of an appointment. */
export type AppointmentFields = z.output<typeof appointmentFieldsSchema>;

/** An appointment of which nothing is known yet. */
export const EMPTY_APPOINTMENT: AppointmentFields = {
  summary: '',
  description: null,
  location: null,
  allDay: false,
  startDate: null,
  endDate: null,
  startsAt: null,
  endsAt: null,
  timeZone: null,
  recurrence: null,
  status: 'confirmed',
  private: false,
};

/** What is read of an appointment beside that: the series of which it replaces an occurrence, and occurrences of its own that do not take place. */
export interface SeriesFields {
  readonly seriesId?: string | null;
  /** Their starts in the series' own zone, ISO 8601. */
  readonly exceptions?: readonly string[];
}

/** What is wrong with an appointment as a whole. */
export function appointmentFaults(fields: AppointmentFields & SeriesFields): readonly Fault[] {
  const { allDay, startDate, endDate, startsAt, endsAt, timeZone, recurrence, seriesId } = fields;
  const faults: Fault[] = [];
  const needed = (field: string): void => void faults.push({ field, fault: 'needed', message: 'is needed' });
  const ordered = (field: string): void => void faults.push({ field, fault: 'order', message: 'lies before the start' });
  if (allDay) {
    if (startDate === null) needed('startDate');
    else if (endDate !== null && endDate <= startDate) ordered('endDate');
    if (startsAt !== null || endsAt !== null || timeZone !== null) faults.push({ field: 'allDay', fault: 'not-all-day', message: 'excludes times and a zone' });
  } else {
    if (startsAt === null) needed('startsAt');
    else if (endsAt !== null && endsAt < startsAt) ordered('endsAt');
    if (startDate !== null || endDate !== null) faults.push({ field: 'allDay', fault: 'not-all-day', message: 'is needed for dates without times' });
  }
  if (recurrence !== null && seriesId != null)
    faults.push({ field: 'recurrence', fault: 'in-series', message: 'is not possible for one occurrence of a series' });
  if (recurrence !== null && endsBefore(recurrence, allDay ? startDate : startsAt)) ordered('recurrence');
  return faults;
}

/** Whether a rule ends before its series begins, whatever the zones: an end in UTC may bear the date of the day before. */
function endsBefore(rule: string, start: string | null): boolean {
  const [, year, month, day, rest] = /^(\d{4})(\d{2})(\d{2})(.*)$/.exec(partsOf(rule)?.get('UNTIL') ?? '') ?? [];
  if (year === undefined || start === null) return false;
  const end = Date.UTC(Number(year), Number(month) - 1, Number(day) + (rest?.endsWith('Z') === true ? 1 : 0));
  return end < Date.parse(`${start.slice(0, 10)}T00:00:00Z`);
}
